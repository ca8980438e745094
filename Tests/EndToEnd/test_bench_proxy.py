"""`make bench-proxy`'s program measures every site, and leaves nothing behind."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from traffic_server import DATABASES, REPOSITORY, STOCK_PLUGIN

BENCHMARK = REPOSITORY / "benchmark" / "proxy.py"
SITES = ["no plugin", "no plugin, again", "empty plugin", "ours, allow country",
         "stock, allow country", "ours, + 50 deny regexes", "stock, + 50 deny regexes"]


@pytest.mark.skipif(not STOCK_PLUGIN.exists(), reason="the stock plugin is not installed")
def test_the_benchmark_prints_every_row(tmp_path: Path) -> None:
    table = tmp_path / "table.md"
    # It fails by itself where any answer is not a 200 from the cache.
    result = subprocess.run([sys.executable, BENCHMARK, "--quick", "--markdown", table],
                            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180)
    assert (result.returncode, result.stderr) == (0, "")
    header, _, *rows = [line.strip("| ").split(" | ") for line in table.read_text().splitlines()
                        if line.startswith("|")]
    assert [row[0].strip() for row in rows] == SITES
    for row in rows:
        assert len(row) == len(header)
        assert all(re.search(r"\d", cell) for cell in (row[1:3] if row is rows[0] else row[1:]))
    for site in SITES:
        assert f"\n{site}  " in result.stdout
    assert "all answered with 200 from the cache" in result.stdout


def test_a_database_that_has_no_place_for_loopback_is_refused() -> None:
    sys.path.insert(0, str(BENCHMARK.parent))
    import loopback_city
    populated = (DATABASES / "loopback-city.mmdb").read_bytes()
    for unfit in (b"", b"no database", loopback_city.MARKER, populated):
        with pytest.raises(loopback_city.NotMovable):
            loopback_city.with_clients_on_loopback(unfit)
