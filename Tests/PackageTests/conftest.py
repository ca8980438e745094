"""The package as `make deb` leaves it, and this system with the package installed."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "EndToEnd"))

import debian  # noqa: E402


def pytest_configure() -> None:
    # A `timeout` around the tests must not leave the package installed: exit through the fixtures.
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("stopped", returncode=1))


@pytest.fixture(scope="session")
def package() -> Path:
    return debian.built_package()


@pytest.fixture(scope="session")
def before() -> Iterator[debian.Snapshot]:
    """The system before the tests. All changes of a test are undone."""
    with debian.untouched_system() as snapshot:
        yield snapshot


@pytest.fixture
def installed(package: Path, before: debian.Snapshot) -> Path:
    """The system has the package installed, and the stock plugin has its own name."""
    if debian.status() != f"installed {debian.field(package, 'Version')}":
        debian.install(package)
    debian.divert("remove")
    return package
