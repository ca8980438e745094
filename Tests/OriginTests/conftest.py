"""What the tests of origins share: one Traffic Server with all origins after it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "EndToEnd")]

from proxy import Proxy, running_proxy  # noqa: E402


def pytest_configure() -> None:
    # A `timeout` around the tests must not leave servers behind: leave by way of the `with`s.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))


@pytest.fixture(scope="session")
def proxy() -> Iterator[Proxy]:
    with running_proxy() as running:
        yield running


@pytest.fixture(scope="session")
def summary(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Lines to print after the tests."""
    lines: list[str] = []
    yield lines
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    reporter.write_line("")
    for line in lines:
        reporter.write_line(line)
