"""Shared by the end-to-end tests: one running server for all tests that do not change it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from maps import FILES, REMAP  # noqa: E402
from traffic_server import OUR_PLUGIN, TrafficServer  # noqa: E402


def pytest_configure() -> None:
    # A `timeout` around the tests must not leave servers running: exit through the `with`s.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))


@pytest.fixture(scope="session", autouse=True)
def plugin_is_built() -> None:
    if not OUR_PLUGIN.exists():
        pytest.exit(f"{OUR_PLUGIN} is missing: make plugin", returncode=2)


@pytest.fixture(scope="session")
def server(plugin_is_built: None) -> Iterator[TrafficServer]:
    """Runs the maps of maps.py with Traffic Server's defaults."""
    with TrafficServer(REMAP, files=FILES) as running:
        yield running
        assert running.running, running.logs()
