"""Shared by the benchmarks of a real Traffic Server: options, output, exit status."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from proxy_sites import BenchmarkError
from report import Table
from traffic_server import TrafficServerError


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options for the cores and for the table's file."""
    cores = sorted(os.sched_getaffinity(0))
    parser.add_argument("--server-cpu", type=int, default=cores[0], metavar="CORE")
    parser.add_argument("--load-cpu", type=int, default=cores[-1], metavar="CORE")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there too")


def publish(table: Table, head: list[str], name: str, markdown: Path | None) -> None:
    """Prints a table below its notes, and writes the same as Markdown if that is asked for."""
    print("\n".join(head), end="\n\n")
    print(table.text(), end="")
    if markdown is not None:
        markdown.write_text(
            "".join(f"- {line}\n" for line in [f"`make {name}`", *head]) + "\n" + table.markdown())


def run(name: str, main: Callable[[list[str]], int]) -> None:
    """Runs a command to its end, so that its servers end with it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    try:
        sys.exit(main(sys.argv[1:]))
    except (BenchmarkError, TrafficServerError) as error:
        sys.exit(f"{name}: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped")
