"""Load on a Traffic Server: wrk from many client addresses, and the processor time of the server."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from proxy_sites import HERE, OBJECT, BenchmarkError, Site, TrafficServer

#: wrk's own limit on a round, in case nothing else ends it.
LONGEST_ROUND = 300
#: A round without an answer is repeated, longer each time, up to this many seconds.
LONGEST_EMPTY_ROUND = 60
MOST_SIGNALS = 10


@dataclasses.dataclass(frozen=True)
class Round:
    seconds: float
    requests: int
    cpu_seconds: float
    median: float
    """of the seconds from a request to the end of its answer, as the next three"""
    per_cent_99: float
    per_cent_99_9: float
    longest: float

    @property
    def cpu_per_request(self) -> float:
        return self.cpu_seconds / self.requests

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


class Load:
    """wrk on one core, with a connection from each of the clients."""

    def __init__(self, directory: Path, cpu: int) -> None:
        self._library = directory / "spread_clients.so"
        self._cpu = cpu
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-pthread",
                        "-o", self._library, HERE / "spread_clients.c", "-ldl"],
                       check=True, timeout=60)

    def ask(self, server: TrafficServer, site: Site, clients: list[str], seconds: float, *,
            pause: float = 0, until: Callable[[], bool] = lambda: True) -> Round:
        """One round. Any answer but 200, and any error of a connection, raises.

        `pause`: how many milliseconds a connection waits between two requests, on average. `until`: the
        condition that ends the round. A round without an answer, because other processes hold the cores,
        is repeated and lasts longer.
        """
        while True:
            one = self._ask(server, site, clients, seconds, pause, until)
            if one.requests > 0:
                return one
            seconds *= 4
            if seconds >= LONGEST_EMPTY_ROUND:
                raise BenchmarkError(f"{site.name}: no answers in {seconds / 4:g} s\n{server.logs()}")

    def _ask(self, server: TrafficServer, site: Site, clients: list[str], seconds: float,
             pause: float, until: Callable[[], bool]) -> Round:
        cpu_before = cpu_seconds(server.process_id)
        # A session of its own, because a terminal's Ctrl-C would end the round with a summary.
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", str(self._cpu),
             "stdbuf", "-oL", "wrk", "-t", "1", "-c", str(len(clients)), "-d", f"{LONGEST_ROUND}s",
             "--timeout", f"{LONGEST_ROUND}s", "-s", HERE / "wrk_summary.lua", "-H", f"Host: {site.host}",
             f"http://127.0.0.1:{server.port}{OBJECT}"],
            env={**os.environ, "LD_PRELOAD": str(self._library),
                 "SPREAD_CLIENTS": " ".join(clients), "WRK_PAUSE": f"{pause:g}"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True)
        try:
            # After its first line it handles signals. Before that, a signal would end it without output.
            output = process.stdout.readline()
            time.sleep(seconds)
            while not until() and process.poll() is None:
                time.sleep(0.02)
            output += end_early(process)
        finally:
            process.kill()
            process.wait()
        cpu = cpu_seconds(server.process_id) - cpu_before
        found = re.search(r"^summary((?: \d+){8})$", output, re.MULTILINE)
        if found is None:
            raise BenchmarkError(f"{site.name}: no summary from wrk\n{output}")
        microseconds, requests, refused, failed, *latencies = map(int, found[1].split())
        if refused or failed:
            raise BenchmarkError(f"{site.name}: {requests} answers, {refused} of them errors, and "
                                 f"{failed} connections that failed\n{output}\n{server.logs()}")
        return Round(microseconds / 1e6, requests, cpu, *(each / 1e6 for each in latencies))


def end_early(process: subprocess.Popen[str]) -> str:
    """Ends wrk, which takes whole seconds only, as at the end of its time. Returns the rest of its output."""
    for _ in range(MOST_SIGNALS):
        process.send_signal(signal.SIGINT)
        # A signal that comes just before it sleeps ends the load, but wrk goes on sleeping.
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=1)[0]
    raise BenchmarkError(f"wrk does not end at {MOST_SIGNALS} signals")


def cpu_seconds(process: int) -> float:
    """The processor time of all threads of a process, user and kernel, in nanoseconds."""
    # The id of another process's CPU clock, as clock_getcpuclockid(3) makes it.
    return time.clock_gettime_ns(~process << 3 | 2) / 1e9


def waited_seconds(process: int) -> float:
    """The time for which the threads of a process waited for a busy core."""
    nanoseconds = 0
    for path in Path(f"/proc/{process}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):  # the thread has ended
            nanoseconds += int(path.read_text().split()[1])
    return nanoseconds / 1e9
