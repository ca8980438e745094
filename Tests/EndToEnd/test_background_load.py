"""A large reload runs on a separate thread of low priority, and may outlive its remap line."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from maps import DE, US
from traffic_server import DATABASES, TrafficServer
from waiting import eventually

#: Its name, as `top -H` shows it.
THREAD = "[maxmind_acl]"

#: Enough that a load takes a few tenths of a second.
CIDRS = "".join(f"      - 10.{number >> 8}.{number & 255}.0/25\n" for number in range(60_000))
#: A change of 8 MiB or more counts as large.
SMALL, LARGE = "", f"# {'x' * 1000}\n" * 8_400


def configuration(number: int, more: str = LARGE) -> str:
    return ("maxmind:\n  database: loopback-country.mmdb\n  reload: 10ms\n  allow:\n    country: [US]\n"
            f"  deny:\n    ip:\n{CIDRS}# {number}\n{more}")


KEPT = "map http://kept.example/ {origin}\n"
CHANGED = "map http://changed.example/ {origin} @plugin={plugin} @pparam=changed.yaml\n"


@pytest.fixture(scope="module")
def server() -> Iterator[TrafficServer]:
    files = {"changed.yaml": configuration(0),
             "loopback-country.mmdb": DATABASES / "loopback-country.mmdb"}
    with TrafficServer(KEPT + CHANGED, files=files, managed=True) as running:
        yield running


def loading_threads(server: TrafficServer) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.getpgid(int(process.name)) == server.process_id:
                found += [int(thread.parent.name) for thread in process.glob("task/*/comm")
                          if thread.read_text().strip() == THREAD]
    return found


def loads(server: TrafficServer) -> int:
    return server.log("diags.log").count("changed.yaml: 60000 deny.ip")


def test_a_reload_runs_where_a_processor_is_idle(server: TrafficServer) -> None:
    server.write("changed.yaml", configuration(1))
    policies: list[int] = []

    def is_seen() -> bool:
        with contextlib.suppress(ProcessLookupError):
            # A thread may not have set its scheduler yet.
            policies.extend(os.sched_getscheduler(thread) for thread in loading_threads(server))
        return os.SCHED_IDLE in policies

    eventually(is_seen, pause=0.005)
    eventually(lambda: loading_threads(server) == [])


def test_a_small_one_runs_at_once(server: TrafficServer) -> None:
    eventually(lambda: loading_threads(server) == [])
    before = loads(server)
    server.write("changed.yaml", configuration(2, SMALL))
    threads: list[int] = []

    def is_loaded() -> bool:
        threads.extend(loading_threads(server))
        return loads(server) > before

    eventually(is_loaded, pause=0.005)
    assert threads == []


def test_a_remap_line_can_be_removed_while_its_rules_are_loaded(server: TrafficServer) -> None:
    is_over = threading.Event()

    def change() -> None:
        number = 2
        while not is_over.wait(0.2):
            number += 1
            server.write("changed.yaml", configuration(number))

    changes = threading.Thread(target=change)
    changes.start()
    try:
        for remap in (KEPT, KEPT + CHANGED, KEPT):
            eventually(lambda: remap == KEPT + CHANGED or loading_threads(server) != [],
                       pause=0.005)
            server.write_remap(remap)
            assert server.reload() == "loaded"
            assert server.get(US, "kept.example").status == 200
    finally:
        is_over.set()
        changes.join()
    eventually(lambda: loading_threads(server) == [])
    server.write_remap(KEPT + CHANGED)
    assert server.reload() == "loaded"
    assert [server.get(client, "changed.example").status for client in (US, DE)] == [200, 403]
    assert server.running
