"""The system's clock is set forward and back: entries of lists expire, and count again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from maps import DE, GB, US
from traffic_server import DATABASES, TrafficServer
from waiting import eventually

#: Of Debian's package faketime, the one for programs with threads.
LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))

#: US expires in an hour, DE expired an hour ago, GB never expires.
ENDS = {US: 3600, DE: -3600, GB: None}
RELOADS = {"follows": "1s", "off": "off"}


class Clock:
    """The time by which the clock of a Traffic Server is ahead of the true one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set(0)

    def set(self, seconds: int) -> None:
        beside = self.path.with_suffix(".fresh")
        beside.write_text(f"{seconds:+d}\n")
        beside.replace(self.path)

    @property
    def launcher(self) -> list[str]:
        return ["env", f"LD_PRELOAD={LIBRARY}", f"FAKETIME_TIMESTAMP_FILE={self.path}",
                "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1"]


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Clock:
    return Clock(tmp_path_factory.mktemp("clock") / "offset")


@pytest.fixture(scope="module")
def server(clock: Clock) -> Iterator[TrafficServer]:
    now = int(time.time())
    entries = "".join(
        client + ("\n" if end is None else
                  time.strftime(" expires=%Y-%m-%dT%H:%M:%SZ\n", time.gmtime(now + end)))
        for client, end in ENDS.items())
    files: dict[str, str | bytes | Path] = {
        f"{name}.yaml": f"maxmind:\n  database: a.mmdb\n  reload: {reload}\n"
                        f"  deny: {{ip_file: [{name}.conf]}}\n"
        for name, reload in RELOADS.items()}
    files |= {f"{name}.conf": entries for name in RELOADS}
    files["a.mmdb"] = DATABASES / "loopback-country.mmdb"
    remap = "\n".join(f"map http://{name}.example/ {{origin}} @plugin={{plugin}} @pparam={name}.yaml"
                      for name in RELOADS)
    with TrafficServer(remap, files=files, launcher=clock.launcher) as running:
        yield running


@pytest.mark.parametrize("name", RELOADS)
def test_entries_end_and_come_back_with_the_clock(name: str, server: TrafficServer,
                                                  clock: Clock) -> None:
    def statuses() -> list[int]:
        return [server.get(client, f"{name}.example").status for client in (US, DE, GB)]

    def is_logged(text: str) -> bool:
        return f"[maxmind_acl] {name}.yaml: {text}\n" in server.log("diags.log")

    clock.set(0)
    eventually(statuses, [403, 200, 403])
    clock.set(7200)
    eventually(statuses, [200, 200, 403])
    eventually(lambda: is_logged("1 entry of its lists has expired"))
    clock.set(0)
    eventually(statuses, [403, 200, 403])
    eventually(lambda: is_logged("the clock was set back: 1 entry of its lists counts again"))
    # Also entries that had expired before they were loaded.
    clock.set(-7200)
    eventually(statuses, [403, 403, 403])
    clock.set(0)
    eventually(statuses, [403, 200, 403])
