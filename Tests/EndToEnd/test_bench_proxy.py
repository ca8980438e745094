"""`make bench-proxy`'s program measures every site, on a database that places its clients."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import many_countries
from traffic_server import DATABASES, REPOSITORY, STOCK_PLUGIN, free_port
from waiting import HANG_SECONDS

BENCHMARK = REPOSITORY / "benchmark" / "proxy.py"
sys.path.insert(0, str(BENCHMARK.parent))

import loopback_city  # noqa: E402
import proxy_load  # noqa: E402

SITES = ["no plugin", "no plugin, again", "empty plugin", "ours, allow country",
         "stock, allow country", "ours, + 50 deny regexes", "stock, + 50 deny regexes",
         "ours, decision header on"]


@pytest.mark.skipif(not STOCK_PLUGIN.exists(), reason="the stock plugin is not installed")
def test_the_benchmark_prints_every_row(tmp_path: Path) -> None:
    table = tmp_path / "table.md"
    # It fails by itself where any answer is not a 200 from the cache.
    result = subprocess.run([sys.executable, BENCHMARK, "--quick", "--markdown", table],
                            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=HANG_SECONDS)
    assert (result.returncode, result.stderr) == (0, "")
    header, _, *rows = [line.strip("| ").split(" | ") for line in table.read_text().splitlines()
                        if line.startswith("|")]
    assert [row[0].strip() for row in rows] == SITES
    for row in rows:
        assert len(row) == len(header)
        # A row without a plugin is compared with nothing, and the empty plugin not with itself.
        compared = row[1:3] if row is rows[0] else row[1:5] if row[0] == "empty plugin" else row[1:]
        assert all(re.search(r"\d", cell) for cell in compared)
    for site in SITES:
        assert f"\n{site}  " in result.stdout
    assert "all answered with 200 from the cache" in result.stdout


def rounds(monkeypatch: pytest.MonkeyPatch, answers: list[int]) -> list[float]:
    """How long the rounds last in which so many requests are answered, up to one with answers."""
    lasted: list[float] = []

    def ask(_self: object, _server: object, _site: object, _clients: object, seconds: float,
            *_: object) -> proxy_load.Round:
        lasted.append(seconds)
        return proxy_load.Round(seconds, answers[len(lasted) - 1], 0.1, 0, 0, 0, 0)

    monkeypatch.setattr(proxy_load.Load, "_ask", ask)
    site = SimpleNamespace(name="a site")
    server = SimpleNamespace(logs=lambda: "the logs")
    proxy_load.Load.ask(object.__new__(proxy_load.Load), server, site, [], 0.25)
    return lasted


def test_a_round_without_answers_is_made_again_and_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rounds(monkeypatch, [7]) == [0.25]
    assert rounds(monkeypatch, [0, 0, 7]) == [0.25, 1, 4]
    with pytest.raises(proxy_load.BenchmarkError, match="a site: no answers in 16 s\nthe logs"):
        rounds(monkeypatch, [0] * 4)


def test_servers_listen_where_no_connection_comes_from() -> None:
    first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    if first > 11_000:
        assert not any(first <= free_port() <= last for _ in range(100))


def test_a_database_that_places_loopback_stays_as_it_is() -> None:
    database = (DATABASES / "loopback-city.mmdb").read_bytes()
    assert loopback_city.with_clients_on_loopback(database) == database


def test_loopback_gets_the_place_of_another_network(monkeypatch: pytest.MonkeyPatch) -> None:
    # 126.0.0.0/24 gives 127.0.0.0/8 a record of its own, an empty one.
    monkeypatch.setattr(many_countries, "network", lambda number: (
        (126, 0, 0) if number == 0 else (24, number // 256, number % 256)))
    database = many_countries.database()
    before = loopback_city.SearchTree(database)
    after = loopback_city.SearchTree(loopback_city.with_clients_on_loopback(database))

    def record(tree: loopback_city.SearchTree, *octets: int) -> int:
        return tree.walk([bit for octet in octets for bit in loopback_city.bits_of(octet)])

    for number in range(1, len(many_countries.CODES)):
        moved = record(before, 24, number // 256, number % 256)
        assert moved > before.node_count
        assert record(after, 127, number // 256, number % 256) == moved
    assert record(after, 24, 1, 1) == after.node_count
    assert record(after, 126, 0, 0) == record(before, 126, 0, 0)
