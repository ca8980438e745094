"""Reports as pages, and a browser that opens them.

The pages come from the tests of TrafficReplay, which write them with the summaries that they show.
REPORT_PAGES names a directory of such pages (NAME.html with NAME.json) to look at instead.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from browser import Browser

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD_SECONDS = 1200


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the pages."""
    named = os.environ.get("REPORT_PAGES")
    if named:
        return Path(named).resolve()
    directory = tmp_path_factory.mktemp("reports")
    result = subprocess.run(
        ["swift", "test", "--filter", "ReportFilesTests"], cwd=REPOSITORY, timeout=BUILD_SECONDS,
        env=os.environ | {"REPORT_DIRECTORY": str(directory)}, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return directory


@pytest.fixture(scope="session")
def browser():
    """A browser without a window."""
    with Browser() as browser:
        yield browser
