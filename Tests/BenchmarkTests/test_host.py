"""The benchmark's host: its output, and its errors."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

import host

EMPTY = ("empty", str(host.EMPTY))
FICKLE = ("fickle", str(host.EMPTY.with_name("fickle.so")))


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    path = tmp_path / "requests.txt"
    path.write_text("".join(f"192.0.2.{number} http://a.example/\n" for number in range(10)))
    return path


def by_name(measured: Any) -> dict[str, Any]:
    return {plugin["name"]: plugin for plugin in measured["plugins"]}


@pytest.mark.parametrize("threads", [1, 2])
def test_each_plugin_is_timed_in_each_round(requests: Path, threads: int) -> None:
    measured = host.time([EMPTY, ("none",)], requests, threads, rounds=3, slice=25, lead_in=1)
    assert measured["requests"] == 10
    plugins = by_name(measured)
    assert list(plugins) == ["empty", "none"]
    for plugin in plugins.values():
        assert len(plugin["nanoseconds"]) == 3
        assert min(plugin["nanoseconds"]) > 0


def test_verdicts_are_compared_with_the_first_plugin(requests: Path) -> None:
    plugins = by_name(host.time([EMPTY, FICKLE], requests, rounds=0))
    assert plugins["empty"]["denied"] == 0
    assert plugins["empty"]["differing"] == 0
    assert plugins["fickle"]["denied"] == 5
    assert plugins["fickle"]["differing"] == 5


def test_allocations_of_a_plugin_are_counted(requests: Path) -> None:
    plugins = by_name(host.allocations([EMPTY, FICKLE], requests))
    assert plugins["empty"]["allocations"] == 0
    assert plugins["fickle"]["allocations"] > 0


def test_allocations_need_the_counter(requests: Path) -> None:
    with pytest.raises(host.Failure, match="count-allocations.so is not preloaded"):
        host.run([host.HOST, "allocations", "--requests", requests], "none\n")


def test_a_load_tells_each_instance_and_the_memory(requests: Path) -> None:
    measured = host.load(host.EMPTY, [Path("a"), Path("b")], requests)
    assert len(measured["milliseconds"]) == 2
    for when in ("before", "first", "all", "decided"):
        assert measured[when]["resident"] >= measured[when]["anonymous"] > 0


def test_a_plugin_that_refuses_is_a_failure(requests: Path) -> None:
    with pytest.raises(host.Failure, match="refused: .*TSRemapNewInstance failed"):
        host.time([(*FICKLE, "parameter")], requests)


def test_a_process_that_dies_is_a_failure() -> None:
    with pytest.raises(host.Failure, match="crashed: SIGABRT"):
        host.run(["sh", "-c", "kill -ABRT $$"])


def test_wrong_usage_is_told() -> None:
    done = subprocess.run([host.HOST, "time", "--rounds", "x"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "--rounds: not a number" in done.stderr
    assert "usage: benchmark-host" in done.stderr
