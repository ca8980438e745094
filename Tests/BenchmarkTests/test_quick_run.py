"""A benchmark of small data goes through, and its tables are complete."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import BENCHMARK
from rows import LINES_ROWS, ROWS


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[str]]]:
    """The rows of each table by its title, as Markdown has them."""
    page = tmp_path_factory.mktemp("benchmark") / "results.md"
    done = subprocess.run(
        [sys.executable, BENCHMARK / "bench.py", "--quick", "--markdown", page],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[list[str]]] = {}
    rows: list[list[str]] = []
    for line in page.read_text().splitlines():
        if line.startswith("### "):
            rows = found[line[4:]] = []
        elif line.startswith("| "):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return {title: rows[2:] for title, rows in found.items()}


def table(tables: dict[str, list[list[str]]], start: str) -> list[list[str]]:
    return next(rows for title, rows in tables.items() if title.startswith(start))


def test_the_table_has_every_row(tables: dict[str, list[list[str]]]) -> None:
    shown = [cells[:3] for cells in table(tables, "Decisions")]
    assert shown == [
        *([row.title, row.addresses, str(row.threads)] for row in ROWS),
        *([row.title, "", ""] for row in LINES_ROWS),
    ]


def test_every_row_has_our_time_and_our_load(tables: dict[str, list[list[str]]]) -> None:
    for cells in table(tables, "Decisions"):
        if cells[2]:
            assert re.fullmatch(r"[\d,.]+ \([\d,.]+–[\d,.]+\)", cells[3]), cells
        assert re.match(r"[\d,.]+ / ", cells[9]), cells


def test_rows_with_a_bar_say_whether_it_is_met(tables: dict[str, list[list[str]]]) -> None:
    bars = [cells[7] for cells in table(tables, "Decisions") if cells[7]]
    assert len(bars) == sum(row.bar is not None for row in ROWS)
    for bar in bars:
        assert re.fullmatch(r"≥ \d+×: (met|net only|missed)", bar)


def test_ours_allocates_nothing(tables: dict[str, list[list[str]]]) -> None:
    for cells in table(tables, "Decisions"):
        # A denial's page belongs to Traffic Server, which frees it.
        if cells[8] and cells[2] == "1" and "with a page" not in cells[0]:
            assert cells[8].startswith("0.00 / "), cells


@pytest.mark.parametrize(
    "start", ["The same requests", "Memory", "Scale", "Loading against", "Cold starts", "Instructions"]
)
def test_the_other_tables_are_there(tables: dict[str, list[list[str]]], start: str) -> None:
    assert table(tables, start)
