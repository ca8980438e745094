"""List files in the real Traffic Server: their entries decide, and a changed list is noticed.

Here `traffic_ctl config reload` loads them. The tests of live reloads are in another file.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator

import pytest

from corpus import TOOL
from maps import DE, GB, US
from traffic_server import DATABASES, TrafficServer
from waiting import HANG_SECONDS

REMAP = "map http://list.example/ {origin} @plugin={plugin} @pparam=list.yaml\n"

#: The lists alone decide, without a database.
CONFIGURATION = """\
maxmind:
  database: loopback-country.mmdb
  deny:
    ip_file: [blocked.conf, geo.conf]
  allow:
    ip_file: [office.conf]
    country: [US, GB]
"""

GEO = """\
geo $blocked {
    default 0;
    127.3.0.0/16 1;
    127.3.0.9 0; # but this one
}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[TrafficServer]:
    files = {
        "list.yaml": CONFIGURATION,
        "loopback-country.mmdb": DATABASES / "loopback-country.mmdb",
        "blocked.conf": f"# none of them\r\n{US} # noisy\r\n",
        "geo.conf": GEO,
        "office.conf": f"{DE}\n",
    }
    with TrafficServer(REMAP, files=files, managed=True) as running:
        yield running


def status(server: TrafficServer, client: str) -> int:
    return server.get(client, "list.example").status


def test_entries_of_lists_decide(server: TrafficServer) -> None:
    assert status(server, US) == 403
    assert status(server, "127.1.0.10") == 200
    assert status(server, DE) == 200
    assert status(server, "127.2.0.10") == 403
    assert status(server, "127.3.0.8") == 403
    assert status(server, GB) == 200


def test_the_load_reports_the_lists(server: TrafficServer) -> None:
    assert re.search(r"list\.yaml: 2 deny\.ip, .*; list blocked\.conf \(1 entry\); ",
                     server.log("diags.log"))


def test_a_changed_list_is_noticed_by_a_reload(server: TrafficServer) -> None:
    server.write("blocked.conf", "127.1.0.10\n")
    assert server.reload() == "loaded"
    assert status(server, US) == 200
    assert status(server, "127.1.0.10") == 403


def test_a_broken_list_stays_as_it_was_and_is_logged_with_its_line(server: TrafficServer) -> None:
    start = len(server.log("diags.log"))
    server.write("blocked.conf", f"{US}\n127.1.0/10\n")
    assert server.reload() == "loaded"
    assert status(server, US) == 200
    assert status(server, "127.1.0.10") == 403
    assert "blocked.conf:2:1: error: " in server.log("diags.log")[start:]
    # The corrected list alone must be noticed.
    server.write("blocked.conf", f"{US}\n")
    assert server.reload() == "loaded"
    assert status(server, US) == 403


def test_an_allow_list_that_lost_all_entries_lets_nobody_in(server: TrafficServer) -> None:
    server.write("office.conf", f"{DE} expires=2020-01-01T00:00:00Z\n")
    assert server.reload() == "loaded"
    assert status(server, DE) == 403
    assert "all entries have expired" in server.log("diags.log")


def test_an_installed_list_rules_after_a_reload(server: TrafficServer) -> None:
    new = server.write("new.conf", f"{GB}\n")
    installed = server.etc / "blocked.conf"
    command = [TOOL, "install-list", "--config", server.etc / "list.yaml", new, installed]
    refused = subprocess.run([*command, "--min-entries", "2"], capture_output=True, timeout=HANG_SECONDS)
    assert refused.returncode == 3
    assert subprocess.run(command, capture_output=True, timeout=HANG_SECONDS).returncode == 0
    assert installed.stat().st_mtime > time.time() - 60
    assert server.reload() == "loaded"
    assert status(server, GB) == 403
    assert status(server, US) == 200
