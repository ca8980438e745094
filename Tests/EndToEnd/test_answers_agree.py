"""The tool and a real Traffic Server give a denied client the same answer."""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from answer_maps import FILES, REMAP, RESPONSES, host
from corpus import TOOL
from maps import DE, NOWHERE, US
from traffic_server import TrafficServer
from waiting import HANG_SECONDS

#: The status of a closed connection, as in nginx's logs.
CLOSED = 444

REQUESTS = [(client, path) for client in (DE, NOWHERE, US, "127.1.66.9") for path in (
    "/", "/secret", "/denied", "/denied?x", "/a%20b;c/secret?x=1&y=%26", "/caf%C3%A9/%zz?a=b?c")]

Answer = tuple[int | None, str | None]


@pytest.fixture(scope="module")
def server() -> Iterator[TrafficServer]:
    with TrafficServer(REMAP, files=FILES, tls=True) as running:
        yield running


def of_proxy(server: TrafficServer, name: str, client: str, path: str) -> Answer:
    try:
        reply = server.get(client, host(name), path)
    except (OSError, http.client.HTTPException):
        return CLOSED, None
    return (reply.status, reply.headers["Location"]) if reply.status != 200 else (None, None)


def of_tool(directory: Path, name: str, client: str, path: str) -> Answer:
    done = subprocess.run([TOOL, "explain", "--json", "--config", f"{name}.yaml", "--client", client,
                           f"http://{host(name)}{path}"], cwd=directory,
                          capture_output=True, text=True, timeout=HANG_SECONDS)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    if answer["decision"] == "allow":
        return None, None
    return (CLOSED if answer["status"] is None else answer["status"]), answer.get("location")


@pytest.mark.parametrize("name", ["all", "query", "same-host", "same-host-url", "kinds", "headers-large",
                                  "kinds-default", "close", "redirect-307", "page-451", "cacheable"])
def test_both_agree(server: TrafficServer, name: str) -> None:
    assert name in RESPONSES
    proxy = [of_proxy(server, name, client, path) for client, path in REQUESTS]
    assert [of_tool(server.etc, name, client, path) for client, path in REQUESTS] == proxy
    assert len(set(proxy)) > 1
