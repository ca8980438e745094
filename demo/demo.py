"""Shows a real Traffic Server that allows and denies requests by country, address and URL.

Starts traffic_server on loopback with remap.config of this folder, sends it the requests of `requests`,
each from a loopback address that a small database places somewhere, and prints what came back and why. Where
Traffic Server's own maxmind_acl.so is installed, the same remap.config runs under it too. Exits with 0
only if every status is the expected one.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Tests" / "EndToEnd"))

from corpus import TOOL, URL, ask, explain_with_tool  # noqa: E402
from installation import VERSION  # noqa: E402
from loopback import has_ipv6  # noqa: E402
from traffic_server import (  # noqa: E402
    DATABASES, OUR_PLUGIN, STOCK_PLUGIN, TrafficServer, TrafficServerError)

SEMANTICS = "docs/semantics.md"


@dataclasses.dataclass(frozen=True)
class Request:
    client: str
    url: str
    status: int
    stock_status: int
    stock_reason: str

    @property
    def yaml(self) -> Path:
        """The configuration of the site: http://NAME.example/ has NAME.yaml."""
        return HERE / f"{URL.match(self.url)['host'].removesuffix('.example')}.yaml"


def read_requests() -> list[Request]:
    requests = []
    for line in (HERE / "requests").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        client, url, status, *stock = line.split(maxsplit=4)
        if ":" in client and not has_ipv6():
            continue
        stock_status, stock_reason = stock or (status, "")
        version, _, stock_status = stock_status.rpartition(":")
        if version not in ("", VERSION.name):
            stock_status, stock_reason = status, ""
        requests.append(Request(client, url, int(status), int(stock_status), stock_reason))
    return requests


def statuses(requests: list[Request], plugin: Path) -> list[int]:
    """The answers of a Traffic Server with this plugin."""
    files: dict[str, str | bytes | Path] = {path.name: path for path in HERE.glob("*.yaml")}
    files["denied.html"] = HERE / "denied.html"
    # The configurations name their databases relative to themselves.
    files.update({f"../Tests/Fixtures/databases/{path.name}": path
                  for path in DATABASES.glob("*.mmdb")})
    with TrafficServer((HERE / "remap.config").read_text(), files=files, plugin=plugin) as server:
        return [ask(server, request.client, request.url) for request in requests]


def why(explanation: dict[str, object], yaml: Path) -> str:
    """The reason of a decision, and the place of its rule."""
    text = str(explanation["reason"])
    rule = explanation["rule"]
    if rule is not None and not text.endswith(f".{rule}"):  # as in "anonymous.vpn"
        text += f" {rule}"
    if explanation["line"] is not None:
        text += f" ({yaml.name}:{explanation['line']})"
    return text


class Style:
    """Colours, on a terminal."""

    def __init__(self) -> None:
        self.on = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def __call__(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on else text


def print_table(header: list[str], rows: list[list[str]], styles: list[str]) -> None:
    style = Style()
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]

    def line(cells: list[str]) -> str:
        return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip()

    print(style(line(header), "1"))
    for row, code in zip(rows, styles):
        print(style(line(row), code) if code else line(row))


def main() -> int:
    for path in (OUR_PLUGIN, TOOL):
        if not path.exists():
            print(f"{path.name} is not built: make plugin tool", file=sys.stderr)
            return 2
    requests = read_requests()
    got = statuses(requests, OUR_PLUGIN)
    with_stock = STOCK_PLUGIN.exists()
    got_of_stock = statuses(requests, STOCK_PLUGIN) if with_stock else got

    header = ["client", "country", "URL", "status", "why"] + (["stock", ""] if with_stock else [])
    rows, styles, surprises = [], [], []
    for request, status, stock in zip(requests, got, got_of_stock):
        explanation = explain_with_tool(request.yaml, request.client, request.url)
        explained = 200 if explanation["decision"] == "allow" else 403
        row = [request.client, str(explanation["country"] or "-"), request.url, str(status),
               why(explanation, request.yaml)]
        if with_stock:
            row += [str(stock), request.stock_reason if stock != status else ""]
        rows.append(row)
        styles.append("31" if status == 403 else "32")
        for name, seen, wanted in (("status", status, request.status),
                                   ("explain", explained, status),
                                   ("stock", stock, request.stock_status)):
            if seen != wanted and (name != "stock" or with_stock):
                surprises.append(f"{request.client} {request.url}: {name} {seen}, "
                                 f"expected {wanted}")

    print_table(header, rows, styles)
    if with_stock:
        differing = sum(status != stock for status, stock in zip(got, got_of_stock))
        print(f"\n{differing} of {len(rows)} differ under the stock plugin; {SEMANTICS} says why.")
    else:
        print("\nThe stock plugin is not installed (trafficserver-experimental-plugins): "
              "no comparison.")
    for surprise in surprises:
        print(f"unexpected: {surprise}", file=sys.stderr)
    return 1 if surprises else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    # A shell has its background commands ignore SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sys.exit(main())
    except TrafficServerError as error:
        sys.exit(f"demo: {error}")
