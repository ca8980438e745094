#!/usr/bin/env python3
"""Measures maxmind-acl replay and diff beside mawk counting clients, on the same logs in the same run.

    replay.py [--quick] [--markdown FILE]

The logs lie in build/logs, in the page cache while they are read. docs/performance.md explains the columns.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True

import access_log  # noqa: E402
import configurations  # noqa: E402
import databases  # noqa: E402
import machine  # noqa: E402
from address_space import AddressSpace  # noqa: E402
from median import Median, median  # noqa: E402
from report import Table  # noqa: E402

HERE = Path(__file__).resolve().parent
BUILD = HERE / "build"
TOOL = HERE.parent / ".build" / "release" / "maxmind-acl"
MAWK = ["mawk", "{n[$1]++}"]
BASE_URL = ["--base-url", "http://www.example.com"]

RATE_BAR = 2_000_000
MEMORY_BAR = 200_000_000


@dataclasses.dataclass(frozen=True)
class Effort:
    lines: int
    rounds: int
    large: int
    """lines of the log that shows that memory does not grow"""
    large_rounds: int
    work: Path


FULL = Effort(2_000_000, 9, 20_000_000, 3, BUILD / "logs")
QUICK = Effort(20_000, 2, 40_000, 2, BUILD / "logs-quick")


@dataclasses.dataclass
class Contestant:
    title: str
    log: Path
    command: list[str | Path]
    lines: int
    rounds: int
    has_bar: bool = False
    seconds: list[float] = dataclasses.field(default_factory=list)
    processor: list[float] = dataclasses.field(default_factory=list)
    peak: int = 0

    def run(self, output: Path) -> None:
        launched = subprocess.run(
            [sys.executable, "-I", "-S", HERE / "launch.py", output, *self.command],
            capture_output=True, text=True, check=True)
        report = json.loads(launched.stdout)
        if report["status"] != 0:
            raise RuntimeError(f"{self.title}: exit status {report['status']}: {launched.stderr}")
        self.seconds.append(report["seconds"])
        self.processor.append(report["processor"])
        self.peak = max(self.peak, report["peak"])

    def rate(self) -> Median:
        """Lines a second."""
        return median([self.lines / seconds for seconds in self.seconds])

    def against(self, other: Contestant) -> Median:
        """How many times as fast as the other, round by round."""
        return median([theirs / own for own, theirs in zip(self.seconds, other.seconds)])


class Benchmark:
    def __init__(self, effort: Effort, found: databases.Databases) -> None:
        self.effort = effort
        self.found = found
        effort.work.mkdir(parents=True, exist_ok=True)
        self.scene = configurations.Scene(
            database=found.country, countries=found.space.countries, scale=1, page=effort.work,
            asn=found.asn, anonymous=found.anonymous)

    def yaml(self, name: str, text: str) -> Path:
        path = self.effort.work / f"{name}.yaml"
        path.write_text(text)
        return path

    def log(self, form: access_log.Format, count: int) -> Path:
        space: AddressSpace = self.found.space
        return databases.made(
            self.effort.work / f"{self.found.country.stem}-{count}-{form.name}.log",
            lambda path: access_log.write(path, form, count, space),
            f"writing {count:,} lines, {form.name}", say)

    def packed(self, log: Path, command: list[str], suffix: str) -> Path:
        def pack(path: Path) -> None:
            with path.open("wb") as output:
                subprocess.run([*command, log], stdout=output, check=True)

        return databases.made(log.with_name(log.name + suffix), pack, f"packing with {command[0]}", say)

    def contestants(self) -> list[Contestant]:
        effort = self.effort
        country = self.yaml("country", configurations.allow_one(self.scene))
        regexes = self.yaml("regexes", configurations.fifty_regexes(self.scene))
        changed = self.yaml("changed", configurations.document(
            self.scene, configurations.countries("allow", self.scene.countries[:2])))
        combined = self.log(access_log.COMBINED, effort.lines)
        squid = self.log(access_log.SQUID, effort.lines)
        large = self.log(access_log.COMBINED, effort.large)

        def made(title: str, log: Path, *command: str | Path, has_bar: bool = False) -> Contestant:
            lines, rounds = (
                (effort.large, effort.large_rounds) if log == large else (effort.lines, effort.rounds))
            return Contestant(title, log, [*command], lines, rounds, has_bar)

        def replay(title: str, log: Path, yaml: Path = country, has_bar: bool = False) -> Contestant:
            options = [] if log == squid else BASE_URL
            return made(title, log, TOOL, "replay", "--json", "--config", yaml, *options, log,
                        has_bar=has_bar)

        return [
            made("mawk, combined", combined, *MAWK, combined),
            replay("replay, combined", combined, has_bar=True),
            replay("replay, 50 regexes", combined, regexes),
            made("diff", combined, TOOL, "diff", "--json", country, changed, *BASE_URL,
                 "--traffic", combined),
            replay("replay, gzip", self.packed(combined, ["gzip", "-6nc"], ".gz")),
            replay("replay, zstd", self.packed(combined, ["zstd", "-3qc"], ".zst")),
            made("mawk, squid", squid, "mawk", "{n[$3]++}", squid),
            replay("replay, squid", squid),
            made(f"mawk, {effort.large:,} lines", large, *MAWK, large),
            replay(f"replay, {effort.large:,} lines", large, has_bar=True),
        ]


def measure(contestants: list[Contestant], work: Path) -> None:
    """In alternating rounds. A first one, which does not count, brings the logs into the page cache."""
    for number in range(max(each.rounds for each in contestants) + 1):
        say(f"round {number}" if number else "warming up")
        for each in contestants:
            if number <= each.rounds:
                output = work / "output"
                each.run(output)
                if number == 0:
                    check(each, output)
                    each.seconds.clear()
                    each.processor.clear()


def check(contestant: Contestant, output: Path) -> None:
    """Only a program that read every line counts."""
    if contestant.command[0] != TOOL:
        return
    coverage = json.loads(output.read_text())["coverage"]
    if coverage["requests"] != contestant.lines:
        raise RuntimeError(f"{contestant.title}: {coverage}")


def table(contestants: list[Contestant]) -> Table:
    shown = Table(
        "Replay",
        ["", "log, MB", "million lines/s", "95 % interval", "× mawk", "processor ns a line",
         "peak MB", "bars"])
    reference: Contestant | None = None
    for each in contestants:
        rate = each.rate()
        is_mawk = each.command[0] == "mawk"
        if is_mawk:
            reference = each
        assert reference is not None
        ratio = each.against(reference)
        processor = median(each.processor).value / each.lines * 1e9
        shown.add(
            each.title, f"{each.log.stat().st_size / 1e6:,.0f}", f"{rate.value / 1e6:.2f}",
            f"{rate.low / 1e6:.2f} to {rate.high / 1e6:.2f}", "" if is_mawk else f"{ratio.value:.2f}",
            f"{processor:,.0f}", f"{each.peak / 1e6:,.0f}",
            bars(each, ratio) if each.has_bar else "")
    shown.notes.append(
        "Bars: ≥ 2 million lines/s, faster than mawk on the same lines, less than 200 MB.")
    return shown


def bars(contestant: Contestant, ratio: Median) -> str:
    missed = [name for name, is_met in (
        ("lines/s", contestant.rate().value >= RATE_BAR),
        ("mawk", ratio.value > 1),
        ("memory", contestant.peak < MEMORY_BAR)) if not is_met]
    return f"missed: {', '.join(missed)}" if missed else "met"


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure replay and diff beside mawk.")
    parser.add_argument("--quick", action="store_true", help="small logs, to see that all works")
    parser.add_argument("--markdown", metavar="FILE", type=Path, default=BUILD / "replay.md")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    effort = QUICK if arguments.quick else FULL
    begin = time.monotonic()
    found = databases.provide(arguments.quick, say)
    contestants = Benchmark(effort, found).contestants()
    measure(contestants, effort.work)
    head = [
        *machine.facts(),
        f"database: {found.origin}; Country: {databases.described(found.country)}",
        f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}, {effort.lines:,} lines, "
        f"{effort.rounds} rounds, {time.monotonic() - begin:.0f} s",
    ]
    measured = table(contestants)
    print("\n".join(head), measured.text(), sep="\n\n")
    page = "\n".join([*(f"- {line}" for line in head), "", measured.markdown()])
    arguments.markdown.write_text(page)
    say(f"the same as Markdown: {arguments.markdown}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
