"""With the debug tag on, each decision is logged with its client, URL and reason."""

from __future__ import annotations

import time

import pytest

from maps import MANUAL
from traffic_server import DATABASES, TrafficServer
from waiting import eventually

REMAP = "map http://a.example/ {origin} @plugin={plugin} @pparam=acl.yaml"
DEBUG = {
    "proxy.config.diags.debug.enabled": "INT 1",
    "proxy.config.diags.debug.tags": "STRING maxmind_acl",
}


@pytest.mark.parametrize(("client", "path", "line"), [
    ("127.2.0.7", "/x", "127.2.0.7 deny deny.country DE acl.yaml:13 db=2026-09-01 GET http://a.example/x"),
    ("127.1.0.7", "/notes.txt;v=1?q",
     "127.1.0.7 deny deny.regex US acl.yaml:17 db=2026-09-01 GET http://a.example/notes.txt;v=1?q"),
    ("127.99.0.7", "/", "127.99.0.7 deny default - acl.yaml db=2026-09-01 GET http://a.example/"),
])
def test_a_decision_is_one_line(client: str, path: str, line: str) -> None:
    files = {
        "acl.yaml": MANUAL,
        "deny.html": "<p>denied</p>\n",
        "loopback-country.mmdb": DATABASES / "loopback-country.mmdb",
    }
    with TrafficServer(REMAP, files=files, records=DEBUG) as server:
        assert server.get(client=client, path=path).status == 403
        eventually(lambda: line in server.log("terminal.log"))
        said = [each for each in server.log("terminal.log").splitlines() if "(maxmind_acl)" in each]
        assert [each for each in said if line in each] != [], said
        assert server.running
