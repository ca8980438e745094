"""`maxmind-acl replay --report` and `diff --report` on a log, as an operator runs them.

MAXMIND_ACL names the tool (default: the release build, else the debug build of this repository).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DATABASE = REPOSITORY / "Tests" / "Fixtures" / "databases" / "loopback-country.mmdb"
SECONDS = 600

CLIENTS = {"127.1.0.1": 600, "127.2.0.1": 300}  # in the US and in Germany
HOSTILE = "/<script>document.title='owned'</script>"


def tool() -> Path:
    """The command-line tool."""
    named = os.environ.get("MAXMIND_ACL")
    candidates = [Path(named).resolve()] if named else [
        REPOSITORY / ".build" / kind / "maxmind-acl" for kind in ("release", "debug")]
    for candidate in candidates:
        if candidate.exists():
            return candidate
    raise FileNotFoundError("maxmind-acl is not built: swift build --product maxmind-acl")


def run(directory: Path, *arguments: str) -> None:
    result = subprocess.run([tool(), *arguments], cwd=directory, timeout=SECONDS,
                            capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log and two configurations: the first denies Germany, the second the US."""
    directory = tmp_path_factory.mktemp("command")
    shutil.copy(DATABASE, directory / "country.mmdb")
    for name, country in [("old", "DE"), ("new", "US")]:
        (directory / f"{name}.yaml").write_text(
            f"maxmind:\n  database: country.mmdb\n  deny:\n    country: [{country}, KP]\n")
    lines = [
        f'{client} - - [01/Sep/2026:{number // 60:02}:{number % 60:02}:00 +0000] '
        f'"GET {HOSTILE} HTTP/1.1" 200 1 "-" "-"\n'
        for client, count in CLIENTS.items() for number in range(count)]
    (directory / "access.log").write_text("".join(lines))
    return directory


def figures(browser) -> dict[str, str]:
    """The figures at the head of the open page."""
    return dict(browser.run("""
        return [...document.querySelectorAll(".figures div")]
          .map(it => [it.querySelector("dt").textContent, it.querySelector(".value").textContent])
        """))


def test_a_replay_writes_its_report(browser, directory):
    run(directory, "replay", "--config", "old.yaml", "--base-url", "http://a.example",
        "--report", "replay.html", "access.log")
    page = directory / "replay.html"
    browser.open(page, 360)
    assert browser.requests() == [page.as_uri()]
    assert browser.complaints() == []
    assert figures(browser) == {
        "Requests": "900", "Denied": "300", "Allowed": "600", "Coverage": "100 %"}
    text = browser.run("return document.body.innerText")
    assert "2026-09-01 00:00 to 10:00 UTC" in text
    assert "old.yaml:4" in text


def test_a_difference_writes_its_report(browser, directory):
    run(directory, "diff", "old.yaml", "new.yaml", "--traffic", "access.log",
        "--base-url", "http://a.example", "--report", "difference.html")
    page = directory / "difference.html"
    browser.open(page, 360)
    assert browser.requests() == [page.as_uri()]
    assert browser.complaints() == []
    assert figures(browser) == {
        "Newly denied": "600", "Newly allowed": "300", "Requests": "900", "Coverage": "100 %"}
    assert browser.run("return document.title") == "Difference between two sets of rules"
    assert HOSTILE in browser.run("return document.body.innerText")
