"""The cost of the plugin in a real Traffic Server on cache hits, against no plugin and the stock one.

One traffic_server with one worker thread runs on one core, wrk on another. All sites are hosts of that
one process and lead to the same cached object; wrk asks one of them at a time, in short rounds:
no plugin, A, no plugin, B, no plugin … Each round of a plugin is compared with the mean of the two rounds
without one beside it. The bar is CPU per request: the processor time of the process, by the kernel's count, divided
by the requests that were answered. "No plugin" is measured against itself too, which shows the noise.

The clients are many addresses of 127.0.0.0/8, which a City database places. Every request must be
answered with 200 and from the cache, else there is no table.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import databases
import machine
import proxy_command
from median import median
from proxy_instructions import instructions
from proxy_load import LONGEST_ROUND, Load, Round, cpu_seconds, waited_seconds
from proxy_sites import (
    CLIENTS, EMPTY, NO_PLUGIN, PLUGINS, RECORDS, REMAP, SITES, BenchmarkError, Geography, Site,
    TrafficServer, allowed_clients, geography, small_geography)
from report import Table


@dataclasses.dataclass
class Result:
    """All rounds of one site; for a plugin also the cost of each against the rounds around it."""

    rounds: list[Round] = dataclasses.field(default_factory=list)
    ratios: list[float] = dataclasses.field(default_factory=list)

    @property
    def per_second(self) -> float:
        return statistics.median(one.per_second for one in self.rounds)

    @property
    def cpu_per_request(self) -> float:
        return statistics.median(one.cpu_per_request for one in self.rounds)


@dataclasses.dataclass
class Measurement:
    results: dict[str, Result]
    clients: int
    requests: int
    ran_seconds: float
    waited_seconds: float
    instructions: dict[str, float]


def measure(where: Geography, options: argparse.Namespace) -> Measurement:
    with tempfile.TemporaryDirectory(prefix="bench-proxy-") as directory, TrafficServer(
            REMAP, files=where.files(), records=RECORDS,
            launcher=["taskset", "-c", str(options.server_cpu)]) as server:
        load = Load(Path(directory), options.load_cpu)
        clients = allowed_clients(server, where, options.connections if options.quick else CLIENTS)
        for site in SITES:  # one-time work is done before the first round that counts
            load.ask(server, site, clients[:options.connections], options.seconds)
        from_origin = server.origin.requests
        ran, waited = cpu_seconds(server.process_id), waited_seconds(server.process_id)
        results = alternate(server, load, clients, options)
        ran = cpu_seconds(server.process_id) - ran
        waited = waited_seconds(server.process_id) - waited
        if server.origin.requests != from_origin:
            raise BenchmarkError(
                f"{server.origin.requests - from_origin} answers came from the origin")
    requests = sum(one.requests for result in results.values() for one in result.rounds)
    counted = instructions(where, 20 if options.quick else 200)
    return Measurement(results, len(clients), requests, ran, waited, counted)


def alternate(server: TrafficServer, load: Load, clients: list[str], options: argparse.Namespace
              ) -> dict[str, Result]:
    results = {site.name: Result() for site in SITES}

    def ask(site: Site, turn: int) -> Round:
        start = turn * options.connections % len(clients)
        window = (clients[start:] + clients[:start])[:options.connections]
        one = load.ask(server, site, window, options.seconds)
        results[site.name].rounds.append(one)
        return one

    for turn in range(options.rounds):
        # Each plugin comes at every place of the sequence.
        shift = turn % len(PLUGINS)
        before = ask(NO_PLUGIN, turn)
        for site in PLUGINS[shift:] + PLUGINS[:shift]:
            one = ask(site, turn)
            after = ask(NO_PLUGIN, turn)
            beside = (before.cpu_per_request + after.cpu_per_request) / 2
            results[site.name].ratios.append(one.cpu_per_request / beside)
            before = after
        if sys.stderr.isatty():
            print(f"\rround {turn + 1} of {options.rounds}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    return results


# -- the output ------------------------------------------------------------------------------------

def percent(ratio: float) -> str:
    return f"{(ratio - 1) * 100:+.2f} %"


def table_of(measurement: Measurement) -> Table:
    table = Table("Traffic Server on cache hits",
                  ["site", "requests/s", "CPU µs a request", "CPU against no plugin",
                   "95 % interval", "against the empty plugin", "95 % interval",
                   "instructions of the remap step"])
    empty = measurement.results[EMPTY.name]
    for name, result in measurement.results.items():
        table.add(name, f"{result.per_second:,.0f}", f"{result.cpu_per_request * 1e6:.2f}",
                  *compared(result.ratios),
                  *compared([] if name == EMPTY.name else
                            [ours / empty for ours, empty in zip(result.ratios, empty.ratios)]),
                  f"{measurement.instructions[name]:,.0f}")
    return table


def compared(ratios: list[float]) -> tuple[str, str]:
    """The median of the ratios, and its interval; both empty if there are none."""
    if not ratios:
        return "", ""
    ratio = median(ratios)
    return percent(ratio.value), f"{percent(ratio.low)} to {percent(ratio.high)}"


def notes(measurement: Measurement, options: argparse.Namespace, where: Geography) -> list[str]:
    wanted = measurement.waited_seconds + measurement.ran_seconds
    return [
        *machine.facts(),
        f"{version()}; one worker thread on core {options.server_cpu}, wrk on core "
        f"{options.load_cpu} with {options.connections} connections",
        f"{options.rounds} rounds of {options.seconds:g} s for each plugin, each between two without; "
        "medians",
        f"{measurement.requests:,} requests from {measurement.clients:,} addresses, all answered with "
        "200 from the cache",
        f"database: {where.description}",
        "of the time that the server wanted its core, others had it "
        f"{measurement.waited_seconds / wanted * 100:.1f} %",
        f"{datetime.date.today():%Y-%m-%d}",
    ]


def version() -> str:
    output = subprocess.run(["traffic_server", "--version"], capture_output=True, text=True,
                            timeout=10)
    found = re.search(r"Traffic Server (\d[\d.]*)", output.stdout + output.stderr)
    return f"Traffic Server {found[1]}" if found else "Traffic Server"


# -- options ---------------------------------------------------------------------------------------


def options_of(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=150, help="of each plugin (%(default)s)")
    parser.add_argument("--seconds", type=float, default=0.15, help="a round lasts (%(default)s)")
    parser.add_argument("--connections", type=int, default=64, help="of wrk (%(default)s)")
    proxy_command.add_options(parser)
    parser.add_argument("--quick", action="store_true",
                        help="one round each, to see that all of it works")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.seconds, options.connections = 1, 0.2, 8
    if not (options.rounds >= 1 and 0 < options.seconds < LONGEST_ROUND
            and 1 <= options.connections <= CLIENTS):
        parser.error(f"rounds from 1, seconds from 0 to {LONGEST_ROUND}, "
                     f"connections from 1 to {CLIENTS}")
    return options


def main(arguments: list[str]) -> int:
    options = options_of(arguments)
    if options.server_cpu == options.load_cpu:
        say("server and wrk share a core: requests per second mean nothing")
    for site in SITES:
        if site.plugin is not None and not site.plugin.exists():
            raise BenchmarkError(f"{site.plugin} is missing: make plugin, "
                                 "make -C plugin-shim/replay-host plugins, or a Debian package")
    where = small_geography() if options.quick else geography(*databases.provide_city(False, say))
    measurement = measure(where, options)
    proxy_command.publish(table_of(measurement), notes(measurement, options, where), "bench-proxy",
                          options.markdown)
    return 0


def say(text: str) -> None:
    print(f"bench-proxy: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    proxy_command.run("bench-proxy", main)
