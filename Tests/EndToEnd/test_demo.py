"""`make demo`'s program runs, explains itself, and leaves no file or process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from traffic_server import REPOSITORY, STOCK_PLUGIN
from waiting import HANG_SECONDS, eventually

DEMO = REPOSITORY / "demo" / "demo.py"


def demo(directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, DEMO], env={**os.environ, **environment}, cwd=directory,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=HANG_SECONDS)


def test_the_demo_shows_expected_answers_only(tmp_path: Path) -> None:
    result = demo(tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    header = lines[0].split()
    assert header[:5] == ["client", "country", "URL", "status", "why"]
    assert ("stock" in header) == STOCK_PLUGIN.exists()
    assert len(lines) > 20
    # Aligned: the statuses stand below their heading.
    column = lines[0].index("status")
    assert {line[column: column + 5] for line in lines[1:-2]} == {"200  ", "403  "}
    assert "deny.country DE (manual.yaml:13)" in result.stdout
    assert "\x1b" not in result.stdout


def test_the_demo_does_without_the_stock_plugin(tmp_path: Path) -> None:
    result = demo(tmp_path, STOCK_PLUGIN=str(tmp_path / "none.so"))
    assert (result.returncode, result.stderr) == (0, "")
    assert "stock" not in result.stdout.splitlines()[0]


# A shell has the commands that it runs in the background ignore SIGINT.
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("was", [signal.SIG_DFL, signal.SIG_IGN], ids=["heeded", "ignored"])
def test_a_demo_that_is_stopped_leaves_no_server(
        tmp_path: Path, number: int, was: signal.Handlers) -> None:
    process = subprocess.Popen([sys.executable, DEMO], env={**os.environ, "TMPDIR": str(tmp_path)},
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True,
                               preexec_fn=lambda: signal.signal(number, was))
    try:
        servers: list[int] = []
        eventually(lambda: servers.extend(servers_of(process.pid)) or servers != [], pause=0.01)
        process.send_signal(number)
        assert process.wait(HANG_SECONDS) != 0
        assert not any(Path(f"/proc/{server}").exists() for server in servers)
    finally:
        process.kill()
        process.wait()


def servers_of(parent: int) -> list[int]:
    """The servers that `parent` has started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = status.read_text().rpartition(")")[2].split()
            environment = status.with_name("environ").read_bytes()
        except OSError:
            continue
        if int(after_name[1]) == parent and b"TS_RUNROOT=" in environment:
            found.append(int(status.parent.name))
    return found
