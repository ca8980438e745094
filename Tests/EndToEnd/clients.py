"""Clients that go on asking while a test changes something."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from traffic_server import TrafficServer
from waiting import HANG_SECONDS


class Load:
    """Clients that keep asking one map, from four threads, and expect the same answers all the time."""

    def __init__(self, server: TrafficServer, host: str,
                 expected: Sequence[tuple[str, int]]) -> None:
        self.server = server
        self.host = host
        self.expected = expected
        self.answers = 0
        self.problems: list[str] = []
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(4)]
        for thread in self._threads:
            thread.start()

    def _run(self, number: int) -> None:
        client, status = self.expected[number % len(self.expected)]
        while not self._stop.wait(0.002):
            try:
                seen = str(self.server.get(client, self.host, f"/{number}.txt").status)
            except Exception as error:  # the test reports any failure
                seen = repr(error)
            with self._lock:
                self.answers += 1
                if seen != str(status) and len(self.problems) < 10:
                    self.problems.append(f"{client}: {seen}")

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(HANG_SECONDS)
