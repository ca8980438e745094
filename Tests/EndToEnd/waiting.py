"""Waits until a condition is true."""

from __future__ import annotations

import time
from collections.abc import Callable

#: A guard against hangs: more than anything takes on a slow and busy machine.
HANG_SECONDS = 600


def eventually(look: Callable[[], object], wanted: object = True, *, pause: float = 0.05) -> None:
    """Asserts that `look` returns `wanted` within HANG_SECONDS. Looks again after `pause` seconds."""
    deadline = time.monotonic() + HANG_SECONDS
    while (seen := look()) != wanted and time.monotonic() < deadline:
        time.sleep(pause)
    assert seen == wanted
