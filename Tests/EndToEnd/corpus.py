"""The shared corpus: Tests/Fixtures/corpus, and the ways to decide on its requests.

A configuration NAME.yaml has
- NAME.requests: lines of `CLIENT URL`; clients are loopback addresses, so that a real proxy can be asked;
- NAME.expected: client, URL, decision, reason and a piece of the rule's source line ("-" for none),
  separated by tabs, one line a request, in the same order: written by hand from docs/semantics.md;
- NAME.headers, where there is one: header fields that each of the requests carries;
- NAME.stock, NAME.stock-10.2: client, URL and why, for each request on which the stock plugin of this version
  decides otherwise.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import os
import re
import subprocess
from pathlib import Path

from installation import VERSION
from loopback import has_ipv6
from traffic_server import DATABASES, REPOSITORY, TrafficServer
from waiting import HANG_SECONDS

CORPUS = REPOSITORY / "Tests" / "Fixtures" / "corpus"
TOOL = Path(os.environ.get("MAXMIND_ACL_TOOL", REPOSITORY / ".build" / "release" / "maxmind-acl"))
#: The option that names the version of the server under test to commands that read a remap.config.
AS_SERVER = ["--traffic-server", VERSION.name]
REPLAY_HOST = Path(
    os.environ.get("REPLAY_HOST", REPOSITORY / "plugin-shim" / "build" / "replay-host"))

UNASKED = "not asked"

NAMES = sorted(path.stem for path in CORPUS.glob("*.yaml"))


@dataclasses.dataclass(frozen=True)
class Expected:
    client: str
    url: str
    decision: str
    reason: str
    rule: str | None

    @property
    def request(self) -> tuple[str, str]:
        return self.client, self.url


def configuration(name: str) -> Path:
    return CORPUS / f"{name}.yaml"


def requests_file(name: str) -> Path:
    return CORPUS / f"{name}.requests"


def requests(name: str) -> list[tuple[str, str]]:
    lines = requests_file(name).read_text().splitlines()
    return [(client, url) for client, url in (line.split(" ") for line in lines)]


def expected(name: str) -> list[Expected]:
    rows = [line.split("\t") for line in
            (CORPUS / f"{name}.expected").read_text().splitlines()]
    return [Expected(client, url, decision, reason, None if rule == "-" else rule)
            for client, url, decision, reason, rule in rows]


def headers(name: str) -> list[str]:
    """The header fields of each request, as "Name: value"."""
    path = CORPUS / f"{name}.headers"
    return path.read_text().splitlines() if path.exists() else []


def header_options(name: str) -> list[str]:
    """The same as options of the tool."""
    return [option for field in headers(name) for option in ("--header", field)]


def stock_differences(name: str, suffix: str = VERSION.stock_suffix) -> dict[tuple[str, str], str]:
    path = CORPUS / f"{name}{suffix}"
    rows = [line.split("\t") for line in path.read_text().splitlines()] if path.exists() else []
    return {(client, url): why for client, url, why in rows}


URL = re.compile(r"^[a-z]+://(?P<host>[^/?#]*)(?P<target>.*)$", re.ASCII)


def ask(server: TrafficServer, client: str, url: str, fields: list[str] | None = None) -> int:
    """The status that a running proxy answers a corpus request with."""
    match = URL.match(url)
    assert match, url
    target = match["target"]
    if not target.startswith("/"):
        target = "/" + target
    pairs = [(name, value) for name, _, value in (line.partition(": ") for line in fields or ())]
    return server.get(client, match["host"], target, headers=pairs).status


def decisions_of_proxy(name: str, plugin: Path) -> list[str]:
    """The decision of a real Traffic Server: "allow" for the origin's 200, "deny" for a 403.

    UNASKED where the machine has no ::1 to ask from.
    """
    remap = f"map / {{origin}} @plugin={{plugin}} @pparam={name}.yaml"
    files = {f"{name}.yaml": configuration(name)}
    # The corpus names its databases ../databases/NAME, beside the configuration directory.
    files.update({f"../databases/{path.name}": path for path in DATABASES.glob("*.mmdb")})
    verdicts = {200: "allow", 403: "deny"}
    decisions = []
    with TrafficServer(remap, files=files, plugin=plugin) as server:
        for client, url in requests(name):
            if ":" in client and not has_ipv6():
                decisions.append(UNASKED)
                continue
            status = ask(server, client, url, headers(name))
            decisions.append(verdicts.get(status, str(status)))
    return decisions


def replay_host(plugin: Path, yaml: Path, lines: bytes, *options: str) -> list[list[str]]:
    result = subprocess.run(
        [REPLAY_HOST, "--config-dir", yaml.parent, *options, plugin, yaml.name],
        input=lines, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=HANG_SECONDS)
    assert result.returncode == 0, f"{result.returncode}: {result.stderr.decode()}"
    return [line.split("\t") for line in result.stdout.decode().splitlines()]


def replay_with_tool(name: str) -> list[list[str]]:
    """The rows of `maxmind-acl replay`: client, URL, decision, reason and rule of each request."""
    result = subprocess.run(
        [TOOL, "replay", "--csv", "--config", configuration(name), *header_options(name),
         requests_file(name)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=HANG_SECONDS)
    assert result.returncode == 0, result.stderr.decode()
    rows = [[row[name] for name in ("client", "url", "decision", "reason", "rule")]
            for row in csv.DictReader(io.StringIO(result.stdout.decode(), newline=""))]
    # replay writes each address in its canonical form.
    assert [row[1] for row in rows] == [url for _, url in requests(name)]
    return rows


def explain_with_tool(
        yaml: Path, client: str, url: str, *options: str) -> dict[str, object]:
    """The object that `maxmind-acl explain --json` prints."""
    result = subprocess.run(
        [TOOL, "explain", "--config", yaml, "--client", client, "--json", *options, url],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=HANG_SECONDS)
    assert result.stdout, result.stderr.decode()
    return json.loads(result.stdout)
