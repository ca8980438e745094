"""The tool finds the remap line that a real Traffic Server sends a URL through."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from urllib.parse import urlsplit

import pytest

from corpus import AS_SERVER, TOOL
from remap_corpus import ACCEPTED, REFUSED, REMAPS, RULES, Remap
from traffic_server import DATABASES, TrafficServer
from waiting import HANG_SECONDS

CLIENT = "127.1.0.9"

UNMAPPED = "unmapped"
NO_RULES = "no rules"


def configuration(number: int) -> str:
    return (f"maxmind: {{database: loopback-country.mmdb, html: line-{number}.html,\n"
            "  deny: {ip: [0.0.0.0/0, '::/0']}}\n")


def server_for(remap: Remap) -> TrafficServer:
    """A server with one configuration for each RULES."""
    files: dict[str, str | bytes | Path] = {
        "loopback-country.mmdb": DATABASES / "loopback-country.mmdb"}

    def with_rules(text: str) -> str:
        def rules(_: re.Match[str]) -> str:
            number = sum(name.endswith(".yaml") for name in files) + 1
            files[f"line-{number}.yaml"] = configuration(number)
            files[f"line-{number}.html"] = f"line-{number}"
            return f"@plugin={{plugin}} @pparam=line-{number}.yaml"

        return re.sub(rf"\b{RULES}\b", rules, dedent(text))

    text = with_rules(remap.text)
    included = {name: with_rules(each) for name, each in remap.files.items()}
    server = TrafficServer(text, files=files, tls=True)
    for name, each in included.items():
        files[name] = each.replace("{plugin}", str(server.plugin))
    return server


#: The fields of a request for ws:// or wss://.
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}


def answer_of_proxy(server: TrafficServer, url: str, *, absolute: bool = False) -> str:
    """Where a request went: the name on the page, where it was redirected to, or neither."""
    parts = urlsplit(url)
    target = url.partition("://")[2][len(parts.netloc):]
    if not target.startswith("/"):
        target = "/" + target
    host = parts.netloc.rpartition("@")[2]
    headers = UPGRADE if parts.scheme in ("ws", "wss") else {}
    tls = parts.scheme in ("https", "wss")
    reply = server.get(CLIENT, host, url if absolute else target, headers=headers, tls=tls)
    if reply.status == 403:
        return reply.body.decode()
    if reply.status in (301, 307):
        return f"redirect to {urlsplit(reply.headers['Location']).hostname}"
    return {404: UNMAPPED, 200: NO_RULES}.get(reply.status, f"status {reply.status}")


def answer_of_tool(server: TrafficServer, url: str) -> str:
    """The same by `maxmind-acl explain --remap`."""
    done = subprocess.run(
        [TOOL, "explain", *AS_SERVER, "--remap", "remap.config", "--json", "--client", CLIENT, url],
        cwd=server.etc, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=HANG_SECONDS)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    if found["remap"] is None:
        return UNMAPPED
    if found["config"] is not None:
        return found["config"].removesuffix(".yaml")
    name, _, number = found["remap"].rpartition(":")
    words = (server.etc / name).read_text().splitlines()[int(number) - 1].split()
    return f"redirect to {urlsplit(words[2]).hostname}" if "redirect" in words[0] else NO_RULES


@pytest.mark.parametrize("remap", REMAPS.values(), ids=REMAPS)
def test_the_tool_finds_the_line_that_traffic_server_takes(remap: Remap) -> None:
    with server_for(remap) as server, ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda url: answer_of_tool(server, url), remap.urls))
        # Requests to the server itself: the port gives the scheme, the field gives the host.
        taken = [answer_of_proxy(server, url) for url in remap.urls]
        assert dict(zip(remap.urls, found)) == dict(zip(remap.urls, taken))
        # The URL in the request line, as to a forward proxy.
        whole = {url: answer for url, answer in zip(remap.urls, found) if url.startswith("http:")}
        assert whole == {url: answer_of_proxy(server, url, absolute=True) for url in whole}
        assert len(set(taken)) > 1


@pytest.fixture(scope="module")
def prepared() -> Iterator[TrafficServer]:
    """A directory for `traffic_server -C verify_config`."""
    server = TrafficServer("")
    try:
        server.prepare()
        yield server
    finally:
        server.close()


#: A line with rules, so that check has something to check.
SOUND = "map http://rules.example/ http://o.example/ @plugin={plugin} @pparam=acl.yaml\n"


def check(server: TrafficServer, lines: str) -> tuple[int, str]:
    """The tool reads a remap.config as Traffic Server does."""
    server.write("acl.yaml", "maxmind: {database: country.mmdb, deny: {country: [DE]}}")
    server.write("country.mmdb", DATABASES / "loopback-country.mmdb")
    server.write_remap(SOUND + lines)
    status, text = server.verify()
    done = subprocess.run(
        [TOOL, "check", *AS_SERVER, "remap.config"], cwd=server.etc, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=HANG_SECONDS)
    assert (status == 0) == (done.returncode == 0), text + done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize("lines", REFUSED.values(), ids=REFUSED)
def test_lines_that_traffic_server_refuses_are_errors(prepared: TrafficServer, lines: str) -> None:
    status, errors = check(prepared, lines)
    assert status == 1
    # The harness and SOUND have the first two lines; the last one is wrong.
    place = 2 + len(lines.splitlines())
    assert re.search(rf"^remap\.config:{place}:1: error: .* \[remap-line\]$", errors, re.MULTILINE), errors


@pytest.mark.parametrize("lines", ACCEPTED.values(), ids=ACCEPTED)
def test_lines_that_traffic_server_accepts_are_not_errors(prepared: TrafficServer, lines: str) -> None:
    status, errors = check(prepared, lines)
    assert status == 0, errors


def test_check_reports_other_spellings_of_a_host_that_bypass_its_rules() -> None:
    remap = ("map http://a.example/ {origin} @plugin={plugin} @pparam=acl.yaml\n"
             "map / {origin}")
    files = {"acl.yaml": "maxmind: {database: country.mmdb, deny: {country: [DE]}}",
             "country.mmdb": DATABASES / "loopback-country.mmdb"}
    denied = "127.2.0.9"
    with TrafficServer(remap, files=files, tls=True) as server:
        assert server.get(denied, "a.example").status == 403
        assert server.get(denied, "A.Example:80").status == 403
        # The warning names these three.
        assert server.get(denied, "a.example:8080").status == 200
        assert server.get(denied, "a.example.").status == 200
        assert server.get(denied, "a.example", tls=True).status == 200
        done = subprocess.run(
            [TOOL, "check", *AS_SERVER, "remap.config"], cwd=server.etc, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=30)
        assert ("warning: maps http://a.example:8080/, http://a.example./ and https://a.example/ "
                "without the rules of remap.config:" in done.stderr), done.stderr


def test_check_reports_redirects_in_a_circle() -> None:
    remap = ("map http://a.example/ {origin} @plugin={plugin} @pparam=a.yaml\n"
             "map http://b.example/ {origin} @plugin={plugin} @pparam=b.yaml")
    rules = "maxmind: {{database: country.mmdb, deny: {{country: [DE]}}, response: {{redirect: 'http://{}.example/x'}}}}"
    files = {"a.yaml": rules.format("b"), "b.yaml": rules.format("a"),
             "country.mmdb": DATABASES / "loopback-country.mmdb"}
    with TrafficServer(remap, files=files) as server:
        url = "http://a.example/"
        for _ in range(6):
            parts = urlsplit(url)
            reply = server.get("127.2.0.9", parts.netloc, parts.path)
            assert reply.status == 302
            url = reply.headers["Location"]
        done = subprocess.run(
            [TOOL, "check", *AS_SERVER, "remap.config"], cwd=server.etc, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=30)
        assert "[redirect-circle]" in done.stderr, done.stderr
