#!/usr/bin/env python3
"""Measures our plugin beside Traffic Server's own maxmind_acl.so, in one process, on the same requests.

    bench.py [--quick] [--rows PATTERN] [--markdown FILE]

BENCH_DATABASE=…: your own City database in place of the fetched one. Builds and
downloads are in build/. docs/performance.md explains the columns.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import datetime
import json
import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.dont_write_bytecode = True

import configurations  # noqa: E402
import databases  # noqa: E402
import host  # noqa: E402
import machine  # noqa: E402
import results  # noqa: E402
import traffic  # noqa: E402
from rows import INSTRUCTIONS_REQUESTS, KIND_ROWS, LINES_ROWS, ONE_DATABASE, ROWS, KindRow, LinesRow, Row  # noqa: E402

MARKDOWN = host.BUILD / "results.md"

PAGE = "<!doctype html><title>403</title><p>This site is not available in your country.</p>\n"

# A slower load, in milliseconds, varies little, and is measured once.
LONG_LOAD = 3000

# Memory is measured after this many decisions.
LOAD_REQUESTS = 5000


@dataclasses.dataclass(frozen=True)
class Effort:
    requests: int
    rounds: int
    loads: int
    """processes for the median of a load's time"""
    cold_starts: int
    """processes in which two threads begin at once"""
    scale: float
    """of the long lists"""
    slice: int
    """decisions a round, at most"""
    lead_in: int
    """milliseconds of decisions before those that are timed"""
    work: Path
    """where the configurations and requests go"""


FULL = Effort(
    requests=200_000,
    rounds=21,
    loads=5,
    cold_starts=40,
    scale=1,
    slice=50_000,
    lead_in=20,
    work=host.BUILD / "full",
)
QUICK = Effort(
    requests=2000,
    rounds=3,
    loads=1,
    cold_starts=2,
    scale=0.01,
    slice=500,
    lead_in=0,
    work=host.BUILD / "quick",
)


class Benchmark:
    def __init__(self, effort: Effort, found: databases.Databases) -> None:
        self.effort = effort
        self.found = found
        self.plugins = {"ours": host.OURS, "stock": host.STOCK}
        self.loads: dict[tuple[str, str], results.Loads] = {}
        self.files: dict[str, Path] = {}
        (effort.work / "lines").mkdir(parents=True, exist_ok=True)
        self.page = self.file("denied.html", lambda: PAGE)

    def file(self, name: str, text: Callable[[], str]) -> Path:
        """Written once in a run."""
        if name not in self.files:
            self.files[name] = self.effort.work / name
            self.files[name].write_text(text())
        return self.files[name]

    def database(self, name: str) -> Path:
        return self.found.city if name == "City" else self.found.country

    def scene(self, database: str) -> configurations.Scene:
        return configurations.Scene(
            database=self.database(database),
            countries=self.found.space.countries,
            scale=self.effort.scale,
            page=self.page,
            asn=self.found.asn,
            anonymous=self.found.anonymous,
        )

    def yaml(self, database: str, configuration: str) -> Path:
        return self.file(
            f"{database} {configuration}.yaml",
            lambda: configurations.CONFIGURATIONS[configuration](self.scene(database)),
        )

    def requests(self, kind: str, count: int) -> Path:
        return self.file(
            f"{kind.replace('/', '-')} {count}.txt",
            lambda: "".join(traffic.requests(kind, count, self.found.space)),
        )

    def decisions(self, row: Row) -> results.Decisions:
        yaml = str(self.yaml(row.database, row.configuration))
        database = str(self.database(row.database))
        requests = self.requests(row.addresses, self.effort.requests)
        plugins = [(name, str(path), yaml) for name, path in self.plugins.items()]
        references = [
            ("lookup", str(host.LOOKUP), database),
            ("country", str(host.LOOKUP), database, "country"),
            ("coin", str(host.COIN)),
            ("empty", str(host.EMPTY)),
            ("none",),
        ]
        slice = min(row.slice, self.effort.slice)

        def timed(contestants: list[host.Contestant]) -> Any:
            return host.time(
                contestants,
                requests,
                row.threads,
                self.effort.rounds,
                slice,
                self.effort.lead_in,
            )

        decisions = results.Decisions()
        try:
            decisions.take(timed([*plugins, *references]))
        except host.Failure as failure:
            say(f"with the stock plugin: {failure}")
            decisions.outcomes["stock"] = failure.outcome
            try:
                decisions.take(timed([plugins[0], *references]))
            except host.Failure as own_failure:
                say(f"without it: {own_failure}")
                decisions.outcomes["ours"] = own_failure.outcome
        if row.threads == 1:
            fewer = self.requests(row.addresses, min(self.effort.requests, 20_000))
            try:
                decisions.take_allocations(host.allocations(plugins, fewer))
            except host.Failure as failure:
                say(f"allocations: {failure}")
        return decisions

    def kind(self, row: KindRow) -> results.Kind:
        """Ours with three configurations in one process: of the row, of its base, and with one database."""
        names = {"row": row.configuration, "base": row.base, "one": ONE_DATABASE}
        contestants: list[host.Contestant] = [
            (name, str(host.OURS), str(self.yaml("City", configuration)))
            for name, configuration in names.items()
        ]
        measured = host.time(
            [*contestants, ("empty", str(host.EMPTY))],
            self.requests("IPv4", self.effort.requests),
            1,
            self.effort.rounds,
            self.effort.slice,
            self.effort.lead_in,
        )
        return results.Kind.of(measured)

    def asn_load(self) -> results.AsnLoad:
        """Loads of one rule on the ASN database and on City, in turn."""
        asn = self.file(
            "asn alone.yaml",
            lambda: f'maxmind:\n  database: "{self.found.asn}"\n  deny:\n{configurations.asns(50)}\n',
        )
        requests = self.requests("IPv4", min(LOAD_REQUESTS, self.effort.requests))
        times: dict[str, list[float]] = {"asn": [], "city": []}
        for _ in range(self.effort.loads):
            for name, yaml in (("asn", asn), ("city", self.yaml("City", ONE_DATABASE))):
                times[name].append(sum(host.load(host.OURS, [yaml], requests)["milliseconds"]))
        nodes = {
            name: databases.node_count(path)
            for name, path in (("asn", self.found.asn), ("city", self.found.city))
        }
        return results.AsnLoad(
            {name: statistics.median(values) * 1e6 / nodes[name] for name, values in times.items()}
        )

    def load(self, row: Row) -> results.Loads:
        """Each configuration is loaded once for all rows that use it."""
        key = (row.database, row.configuration)
        if key not in self.loads:
            yaml = self.yaml(*key)
            requests = self.requests("IPv4", min(LOAD_REQUESTS, self.effort.requests))
            self.loads[key] = self.loads_of([yaml], requests)
        return self.loads[key]

    def load_lines(self, row: LinesRow) -> results.Loads:
        scene = self.scene("City")
        lines = max(1, int(row.lines * max(self.effort.scale, 0.1)))
        yamls = [
            self.file(
                f"lines/{'networks ' if row.networks else ''}{line}.yaml",
                lambda line=line: configurations.line_configuration(scene, line, row.networks),
            )
            for line in range(lines)
        ]
        requests = self.requests("IPv4", min(LOAD_REQUESTS, self.effort.requests))
        return self.loads_of(yamls, requests, ["ours"] if row.networks else list(self.plugins))

    def loads_of(
        self, yamls: list[Path], requests: Path, names: Sequence[str] = ("ours", "stock")
    ) -> results.Loads:
        loads = results.Loads(len(yamls))
        for name in names:
            plugin = self.plugins[name]
            try:
                runs = [host.load(plugin, yamls, requests)]
                if sum(runs[0]["milliseconds"]) < LONG_LOAD:
                    others = range(1, self.effort.loads)
                    runs += [host.load(plugin, yamls, requests) for _ in others]
                loads.take(name, runs)
            except host.Failure as failure:
                say(f"load, {name}: {failure}")
                loads.outcomes[name] = failure.outcome
        return loads

    def walks(self) -> results.Walks:
        walks: results.Walks = {}
        for database in ("Country", "City"):
            for how in (("once",), ("once", "touched"), ("all",), ("all", "touched")):
                runs = [
                    host.walk(self.database(database), *how) for _ in range(self.effort.loads * 3)
                ]
                walks[database, how] = (
                    statistics.median(run["milliseconds"] for run in runs),
                    runs[0]["nodes"],
                )
        return walks

    def cold_starts(self) -> dict[str, collections.Counter[str]]:
        yaml = str(self.yaml("Country", "2 regexes"))
        requests = self.requests("IPv4", min(LOAD_REQUESTS, self.effort.requests))
        return {
            name: collections.Counter(
                host.cold_start((name, str(path), yaml), requests, threads=2)
                for _ in range(self.effort.cold_starts)
            )
            for name, path in self.plugins.items()
        }

    def instructions(self) -> dict[str, float | None | str]:
        requests = self.requests("IPv4", min(self.effort.requests, INSTRUCTIONS_REQUESTS))
        counted: dict[str, float | None | str] = {}
        for database in ("Country", "City"):
            try:
                counted[database] = host.instructions(
                    self.yaml(database, "allow one country"), requests
                )
            except host.Failure as failure:
                counted[database] = str(failure)
        return counted


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure our plugin beside the stock one.")
    parser.add_argument("--quick", action="store_true", help="small data, to see that all works")
    parser.add_argument("--rows", metavar="PATTERN", default="", help="rows that this finds (regex)")
    parser.add_argument("--markdown", metavar="FILE", type=Path, default=MARKDOWN)
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    effort = QUICK if arguments.quick else FULL
    begin = time.monotonic()
    found = databases.provide(arguments.quick, say)
    benchmark = Benchmark(effort, found)
    if not host.STOCK.exists():
        say(f"{host.STOCK} is missing: install trafficserver-experimental-plugins")
        return 2
    wanted = re.compile(arguments.rows, re.IGNORECASE)
    whole = not arguments.rows
    scene = benchmark.scene("City")
    units = {name: scene.scaled(count) for name, count in configurations.UNITS.items()}
    measured = results.Results(units=units)
    for row in ROWS:
        if wanted.search(f"{row.title}, {row.addresses}, {row.threads}"):
            say(f"{row.title}, {row.addresses}, {row.threads} thread(s)")
            measured.decisions.append((row, benchmark.decisions(row), benchmark.load(row)))
    for kind in KIND_ROWS:
        if wanted.search(kind.configuration):
            say(kind.configuration)
            measured.kinds.append((kind, benchmark.kind(kind)))
    for lines in LINES_ROWS:
        if wanted.search(lines.title):
            say(lines.title)
            measured.lines.append((lines, benchmark.load_lines(lines)))
    if whole:
        say("walks of the databases' trees")
        measured.walks = benchmark.walks()
        say("the load of an ASN database")
        measured.asn_load = benchmark.asn_load()
        say("cold starts on two threads")
        measured.cold_starts = benchmark.cold_starts()
        say("instructions")
        measured.instructions = benchmark.instructions()
    head = [
        *machine.facts(),
        f"database: {found.origin}; City: {databases.described(found.city)}; "
        f"Country: {databases.described(found.country)}; ASN: {databases.described(found.asn)}; "
        f"Anonymous: {databases.described(found.anonymous)}",
        f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}, "
        f"{effort.requests:,} requests, {effort.rounds} rounds, "
        f"{time.monotonic() - begin:.0f} s",
    ]
    tables = results.tables(measured)
    print("\n".join(head), end="\n\n")
    print("\n".join(table.text() for table in tables))
    command = "make bench" if whole and not arguments.quick else " ".join(["bench.py", *sys.argv[1:]])
    pages = ["\n".join([f"- `{command}`", *(f"- {line}" for line in head)]) + "\n"]
    arguments.markdown.write_text("\n".join(pages + [table.markdown() for table in tables]))
    say(f"the same as Markdown: {arguments.markdown}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
