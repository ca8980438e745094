"""Shared by the tests of origins: one Traffic Server with all origins."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "EndToEnd")]

from proxy import Proxy, running_proxy  # noqa: E402


#: Lines to print after the tests.
SUMMARY = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    # A `timeout` around the tests must not leave servers running: exit through the `with`s.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    config.stash[SUMMARY] = []


def pytest_terminal_summary(
        terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash[SUMMARY]:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def proxy() -> Iterator[Proxy]:
    with running_proxy() as running:
        yield running


@pytest.fixture
def summary(pytestconfig: pytest.Config) -> list[str]:
    """Lines to print after the tests."""
    return pytestconfig.stash[SUMMARY]
