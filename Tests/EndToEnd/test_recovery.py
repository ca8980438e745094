"""A load that failed for want of a resource is retried, even if no file changes again.

One Traffic Server runs all cases that take a minute, at the same time.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from maps import DE, GB, US
from traffic_server import DATABASES, TrafficServer
from waiting import eventually

COUNTRY = DATABASES / "loopback-country.mmdb"

#: The package's own user, in place of root, which can read every file.
NOBODY = 65534


def configuration(country: str) -> str:
    return (f"maxmind:\n  database: country.mmdb\n  reload: 100ms\n"
            f"  allow:\n    country: [{country}]\n")


def lists(reload: str, name: str) -> str:
    return (f"maxmind:\n  database: country.mmdb\n  reload: {reload}\n"
            f"  deny:\n    ip_file: [{name}.conf]\n")


def statuses(server: TrafficServer, host: str) -> tuple[int, int, int]:
    return tuple(server.get(client, host).status for client in (US, DE, GB))


def write_while_nothing_can_be_opened(server: TrafficServer, name: str, content: str) -> None:
    process = server.server_process_id
    start = len(server.log("diags.log"))
    before = resource.prlimit(process, resource.RLIMIT_NOFILE)
    resource.prlimit(process, resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        server.write(name, content)
        eventually(lambda: f"{name}: not reloaded" in server.log("diags.log")[start:])
    finally:
        resource.prlimit(process, resource.RLIMIT_NOFILE, before)
    assert "Too many open files" in server.log("diags.log")[start:]


def patterns(country: str) -> str:
    rules = "".join(f"      - ['*', '^patterns\\.example/s/{number}/[a-z]+x$']\n" for number in range(8_000))
    return (f"maxmind:\n  database: country.mmdb\n  reload: 100ms\n"
            f"  deny:\n    country: [{country}]\n    regex:\n{rules}")


def write_while_memory_is_short(server: TrafficServer, name: str, content: str, refused: str,
                                headroom: int = 64 << 20) -> None:
    process = server.server_process_id
    start = len(server.log("diags.log"))
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[0])
    before = resource.prlimit(process, resource.RLIMIT_AS)
    resource.prlimit(process, resource.RLIMIT_AS,
                     (pages * resource.getpagesize() + headroom, before[1]))
    try:
        server.write(name, content)
        eventually(lambda: refused in server.log("diags.log")[start:])
    finally:
        resource.prlimit(process, resource.RLIMIT_AS, before)
    assert "there is no memory for" in server.log("diags.log")[start:]
    assert server.server_process_id == process


@pytest.fixture(scope="module")
def server() -> Iterator[TrafficServer]:
    names = ("rules", "expiry", "interval", "long", "patterns", "patterns2")
    remap = "\n".join(f"map http://{name}.example/ {{origin}} @plugin={{plugin}} @pparam={name}.yaml"
                      for name in names)
    files = {
        "rules.yaml": configuration("US"), "country.mmdb": COUNTRY,
        "expiry.yaml": lists("1d", "expiry"), "expiry.conf": f"{DE}\n",
        "interval.yaml": lists("1d", "interval"), "interval.conf": f"{DE}\n",
        "long.yaml": lists("100ms", "long"), "long.conf": f"{DE}\n",
        "patterns.yaml": configuration("US"), "patterns2.yaml": configuration("US"),
    }
    with TrafficServer(remap, files=files, managed=True) as running:
        end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 5))
        running.write("expiry.conf", f"{DE}\n{US} expires={end}\n")
        running.write("interval.yaml", lists("100ms", "interval"))
        running.touch("remap.config")
        assert running.reload() == "loaded"
        assert statuses(running, "expiry.example") == (403, 403, 200)
        running.write("interval.conf", f"{GB}\n")
        write_while_nothing_can_be_opened(running, "rules.yaml", configuration("DE"))
        assert statuses(running, "rules.example") == (200, 403, 403)
        entries = "".join(f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}\n" for i in range(400_000))
        # Enough memory for the configuration, too little for its list.
        write_while_memory_is_short(running, "long.conf", f"{US}\n{entries}",
                                    "long.conf has errors", 175 << 20)
        assert statuses(running, "long.example") == (200, 403, 200)
        # Too little memory to read the file; then enough to read it, too little for its patterns.
        for name, headroom in (("patterns", 64 << 20), ("patterns2", 175 << 20)):
            write_while_memory_is_short(
                running, f"{name}.yaml", patterns("DE"), f"{name}.yaml: not reloaded", headroom)
            assert statuses(running, f"{name}.example") == (200, 403, 403)
        yield running


def test_a_load_that_lacked_descriptors_is_tried_again(server: TrafficServer) -> None:
    eventually(lambda: statuses(server, "rules.example") == (403, 200, 403))


def test_a_load_that_lacked_memory_is_tried_again(server: TrafficServer) -> None:
    eventually(lambda: statuses(server, "long.example") == (403, 200, 200))


@pytest.mark.parametrize("name", ["patterns", "patterns2"])
def test_patterns_that_lacked_memory_are_tried_again(server: TrafficServer, name: str) -> None:
    eventually(lambda: statuses(server, f"{name}.example") == (200, 403, 200))


def test_an_expiry_counts_after_a_reload_of_the_remap_file(server: TrafficServer) -> None:
    eventually(lambda: statuses(server, "expiry.example") == (200, 403, 200))


def test_an_interval_counts_after_a_reload_of_the_remap_file(server: TrafficServer) -> None:
    eventually(lambda: statuses(server, "interval.example") == (200, 200, 403))


def test_an_unreadable_file_is_loaded_when_it_becomes_readable() -> None:
    launcher = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    server = TrafficServer("map http://a.example/ {origin} @plugin={plugin} @pparam=rules.yaml",
                           files={"rules.yaml": configuration("US"), "country.mmdb": COUNTRY},
                           launcher=launcher if os.geteuid() == 0 else ())
    try:
        server.prepare()
        if os.geteuid() == 0:
            for directory, _, files in os.walk(server.root):
                for path in [directory, *(os.path.join(directory, name) for name in files)]:
                    os.chown(path, NOBODY, NOBODY)
        server.start()
        assert statuses(server, "a.example") == (200, 403, 403)
        path = server.write("rules.yaml", configuration("DE"))
        path.chmod(0)
        eventually(lambda: "rules.yaml: not reloaded" in server.log("diags.log"))
        assert statuses(server, "a.example") == (200, 403, 403)
        path.chmod(0o644)
        eventually(lambda: statuses(server, "a.example") == (403, 200, 403))
    finally:
        server.close()
