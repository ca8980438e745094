"""Waiting for what comes some time later: logs, metrics, changes of files."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(look: Callable[[], object], wanted: object = True, seconds: float = 30) -> None:
    """Asserts that `look` comes to return `wanted`."""
    deadline = time.monotonic() + seconds
    while (seen := look()) != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    assert seen == wanted
