"""Several threads decide with regex rules at once: the stock plugin crashes, ours does not."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

import corpus
import many_countries
from installation import VERSION
from traffic_server import OUR_PLUGIN, STOCK_PLUGIN

CONFIGURATION = r"""
maxmind:
  database: many-countries.mmdb
  allow:
    country: [USA, DEA]
    regex:
      - [USA, "x"]
  deny:
    regex:
      - [USA, ".*\\.txt"]
"""

#: One instance of the stock plugin crashes in about one run of ten with two threads. Each run makes many.
STOCK_INSTANCES = 50
STOCK_RUNS = 40
OUR_RUNS = 100


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("threads")
    (path / "acl.yaml").write_text(CONFIGURATION)
    (path / "many-countries.mmdb").write_bytes(many_countries.database())
    return path


def run(plugin: Path, directory: Path, threads: int, repeat: int = 1, instances: int = 1,
        seconds: float = 60) -> int:
    """Replays all requests on some threads; the exit status, negative for a signal."""
    return subprocess.run(
        [corpus.REPLAY_HOST, "--config-dir", directory, "--quiet", "--threads", str(threads),
         "--repeat", str(repeat), "--instances", str(instances), plugin, "acl.yaml"],
        input=many_countries.requests(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        timeout=seconds).returncode


@pytest.mark.skipif(not STOCK_PLUGIN.exists(), reason="the stock plugin is not installed")
@pytest.mark.skipif(not VERSION.is_stock_loadable, reason="the stock plugin of this version needs Traffic Server")
def test_two_threads_crash_the_stock_plugin(directory: Path) -> None:
    assert run(STOCK_PLUGIN, directory, threads=1) == 0
    signals = (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGFPE)

    def crashes() -> bool:
        try:
            return run(STOCK_PLUGIN, directory, threads=2, instances=STOCK_INSTANCES,
                       seconds=20) in signals
        except subprocess.TimeoutExpired:  # a corrupt chain of its hash table can be a circle
            return False

    assert any(crashes() for _ in range(STOCK_RUNS))


@pytest.mark.parametrize("threads", [2, 8])
def test_threads_do_not_disturb_ours(directory: Path, threads: int) -> None:
    # The host compares the threads' answers, and fails if any two differ.
    assert {run(OUR_PLUGIN, directory, threads) for _ in range(OUR_RUNS)} == {0}
    assert run(OUR_PLUGIN, directory, threads, repeat=200) == 0


@pytest.mark.parametrize("name", ["geography", "deny-only", "error-denied"])
def test_threads_agree_on_the_corpus(name: str) -> None:
    yaml, lines = corpus.configuration(name), corpus.requests_file(name).read_bytes()
    rows = corpus.replay_host(OUR_PLUGIN, yaml, lines, "--threads", "8", "--repeat", "10")
    assert [tuple(row[:3]) for row in rows] == [
        (*row.request, row.decision) for row in corpus.expected(name)]
