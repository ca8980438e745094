"""Entries of list files expire at their times, without a command, a change or a load, even if the files are
broken or gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from maps import DE, GB, US
from traffic_server import DATABASES, TrafficServer
from waiting import eventually

#: When the entry of each client expires, in seconds from the start of the test; None: never.
ENDS = {US: 12, DE: 15, GB: None}


def nothing(server: TrafficServer, name: str) -> None:
    pass


def break_the_configuration(server: TrafficServer, name: str) -> None:
    server.write(f"{name}.yaml", "maxmind: {broken: [")


def break_the_database(server: TrafficServer, name: str) -> None:
    (server.etc / f"{name}.mmdb").write_bytes(b"broken")


def delete_the_list(server: TrafficServer, name: str) -> None:
    (server.etc / f"{name}.conf").unlink()


def break_the_list(server: TrafficServer, name: str) -> None:
    server.write(f"{name}.conf", "broken\n")


#: Configuration → the `reload` interval, the change of its files, and how many loads fail after it.
CASES: dict[str, tuple[str, Callable[[TrafficServer, str], None], int]] = {
    "untouched": ("60s", nothing, 0),
    "without-reload": ("off", nothing, 0),
    "configuration": ("200ms", break_the_configuration, 1),
    "database": ("200ms", break_the_database, 1),
    "missing-list": ("200ms", delete_the_list, 1),
    "broken-list": ("200ms", break_the_list, 1),
}

Seen = list[tuple[float, dict[str, int]]]


@pytest.fixture(scope="module")
def begun() -> int:
    return int(time.time())


@pytest.fixture(scope="module")
def server(begun: int) -> Iterator[TrafficServer]:
    entries = ""
    for client, end in ENDS.items():
        expires = time.strftime(" expires=%Y-%m-%dT%H:%M:%SZ", time.gmtime(begun + (end or 0)))
        entries += client + (expires if end else "") + "\n"
    files = {}
    for name, (reload, _, _) in CASES.items():
        files |= {
            f"{name}.yaml": f"maxmind:\n  database: {name}.mmdb\n  reload: {reload}\n"
                            f"  deny: {{ip_file: [{name}.conf]}}\n",
            f"{name}.conf": entries,
            f"{name}.mmdb": DATABASES / "loopback-country.mmdb",
        }
    remap = "\n".join(f"map http://{name}.example/ {{origin}} @plugin={{plugin}} @pparam={name}.yaml"
                      for name in CASES)
    records = {"proxy.config.raw_stat_sync_interval_ms": "INT 200",
               "proxy.config.config_update_interval_ms": "INT 200"}
    with TrafficServer(remap, files=files, records=records, managed=True) as running:
        yield running


@pytest.fixture(scope="module")
def seen(server: TrafficServer, begun: int) -> dict[str, Seen]:
    """The statuses of the clients by configuration and time, until all entries have expired."""
    for name, (_, damage, _) in CASES.items():
        damage(server, name)
    seen: dict[str, Seen] = {name: [] for name in CASES}
    while time.time() < begun + 24:
        for name, of in seen.items():
            at = time.time() - begun
            of.append((at, {client: server.get(client, f"{name}.example").status for client in ENDS}))
        time.sleep(0.1)
    return seen


@pytest.mark.parametrize("name", CASES)
def test_listed_addresses_are_let_go_at_their_times(name: str, seen: dict[str, Seen]) -> None:
    # An entry may end five seconds late. The other three allow for a load on a busy machine.
    for client, end in ENDS.items():
        before = {statuses[client] for at, statuses in seen[name] if end is None or at < end - 1}
        after = {statuses[client] for at, statuses in seen[name] if end is not None and at > end + 8}
        assert (before, after) == ({403}, {200} if end is not None else set()), seen[name]


@pytest.mark.parametrize("name, failures", [(name, case[2]) for name, case in CASES.items()])
def test_an_expiry_is_not_a_reload(name: str, failures: int, server: TrafficServer,
                                   seen: dict[str, Seen]) -> None:
    def counts() -> list[int]:
        metrics = server.metrics(name)
        return [metrics["rules"], metrics["reloads"], metrics["reload_failures"]]

    eventually(counts, [1, 0, failures])
    log = server.log("diags.log")
    assert log.count(f"[maxmind_acl] {name}.yaml: 1 entry of its lists has expired\n") == 2
    # If a list is refused, the load continues with the list in force.
    loads = 2 if name.endswith("-list") else 1
    assert log.count(f"[maxmind_acl] {name}.yaml: 3 deny.ip; ") == loads
