"""The effect of a City database's reload under load on the latency of a real Traffic Server.

One traffic_server with one worker thread runs on one core, all of its threads, the loading one too; wrk
asks from another core. In rounds with reloads the file of the database is replaced each time the last one has
been loaded. Each stands between two rounds without reloads and is compared with their mean. Rounds without
reloads are compared in the same way, which shows the noise.

Full load: each connection asks again as soon as it is answered, and the server's core has no idle time. Half
load: four times as many connections pause between requests, and send about half as many.

The clients are many addresses of 127.0.0.0/8, which the database places. Every request must be answered with
200, else there is no table.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import datetime
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import databases
import machine
import proxy_command
from median import median
from proxy import percent, version
from proxy_load import LONGEST_ROUND, Load, Round, cpu_seconds, waited_seconds
from proxy_sites import (
    CLIENTS, OUR_PLUGIN, RECORDS, BenchmarkError, Geography, Site, TrafficServer, allowed_clients,
    geography, small_geography)
from reloads import Reloads
from report import Table

YAML = "reload.yaml"
SITE = Site("ours, allow country", "site.example", OUR_PLUGIN, YAML)
#: Connections at half load, as a multiple of those at full load.
MORE_CONNECTIONS = 4
BAR = 1.10


@dataclasses.dataclass(frozen=True)
class Pace:
    """How the clients ask."""

    name: str
    connections: int
    pause: float
    """milliseconds between two requests of a connection, on average"""


@dataclasses.dataclass
class Result:
    """The rounds of one row, and those before and after each of them."""

    rounds: list[Round] = dataclasses.field(default_factory=list)
    before: list[Round] = dataclasses.field(default_factory=list)
    after: list[Round] = dataclasses.field(default_factory=list)
    reloads: list[float] = dataclasses.field(default_factory=list)
    """how many seconds each took"""

    def ratios(self, value: Callable[[Round], float]) -> list[float]:
        return [2 * value(one) / (value(before) + value(after))
                for one, before, after in zip(self.rounds, self.before, self.after)]


@dataclasses.dataclass
class Measurement:
    paces: list[Pace]
    results: dict[tuple[Pace, bool], Result]
    """by whether there are reloads"""
    clients: int
    ran_seconds: float
    waited_seconds: float


def measure(where: Geography, options: argparse.Namespace) -> Measurement:
    settings = f"  reload: {options.interval}ms\n  jitter: 0s\n"
    files = {"city.mmdb": where.database, YAML: where.allow(settings)}
    with tempfile.TemporaryDirectory(prefix="bench-reload-") as directory, TrafficServer(
            SITE.remap, files=files, records=RECORDS,
            launcher=["taskset", "-c", str(options.server_cpu)]) as server:
        load = Load(Path(directory), options.load_cpu)
        clients = allowed_clients(server, where, options.connections * MORE_CONNECTIONS, [SITE])
        full = Pace("full load", options.connections, 0)
        load.ask(server, SITE, clients[:full.connections], options.seconds)
        most = load.ask(server, SITE, clients[:full.connections], options.seconds).per_second
        many = options.connections * MORE_CONNECTIONS
        # In halves, which is what wrk can do.
        half = Pace("half load", many, max(1, round(2 * many / (most / 2) * 1000)) / 2)
        reloads = Reloads(server, "city.mmdb", options.load_cpu, options.every)
        ran, waited = cpu_seconds(server.process_id), waited_seconds(server.process_id)
        results = {(pace, with_reloads): one
                   for pace in (full, half)
                   for with_reloads, one in alternate(server, load, clients, pace, reloads, options).items()}
        ran = cpu_seconds(server.process_id) - ran
        waited = waited_seconds(server.process_id) - waited
    return Measurement([full, half], results, len(clients), ran, waited)


def alternate(server: TrafficServer, load: Load, clients: list[str], pace: Pace, reloads: Reloads,
              options: argparse.Namespace) -> dict[bool, Result]:
    results = {False: Result(), True: Result()}

    def ask(with_reloads: bool) -> Round:
        until = (lambda: reloads.have_been(options.reloads)) if with_reloads else (lambda: True)
        with reloads if with_reloads else contextlib.nullcontext():
            one = load.ask(server, SITE, clients[:pace.connections], options.seconds,
                           pause=pace.pause, until=until)
            seconds = list(reloads.seconds) if with_reloads else []
        if with_reloads:
            reloads.check()
            if len(seconds) < options.reloads:
                raise BenchmarkError(f"{len(seconds)} reloads in {one.seconds:.0f} s of {pace.name}")
            results[True].reloads += seconds
        return one

    for turn in range(options.rounds):
        before = ask(False)
        for with_reloads in (False, True) if turn % 2 == 0 else (True, False):
            one = ask(with_reloads)
            after = ask(False)
            result = results[with_reloads]
            result.before.append(before)
            result.rounds.append(one)
            result.after.append(after)
            before = after
        if sys.stderr.isatty():
            print(f"\r{pace.name}: {turn + 1} of {options.rounds}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    return results


# -- the output ------------------------------------------------------------------------------------

def table_of(measurement: Measurement) -> Table:
    table = Table("Reloads of a City database under load",
                  ["rounds", "requests/s", "reloads", "s each", "p50 ms", "p99 ms", "p99.9 ms", "longest ms",
                   "p99 against none", "95 % interval"])

    def row(name: str, rounds: list[Round], reloads: str, each: str, ratios: list[float]) -> None:
        def milliseconds(value: Callable[[Round], float]) -> str:
            return f"{statistics.median(map(value, rounds)) * 1000:.2f}"

        against, interval = "", ""
        if ratios:
            ratio = median(ratios)
            against = percent(ratio.value)
            interval = f"{percent(ratio.low)} to {percent(ratio.high)}"
        table.add(name, f"{statistics.median(one.per_second for one in rounds):,.0f}", reloads, each,
                  milliseconds(lambda one: one.median), milliseconds(lambda one: one.per_cent_99),
                  milliseconds(lambda one: one.per_cent_99_9), milliseconds(lambda one: one.longest),
                  against, interval)

    for pace in measurement.paces:
        without = measurement.results[pace, False]
        others = measurement.results[pace, True]
        row(f"{pace.name}, none", without.before + without.after, "", "", [])
        row(f"{pace.name}, none, again", without.rounds, "", "",
            without.ratios(lambda one: one.per_cent_99))
        row(f"{pace.name}, reloads", others.rounds, f"{len(others.reloads)}",
            f"{statistics.median(others.reloads):.2f}", others.ratios(lambda one: one.per_cent_99))
    return table


def notes(measurement: Measurement, options: argparse.Namespace, where: Geography) -> list[str]:
    wanted = measurement.waited_seconds + measurement.ran_seconds
    full, half = measurement.paces
    rounds = [one for result in measurement.results.values()
              for one in result.rounds + result.before + result.after]
    return [
        *machine.facts(),
        f"{version()}; one worker thread and all else of it on core {options.server_cpu}, wrk on core "
        f"{options.load_cpu}",
        f"full load: {full.connections} connections; half load: {half.connections}, each pauses "
        f"{half.pause:g} ms on average",
        f"{options.rounds} rounds with reloads at each load, of {options.seconds:g} s and at least "
        f"{options.reloads} reloads, each between two without; medians",
        f"all requests from {measurement.clients:,} addresses answered with 200, "
        f"{sum(one.requests for one in rounds):,} of them counted",
        f"`reload: {options.interval}ms`; the database is replaced again as soon as it is loaded"
        + (f", but not within {options.every:g} s" if options.every > 0 else "") + f": {where.description}",
        "of the time that the server wanted its core, others had it "
        f"{measurement.waited_seconds / wanted * 100:.1f} %",
        f"{datetime.date.today():%Y-%m-%d}",
    ]


# -- options ---------------------------------------------------------------------------------------

def options_of(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20,
                        help="with reloads, at each of the two loads (%(default)s)")
    parser.add_argument("--seconds", type=float, default=2, help="a round lasts (%(default)s)")
    parser.add_argument("--reloads", type=int, default=1,
                        help="a round with reloads lasts until this many (%(default)s)")
    parser.add_argument("--every", type=float, default=0, metavar="SECONDS",
                        help="least time between the starts of two reloads (%(default)g)")
    parser.add_argument("--interval", type=int, default=250, metavar="MILLISECONDS",
                        help="the plugin's reload interval (%(default)s)")
    parser.add_argument("--connections", type=int, default=64, help="of wrk at full load (%(default)s)")
    proxy_command.add_options(parser)
    parser.add_argument("--quick", action="store_true",
                        help="a round of each kind, to see that all of it works")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.seconds, options.connections = 1, 0.2, 4
        options.interval = 50
    if not (options.rounds >= 1 and 0 < options.seconds < LONGEST_ROUND and options.reloads >= 1
            and 10 <= options.interval <= 60_000
            and 1 <= options.connections * MORE_CONNECTIONS <= CLIENTS):
        parser.error(f"rounds and reloads from 1, seconds from 0 to {LONGEST_ROUND}, interval from 10 to "
                     f"60000, connections from 1 to {CLIENTS // MORE_CONNECTIONS}")
    return options


def main(arguments: list[str]) -> int:
    options = options_of(arguments)
    if options.server_cpu == options.load_cpu:
        say("server and wrk share a core: the latencies are wrk's own too")
    if not OUR_PLUGIN.exists():
        raise BenchmarkError(f"{OUR_PLUGIN} is missing: make plugin")
    where = small_geography() if options.quick else geography(*databases.provide_city(False, say))
    measurement = measure(where, options)
    proxy_command.publish(table_of(measurement), notes(measurement, options, where), "bench-reload",
                          options.markdown)
    return 0


def say(text: str) -> None:
    print(f"bench-reload: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    proxy_command.run("bench-reload", main)
