"""The benchmark of replay: its logs have the stated properties, and a run on small logs succeeds."""

from __future__ import annotations

import collections
import re
import subprocess
import sys
from pathlib import Path

import pytest

import access_log
import replay
from address_space import AddressSpace
from conftest import BENCHMARK

SPACE = AddressSpace(["US"], [(0x2A00 << 112, 32)])


def lines(form: access_log.Format, count: int) -> list[str]:
    return "".join(access_log.lines(form, count, SPACE)).splitlines()


@pytest.mark.parametrize(("form", "pattern"), [
    (access_log.COMBINED,
     r'\S+ - - \[\d\d/\w{3}/\d{4}:[\d:]{8} \+0000\] "GET \S+ HTTP/1\.1" \d+ \d+ "[^"]+" "[^"]+"'),
    (access_log.SQUID, r"\d+\.\d{3} \d+ \S+ TCP_\w+/\d+ \d+ GET http://\S+ - DIRECT/\S+ text/html"),
], ids=["combined", "squid"])
def test_every_line_is_of_its_format(form: access_log.Format, pattern: str) -> None:
    made = lines(form, 1001)
    assert len(made) == 1001
    for line in made:
        assert re.fullmatch(pattern, line), line
    assert made == lines(form, 1001)


def test_a_log_is_like_that_of_a_site() -> None:
    made = lines(access_log.COMBINED, 100_000)
    assert 180 < sum(map(len, made)) / len(made) < 230
    clients = collections.Counter(line.split(" ", 1)[0] for line in made).most_common()
    assert len(clients) > 10_000
    assert 1.7 < clients[0][1] / clients[1][1] < 2.3
    assert 0.2 < sum(":" in client for client, _ in clients) / len(clients) < 0.5


def test_what_a_program_took_is_its_own(tmp_path: Path) -> None:
    ballast = bytearray(300_000_000)
    contestant = replay.Contestant("echo", tmp_path, ["echo", "text"], lines=1, rounds=1)
    contestant.run(tmp_path / "output")
    assert (tmp_path / "output").read_text() == "text\n"
    assert 0 < contestant.peak < len(ballast) / 10


def test_a_program_that_fails_is_no_result(tmp_path: Path) -> None:
    contestant = replay.Contestant("false", tmp_path, ["false"], lines=1, rounds=1)
    with pytest.raises(RuntimeError, match="false: exit status 1"):
        contestant.run(tmp_path / "output")


@pytest.mark.parametrize(("seconds", "peak", "expected"), [
    (0.4, 150_000_000, "met"),
    (0.6, 150_000_000, "missed: lines/s"),
    (0.9, 250_000_000, "missed: lines/s, mawk, memory"),
])
def test_bars_are_compared(tmp_path: Path, seconds: float, peak: int, expected: str) -> None:
    mawk = replay.Contestant("mawk", tmp_path, ["mawk"], 1_000_000, 3, seconds=[0.8] * 3)
    ours = replay.Contestant(
        "replay", tmp_path, ["replay"], 1_000_000, 3, seconds=[seconds] * 3, peak=peak)
    assert replay.bars(ours, ours.against(mawk)) == expected


def test_a_quick_run_measures_every_row(tmp_path: Path) -> None:
    page = tmp_path / "replay.md"
    done = subprocess.run(
        [sys.executable, BENCHMARK / "replay.py", "--quick", "--markdown", page],
        capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in page.read_text().splitlines() if line.startswith("| ")][2:]
    assert [row[0] for row in rows] == [
        "mawk, combined", "replay, combined", "replay, 50 regexes", "diff", "replay, gzip",
        "replay, zstd", "mawk, squid", "replay, squid", "mawk, 40,000 lines",
        "replay, 40,000 lines"]
    for title, _, rate, interval, ratio, processor, peak, bars in rows:
        assert float(rate) > 0 and float(processor.replace(",", "")) > 0 and int(peak) > 0, title
        assert re.fullmatch(r"[\d.]+ to [\d.]+", interval), title
        assert (ratio == "") == title.startswith("mawk"), title
        assert bars == "" or bars == "met" or bars.startswith("missed: "), title
