"""Waiting for what comes true after a while."""

from __future__ import annotations

import time
from collections.abc import Callable

#: More than anything takes beside other work; metrics and logs take some seconds by themselves.
SECONDS = 30


def eventually(look: Callable[[], object], wanted: object = True) -> None:
    """Asserts that `look` comes to return `wanted`."""
    deadline = time.monotonic() + SECONDS
    while (seen := look()) != wanted and time.monotonic() < deadline:
        time.sleep(0.05)
    assert seen == wanted
