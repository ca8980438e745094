"""The measured numbers, and their tables."""

from __future__ import annotations

import collections
import dataclasses
import statistics
from collections.abc import Callable
from typing import Any

from report import Table
from rows import ASN_LOAD_BAR, INSTRUCTIONS_BAR, MEMORY_BARS, KindRow, LinesRow, Row

NOT_MEASURED = "-"


@dataclasses.dataclass
class Spread:
    """Nanoseconds a decision: the median of the rounds, between their quartiles."""

    low: float
    median: float
    high: float

    @staticmethod
    def of(values: list[float]) -> Spread:
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return Spread(low, median, high)

    def __str__(self) -> str:
        return f"{number(self.median)} ({number(self.low)}–{number(self.high)})"


class Decisions:
    """One row: what each contestant took for a decision."""

    def __init__(self) -> None:
        self.nanoseconds: dict[str, Spread] = {}
        self.allocations: dict[str, float] = {}
        self.outcomes: dict[str, str] = {}
        self.denied = 0.0
        self.differing: float | None = None

    def take(self, measured: Any) -> None:
        for plugin in measured["plugins"]:
            self.nanoseconds[plugin["name"]] = Spread.of(plugin["nanoseconds"])
            if plugin["name"] == "ours":
                self.denied = plugin["denied"] / measured["requests"]
            if plugin["name"] == "stock":
                self.differing = plugin["differing"] / measured["requests"]

    def take_allocations(self, measured: Any) -> None:
        for plugin in measured["plugins"]:
            self.allocations[plugin["name"]] = plugin["allocations"] / measured["requests"]

    def ratio(self, net: bool) -> float | None:
        """The stock plugin's time as a multiple of ours; net: both without the host's share."""
        if not {"ours", "stock"} <= self.nanoseconds.keys():
            return None
        host = self.nanoseconds["empty"].median if net else 0
        ours = self.nanoseconds["ours"].median - host
        stock = self.nanoseconds["stock"].median - host
        return stock / ours if ours > 0 else None

    def time(self, name: str) -> str:
        if name in self.nanoseconds:
            return str(self.nanoseconds[name])
        return self.outcomes.get(name, NOT_MEASURED)

    def allocations_cell(self, name: str) -> str:
        return f"{self.allocations[name]:.2f}" if name in self.allocations else NOT_MEASURED


@dataclasses.dataclass
class Load:
    """A plugin's load: medians over processes, in ms and MB above the process without it."""

    milliseconds: float
    loaded: float
    decided: float
    files: float
    peak: float
    further: float | None
    """kB for each instance after the first"""


class Loads:
    """The load of one configuration, or of several remap lines, in each plugin."""

    def __init__(self, instances: int) -> None:
        self.instances = instances
        self.of: dict[str, Load] = {}
        self.outcomes: dict[str, str] = {}

    def take(self, name: str, runs: list[Any]) -> None:
        def own(run: Any, when: str) -> float:
            """kB of the process itself: anonymous and shared memory."""
            now, before = run[when], run["before"]
            return now["anonymous"] + now["shared"] - before["anonymous"] - before["shared"]

        def files(run: Any) -> float:
            """kB of mapped files, each page once however often it is mapped."""
            grown = run["decided"]["share"] - run["before"]["share"]
            return max(0, grown - own(run, "decided"))

        def peak(run: Any) -> float:
            """The peak of the process during its load, above its final size."""
            above = run["decided"]["peak"] - run["decided"]["resident"]
            return own(run, "decided") + max(0, above)

        def median(values: Any) -> float:
            return statistics.median(values)

        further = median(own(run, "all") - own(run, "first") for run in runs)
        self.of[name] = Load(
            milliseconds=median(sum(run["milliseconds"]) for run in runs),
            loaded=median(own(run, "all") for run in runs) / 1000,
            decided=median(own(run, "decided") for run in runs) / 1000,
            files=median(files(run) for run in runs) / 1000,
            peak=median(peak(run) for run in runs) / 1000,
            further=further / (self.instances - 1) if self.instances > 1 else None,
        )

    def cell(self, name: str, what: str) -> str:
        if name not in self.of:
            return self.outcomes.get(name, NOT_MEASURED)
        value = getattr(self.of[name], what)
        return NOT_MEASURED if value is None else number(value)


@dataclasses.dataclass
class Kind:
    """One row of `KIND_ROWS`: nanoseconds a decision of the row, its base and one database; and the empty plugin's."""

    nanoseconds: dict[str, Spread]

    @staticmethod
    def of(measured: Any) -> Kind:
        return Kind({
            plugin["name"]: Spread.of(plugin["nanoseconds"]) for plugin in measured["plugins"]
        })

    @property
    def ratio(self) -> float:
        return self.nanoseconds["row"].median / self.nanoseconds["base"].median

    @property
    def added(self) -> float:
        """The time above the base's, as a multiple of the net time of one database."""
        times = {name: spread.median for name, spread in self.nanoseconds.items()}
        return (times["row"] - times["base"]) / (times["one"] - times["empty"])


@dataclasses.dataclass
class AsnLoad:
    """Nanoseconds of a load for each node of the tree."""

    nanoseconds: dict[str, float]


Walks = dict[tuple[str, tuple[str, ...]], tuple[float, int]]


@dataclasses.dataclass
class Results:
    decisions: list[tuple[Row, Decisions, Loads]] = dataclasses.field(default_factory=list)
    lines: list[tuple[LinesRow, Loads]] = dataclasses.field(default_factory=list)
    kinds: list[tuple[KindRow, Kind]] = dataclasses.field(default_factory=list)
    asn_load: AsnLoad | None = None
    units: dict[str, int] = dataclasses.field(default_factory=dict)
    """the number of CIDRs or regexes, if the configuration measures that"""
    walks: Walks = dataclasses.field(default_factory=dict)
    cold_starts: dict[str, collections.Counter[str]] = dataclasses.field(default_factory=dict)
    instructions: dict[str, float | None | str] = dataclasses.field(default_factory=dict)


def number(value: float) -> str:
    """Three digits that count."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def ratio(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{value:.1f}×"


def bar(row: Row, decisions: Decisions) -> str:
    gross, net = decisions.ratio(net=False), decisions.ratio(net=True)
    if row.bar is None:
        return ""
    if gross is None or net is None:
        return f"≥ {row.bar}×: not measured"
    verdict = "met" if gross >= row.bar else "net only" if net >= row.bar else "missed"
    return f"≥ {row.bar}×: {verdict}"


def tables(results: Results) -> list[Table]:
    made = []
    if results.decisions or results.lines:
        made.append(decision_table(results))
    made += [
        table
        for table in (
            reference_table(results),
            kind_table(results),
            asn_load_table(results),
            memory_table(results),
            scale_table(results),
            walk_table(results),
            cold_start_table(results),
            instruction_table(results),
        )
        if table.rows
    ]
    return made


def both(cell: Callable[[str], str]) -> str:
    """Ours and the stock plugin's."""
    return " / ".join(cell(name) for name in ("ours", "stock"))


def decision_table(results: Results) -> Table:
    table = Table(
        "Decisions: ours / Traffic Server's own plugin",
        ["configuration", "addresses", "threads", "ours, ns", "stock, ns", "gross", "net", "bar"]
        + ["allocations", "load, ms", "MB"],
        texts=2,
        notes=[
            "ns: processor time of a decision, with the host's share; the median of the rounds and their "
            "quartiles. With more threads, the mean of the threads' own times.",
            "gross: stock / ours as timed, by which the bar is judged; net: both without the empty "
            "plugin's time.",
            "allocations: calls of malloc and its like a decision. load: processor time of "
            "TSRemapNewInstance. MB: anonymous and shared memory after decisions; mapped files are "
            "not part of it.",
        ],
    )
    for row, decisions, loads in results.decisions:
        table.add(
            row.title,
            row.addresses,
            str(row.threads),
            decisions.time("ours"),
            decisions.time("stock"),
            ratio(decisions.ratio(net=False)),
            ratio(decisions.ratio(net=True)),
            bar(row, decisions),
            both(decisions.allocations_cell),
            both(lambda name, loads=loads: loads.cell(name, "milliseconds")),
            both(lambda name, loads=loads: loads.cell(name, "decided")),
        )
    for lines, loads in results.lines:
        table.add(
            lines.title,
            *[""] * 8,
            both(lambda name, loads=loads: loads.cell(name, "milliseconds")),
            both(lambda name, loads=loads: loads.cell(name, "decided")),
        )
    return table


def reference_table(results: Results) -> Table:
    table = Table(
        "The same requests: the host, an empty plugin, a coin and libmaxminddb alone, ns; verdicts",
        ["configuration", "addresses", "threads", "no plugin", "empty plugin", "coin"]
        + ["MMDB_lookup_sockaddr", "+ MMDB_aget_value", "denied", "differing"],
        texts=2,
        notes=[
            "coin: a plugin that denies every other client and does nothing else. It shows the cost of a verdict "
            "that the processor cannot predict."
        ],
    )
    for row, decisions, _ in results.decisions:
        table.add(
            row.title,
            row.addresses,
            str(row.threads),
            *(decisions.time(name) for name in ("none", "empty", "coin", "lookup", "country")),
            f"{decisions.denied:.1%}",
            NOT_MEASURED if decisions.differing is None else f"{decisions.differing:.2%}",
        )
    return table


def kind_table(results: Results) -> Table:
    table = Table(
        "Several databases and named rules, ours alone, random IPv4",
        ["configuration", "base", "ns", "base, ns", "one database, ns", "empty plugin, ns"]
        + ["against the base", "added", "bar"],
        texts=2,
        notes=[
            "added: the time above the base's, as a multiple of the net time of one database (without the "
            "empty plugin's)."
        ],
    )
    for row, kind in results.kinds:
        bars = []
        if row.most is not None:
            bars.append(f"≤ {row.most}×: {'met' if kind.ratio <= row.most else 'missed'}")
        if row.most_added is not None:
            verdict = "met" if kind.added <= row.most_added else "missed"
            bars.append(f"adds ≤ {row.most_added}×: {verdict}")
        times = (str(kind.nanoseconds[name]) for name in ("row", "base", "one", "empty"))
        table.add(
            row.configuration, row.base, *times, f"{kind.ratio:.2f}×", f"{kind.added:.2f}×",
            "; ".join(bars))
    return table


def asn_load_table(results: Results) -> Table:
    table = Table(
        "Loading an ASN database against City, one rule each",
        ["database", "ns a node", "against City", "bar"],
    )
    if results.asn_load is not None:
        times = results.asn_load.nanoseconds
        share = times["asn"] / times["city"]
        verdict = "met" if share <= ASN_LOAD_BAR else "missed"
        table.add("City", number(times["city"]), "", "")
        table.add("ASN", number(times["asn"]), f"{share:.2f}×", f"≤ {ASN_LOAD_BAR}×: {verdict}")
    return table


def limit(loads: Loads, name: str, what: str, most: float | None, unit: str) -> str:
    """Whether our memory is within its bar."""
    value = getattr(loads.of.get(name), what, None)
    if name != "ours" or most is None or value is None:
        return ""
    return f"≤ {most} {unit}: {'met' if value <= most else 'missed'}"


def memory_table(results: Results) -> Table:
    table = Table(
        "Memory, MB above the process without the plugin",
        ["configuration", "plugin"]
        + ["loaded", "after decisions", "bar", "peak while loading", "mapped files"]
        + ["kB a further line", "bar"],
        texts=2,
    )
    shown = set()
    for row, loads in [(row, loads) for row, _, loads in results.decisions] + results.lines:
        if row.title in shown:
            continue
        shown.add(row.title)
        for name in ("ours", "stock"):
            if name not in loads.of and name not in loads.outcomes:
                continue
            table.add(
                row.title,
                name,
                loads.cell(name, "loaded"),
                loads.cell(name, "decided"),
                limit(loads, name, "decided", MEMORY_BARS.get(row.title), "MB"),
                loads.cell(name, "peak"),
                loads.cell(name, "files"),
                loads.cell(name, "further"),
                limit(loads, name, "further", getattr(row, "further_bar", None), "kB"),
            )
    return table


def scale_table(results: Results) -> Table:
    """Each cost next to the cost of the smaller configuration, to show its growth."""
    table = Table(
        "Scale: for each unit, above one country on the same database",
        ["what", "units", "ours: µs of load", "kB", "ns a decision"]
        + ["stock: µs of load", "kB", "ns a decision"],
    )
    single = {
        (row.database, row.addresses, row.threads): (decisions, loads)
        for row, decisions, loads in results.decisions
        if row.configuration == "allow one country"
    }
    for row, decisions, loads in results.decisions:
        units = results.units.get(row.configuration)
        base = single.get((row.database, row.addresses, row.threads))
        if units is None or base is None or row.threads > 1 or row.addresses != "IPv4":
            continue
        cells = []
        for name in ("ours", "stock"):
            cells += per_unit(name, units, loads, base[1])
            has_both = name in decisions.nanoseconds and name in base[0].nanoseconds
            cells.append(
                number(decisions.nanoseconds[name].median - base[0].nanoseconds[name].median)
                if has_both
                else NOT_MEASURED
            )
        table.add(row.configuration, f"{units:,}", *cells)
    for lines, loads in results.lines:
        cells = []
        for name in ("ours", "stock"):
            if name in loads.of:
                cells += [
                    number(loads.of[name].milliseconds * 1000 / loads.instances),
                    number(loads.of[name].decided * 1000 / loads.instances),
                ]
            else:
                cells += [loads.outcomes.get(name, NOT_MEASURED)] * 2
            cells.append("")
        table.add("remap lines", f"{loads.instances:,}", *cells)
    return table


def per_unit(name: str, units: int, loads: Loads, base: Loads) -> list[str]:
    if name not in loads.of or name not in base.of:
        return [loads.outcomes.get(name, NOT_MEASURED)] * 2
    this, that = loads.of[name], base.of[name]
    return [
        number((this.milliseconds - that.milliseconds) * 1000 / units),
        number((this.decided - that.decided) * 1000 / units),
    ]


def walk_table(results: Results) -> Table:
    table = Table(
        "Loading against a bare walk of the tree with MMDB_read_node",
        ["database", "walk", "nodes", "ms", "ours, ms", "against the walk", "bar"],
        texts=2,
    )
    ours = {
        row.database: loads.of["ours"].milliseconds
        for row, _, loads in results.decisions
        if row.configuration == "allow one country" and "ours" in loads.of
    }
    for (database, how), (milliseconds, nodes) in results.walks.items():
        load = ours.get(database)
        table.add(
            database,
            WALKS[how],
            f"{nodes:,}",
            number(milliseconds),
            NOT_MEASURED if load is None else number(load),
            NOT_MEASURED if load is None else ratio(load / milliseconds),
            "" if load is None else f"≤ 1×: {'met' if load <= milliseconds else 'missed'}",
        )
    return table


WALKS = {
    ("once",): "each node once",
    ("once", "touched"): "each node once, its pages touched before",
    ("all",): "every way, aliases too",
    ("all", "touched"): "every way, its pages touched before",
}


def cold_start_table(results: Results) -> Table:
    table = Table(
        "Cold starts: two threads begin at once, 2 regexes, Country",
        ["plugin", "processes", "fine", "crashed", "hung"],
    )
    for name, outcomes in results.cold_starts.items():
        counts = (str(outcomes[outcome]) for outcome in ("fine", "crashed", "hung"))
        table.add(name, str(outcomes.total()), *counts)
    return table


def instruction_table(results: Results) -> Table:
    table = Table(
        "Instructions a decision, from maxmind_acl_decide down (callgrind)",
        ["configuration", "instructions", "bar"],
    )
    for database, counted in results.instructions.items():
        if counted is None:
            table.add(f"allow one country, {database}", "valgrind not installed", "")
        elif isinstance(counted, str):
            table.add(f"allow one country, {database}", counted, "")
        else:
            verdict = "met" if counted <= INSTRUCTIONS_BAR else "missed"
            cell = f"≤ {INSTRUCTIONS_BAR}: {verdict}"
            table.add(f"allow one country, {database}", f"{counted:.1f}", cell)
    return table
