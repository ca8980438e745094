"""Reloads of a database, one after the other, while a Traffic Server answers requests."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from proxy_sites import BenchmarkError, TrafficServer

#: The log line of a load.
LOADED = "allow.country; default"
REFUSED = "not reloaded"
#: The limit for one load, which runs in idle time only.
LONGEST_RELOAD = 300


class Reloads:
    """Within a `with`, replaces the database each time the last one has been loaded, but at most once in so many
    seconds.

    It renames another file over the database and rewrites it in place, by turns. The content is always the same.
    """

    def __init__(self, server: TrafficServer, database: str, cpu: int, every: float = 0) -> None:
        self._server = server
        self._every = every
        self._cpu = cpu
        self._path = server.etc / database
        content = self._path.read_bytes()
        # A hard link in place of a copy takes no time from the server and the clients.
        self._copies = [server.etc / f"{database}.{number}" for number in (1, 2)]
        for copy in self._copies:
            copy.write_bytes(content)
        self._end = content[-4096:]
        self._size = len(content)
        self.seconds: list[float] = []
        """from each change of the file to when it had been loaded"""
        self._problem: Exception | None = None
        self._changes = 0

    def __enter__(self) -> Reloads:
        self.seconds = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        """Waits for the last one, so that it does not overlap the next measurement."""
        self._stop.set()
        if error is None:
            self._thread.join()

    def check(self) -> None:
        if self._problem is not None:
            raise self._problem

    def have_been(self, wanted: int) -> bool:
        self.check()
        return len(self.seconds) >= wanted

    def _run(self) -> None:
        os.sched_setaffinity(0, [self._cpu])  # of this thread
        try:
            while not self._stop.is_set():
                begun = time.monotonic()
                position = self._change()
                self._wait(position)
                self.seconds.append(time.monotonic() - begun)
                self._stop.wait(begun + self._every - time.monotonic())
        except Exception as problem:  # for the thread that measures
            self._problem = problem

    def _change(self) -> int:
        """Changes the file. Returns the former end of the log."""
        position = self._log.stat().st_size
        self._changes += 1
        if self._changes % 2 == 0:
            with open(self._path, "r+b") as file:
                file.seek(self._size - len(self._end))
                file.write(self._end)
        else:
            fresh = self._path.with_name("fresh")
            os.link(self._copies[self._changes // 2 % 2], fresh)
            fresh.replace(self._path)
        return position

    @property
    def _log(self) -> Path:
        return self._server.root / "log" / "diags.log"

    def _wait(self, position: int) -> None:
        deadline = time.monotonic() + LONGEST_RELOAD
        with open(self._log, encoding="utf-8", errors="replace") as log:
            log.seek(position)
            news = ""
            while LOADED not in news:
                if REFUSED in news or time.monotonic() > deadline:
                    raise BenchmarkError(f"the database was not reloaded\n{self._server.logs()}")
                time.sleep(0.02)
                news += log.read()
