"""Runs benchmark-host and walk-tree, each measurement in a separate process."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BUILD = HERE / "build"
HOST = BUILD / "benchmark-host"
WALK = BUILD / "walk-tree"
COUNTER = BUILD / "count-allocations.so"
PLUGIN_BUILD = HERE.parent / "plugin-shim" / "build"

OURS = PLUGIN_BUILD / "maxmind_acl.so"
EMPTY = PLUGIN_BUILD / "test-plugins" / "empty.so"
LOOKUP = BUILD / "lookup.so"
COIN = BUILD / "coin.so"
STOCK = Path("/usr/lib/trafficserver/modules/maxmind_acl.so")

TIME_LIMIT = 600
COLD_START_LIMIT = 20


class Failure(Exception):
    """The end of a process that measured nothing: "crashed", "hung" or "refused"."""

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome


def run(
    command: list[Any], given: str = "", time_limit: int = TIME_LIMIT, **environment: str
) -> Any:
    """The JSON that the command prints."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            input=given,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=time_limit,
            env={**os.environ, **environment},
        )
    except subprocess.TimeoutExpired:
        raise Failure("hung", f"no end in {time_limit} s") from None
    if done.returncode < 0:
        raise Failure("crashed", signal.Signals(-done.returncode).name)
    if done.returncode > 0:
        raise Failure("refused", (done.stderr.strip().splitlines() or ["?"])[-1])
    return json.loads(done.stdout)


Contestant = tuple[str, ...]
"""A name, then the plugin and its parameters, or nothing for the host alone."""


def contestant_lines(contestants: list[Contestant]) -> str:
    return "".join("\t".join(words) + "\n" for words in contestants)


def time(
    contestants: list[Contestant],
    requests: Path,
    threads: int = 1,
    rounds: int = 1,
    slice: int = 1,
    lead_in: int = 0,
) -> Any:
    options = ["--threads", threads, "--rounds", rounds, "--slice", slice, "--lead-in", lead_in]
    return run(
        [HOST, "time", "--requests", requests, *options], contestant_lines(contestants)
    )


def cold_start(contestant: Contestant, requests: Path, threads: int) -> str:
    """Several threads begin at once with a plugin that has not decided yet. Returns "fine", or the end of the
    process."""
    options = ["--threads", threads, "--rounds", 1, "--slice", 1, "--lead-in", 0]
    try:
        run(
            [HOST, "time", "--requests", requests, *options],
            contestant_lines([contestant]),
            time_limit=COLD_START_LIMIT,
        )
    except Failure as failure:
        return failure.outcome
    return "fine"


def allocations(contestants: list[Contestant], requests: Path) -> Any:
    return run(
        [HOST, "allocations", "--requests", requests],
        contestant_lines(contestants),
        LD_PRELOAD=str(COUNTER),
    )


def load(plugin: Path, parameters: list[Path], requests: Path) -> Any:
    return run([HOST, "load", "--requests", requests, plugin, *parameters])


def walk(database: Path, *how: str) -> Any:
    return run([WALK, database, *how])


def instructions(yaml: Path, requests: Path) -> float | None:
    """Instructions of our plugin a decision, from its C entry point down. None: no valgrind."""
    if shutil.which("valgrind") is None:
        return None
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
        + ["--toggle-collect=maxmind_acl_decide", str(HOST), "time", "--rounds", "0"]
        + ["--requests", str(requests)],
        input=contestant_lines([("ours", str(OURS), str(yaml))]),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=TIME_LIMIT,
    )
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or collected is None:
        raise Failure("refused", (done.stderr.strip().splitlines() or ["?"])[-1])
    # The first decision on a thread makes its scratch memory; among so many it does not show.
    decisions = json.loads(done.stdout)["requests"]
    return int(collected.group(1)) / decisions
