"""Starts and ends processes so that none keeps running."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def signals_wait() -> Iterator[None]:
    """Delays SIGINT and SIGTERM, so that none comes between the start of a process and its registration."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    handlers = [signal.signal(number, lambda number, _: came.append(number)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, handlers):
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)


def processor_seconds(group: int) -> float:
    """The processor time of all threads of a group's living processes."""
    nanoseconds = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.getpgid(int(process.name)) == group:
                nanoseconds += sum(int(times.read_text().split()[0])
                                   for times in process.glob("task/*/schedstat"))
    return nanoseconds / 1e9


def group_lives(group: int, seconds: float) -> bool:
    """Whether any process of the group is left after at most `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        if time.monotonic() > deadline:
            return True
        time.sleep(0.02)


def end_group(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Ends a process that leads a group (`start_new_session`), with its children: first SIGTERM, then SIGKILL."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            if not group_lives(process.pid, seconds=2):
                return
