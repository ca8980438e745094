"""An entry of a list file ends at its time, without a command and without a change of any file."""

from __future__ import annotations

import time

import pytest

from maps import DE, US
from traffic_server import DATABASES, TrafficServer

#: The later one is there to see that the next expiry is taken up, too.
SECONDS = (6, 9)


def moment(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def test_while_files_cannot_be_loaded_entries_stay_and_that_is_not_told_at_each_look() -> None:
    end = int(time.time()) + SECONDS[0]
    rules = ("maxmind:\n  database: loopback-country.mmdb\n  reload: 100ms\n"
             "  deny: {ip_file: [blocked.conf]}\n")
    files = {
        "acl.yaml": rules,
        "blocked.conf": f"{US} expires={moment(end)}\n",
        "loopback-country.mmdb": DATABASES / "loopback-country.mmdb",
    }
    with TrafficServer("map http://a.example/ {origin} @plugin={plugin} @pparam=acl.yaml",
                       files=files) as server:
        server.write("acl.yaml", rules + "  colour: red\n")
        while time.time() < end + 3:
            assert server.get(US).status == 403
            time.sleep(0.1)
        assert server.log("diags.log").count("acl.yaml: not reloaded") == 1


@pytest.mark.parametrize("reload", ["60s", "off"])
def test_listed_addresses_are_let_go_at_their_times(reload: str) -> None:
    now = int(time.time())
    ends = [moment(now + seconds) for seconds in SECONDS]
    files = {
        "acl.yaml": f"maxmind:\n  database: loopback-country.mmdb\n  reload: {reload}\n"
                    "  deny: {ip_file: [blocked.conf]}\n",
        "blocked.conf": f"{US} expires={ends[0]}\n{DE} expires={ends[1]}\n",
        "loopback-country.mmdb": DATABASES / "loopback-country.mmdb",
    }
    with TrafficServer("map http://a.example/ {origin} @plugin={plugin} @pparam=acl.yaml",
                       files=files) as server:
        seen: list[tuple[float, int, int]] = []
        while time.time() < now + SECONDS[1] + 3:
            begun = time.time()
            seen.append((begun - now, server.get(US).status, server.get(DE).status))
            time.sleep(0.1)
    # A second is the clock's own; the rest is a load beside other work.
    for client, end in ((1, SECONDS[0]), (2, SECONDS[1])):
        before = {row[client] for row in seen if row[0] < end - 1}
        after = {row[client] for row in seen if row[0] > end + 2}
        assert (before, after) == ({403}, {200}), seen
