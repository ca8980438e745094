"""`make bench-reload`'s program measures with and without reloads, at both loads."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from maps import DE
from traffic_server import DATABASES, OUR_PLUGIN, REPOSITORY, TrafficServer
from waiting import HANG_SECONDS

BENCHMARK = REPOSITORY / "benchmark" / "reload.py"
sys.path.insert(0, str(BENCHMARK.parent))

import proxy_sites  # noqa: E402
import reloads  # noqa: E402
from proxy_load import Load  # noqa: E402

ROWS = [f"{load} load, {rounds}" for load in ("full", "half")
        for rounds in ("none", "none, again", "reloads")]


def test_the_benchmark_prints_every_row(tmp_path: Path) -> None:
    table = tmp_path / "table.md"
    # It fails by itself where any answer is not a 200, or where a round of reloads has none.
    result = subprocess.run([sys.executable, BENCHMARK, "--quick", "--markdown", table],
                            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=HANG_SECONDS)
    assert (result.returncode, result.stderr) == (0, "")
    header, _, *rows = [line.strip("|").split("|") for line in table.read_text().splitlines()
                        if line.startswith("|")]
    assert [row[0].strip() for row in rows] == ROWS
    for name, row in zip(ROWS, rows):
        filled = [bool(re.search(r"\d", cell)) for cell in row[1:]]
        reloaded, compared = name.endswith("reloads"), not name.endswith("none")
        assert filled == [True, *[reloaded] * 2, *[True] * 4, *[compared] * 2], row
        assert len(row) == len(header)


@pytest.fixture
def server():
    site = proxy_sites.Site("ours", "site.example", OUR_PLUGIN, "acl.yaml")
    where = proxy_sites.small_geography()
    files = {"city.mmdb": where.database,
             "acl.yaml": where.allow("  reload: 50ms\n").replace("US, DE", "US")}
    with TrafficServer(site.remap, files=files) as running:
        yield running


def test_each_reload_takes_another_state_of_the_file(server: TrafficServer) -> None:
    path = server.etc / "city.mmdb"
    states = {(path.stat().st_ino, path.stat().st_mtime_ns)}
    with reloads.Reloads(server, "city.mmdb", 0) as running:
        while not running.have_been(4):
            states.add((path.stat().st_ino, path.stat().st_mtime_ns))
    assert len({inode for inode, _ in states}) >= 3  # one of two copies is renamed over it
    assert len(states) >= 4  # or it is written to in place
    assert path.read_bytes() == (DATABASES / "loopback-city.mmdb").read_bytes()
    assert server.log("diags.log").count("allow.country; default") > 4


def test_a_database_that_is_refused_ends_the_measurement(server: TrafficServer) -> None:
    (server.etc / "acl.yaml").write_text("maxmind:\n")
    running = reloads.Reloads(server, "city.mmdb", 0)
    with pytest.raises(proxy_sites.BenchmarkError, match="the database was not reloaded"), running:
        while True:
            running.check()


def test_an_answer_that_is_not_200_ends_the_measurement(
        server: TrafficServer, tmp_path: Path) -> None:
    site = proxy_sites.Site("ours", "site.example", OUR_PLUGIN, "acl.yaml")
    with pytest.raises(proxy_sites.BenchmarkError, match="ours: .* of them errors"):
        Load(tmp_path, 0).ask(server, site, [DE], 0.1)
