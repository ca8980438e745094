"""The tables show measured and missing numbers."""

from __future__ import annotations

from typing import Any

import pytest

import results
from rows import Row

ROW = Row("City", "allow one country", "IPv4", bar=80)


def measured(**nanoseconds: float) -> Any:
    return {
        "requests": 10,
        "plugins": [
            {"name": name, "nanoseconds": [time] * 3, "denied": 4, "differing": 1}
            for name, time in nanoseconds.items()
        ],
    }


def row_of(decisions: results.Decisions) -> dict[str, str]:
    table = results.decision_table(
        results.Results(decisions=[(ROW, decisions, results.Loads(1))])
    )
    return dict(zip(table.columns, table.rows[0]))


@pytest.mark.parametrize(
    ("ours", "stock", "empty", "gross", "net", "bar"),
    [
        (20, 1600, 4, "80.0×", "99.8×", "≥ 80×: met"),
        (24, 1604, 4, "66.8×", "80.0×", "≥ 80×: net only"),
        (40, 1604, 4, "40.1×", "44.4×", "≥ 80×: missed"),
    ],
)
def test_ratios_are_given_with_and_without_the_host(
    ours: float, stock: float, empty: float, gross: str, net: str, bar: str
) -> None:
    decisions = results.Decisions()
    decisions.take(measured(ours=ours, stock=stock, empty=empty))
    row = row_of(decisions)
    assert (row["gross"], row["net"], row["bar"]) == (gross, net, bar)


def test_a_crash_of_the_stock_plugin_leaves_our_numbers() -> None:
    decisions = results.Decisions()
    decisions.outcomes["stock"] = "crashed"
    decisions.take(measured(ours=20, empty=4))
    row = row_of(decisions)
    assert row["ours, ns"] == "20.0 (20.0–20.0)"
    assert row["stock, ns"] == "crashed"
    assert row["gross"] == row["net"] == "-"
    assert row["bar"] == "≥ 80×: not measured"


def memory(anonymous: int, shared: int = 0, mapped: int = 0, peak: int = 0) -> dict[str, int]:
    resident = anonymous + shared + mapped
    return {
        "anonymous": anonymous,
        "shared": shared,
        "resident": resident,
        "share": resident,
        "peak": max(peak, resident),
    }


def test_memory_is_what_the_process_has_of_its_own() -> None:
    loads = results.Loads(11)
    run = {
        "milliseconds": [5.0] * 11,
        "before": memory(1000),
        "first": memory(3000, mapped=500),
        "all": memory(3000, shared=1000, mapped=500),
        "decided": memory(3500, shared=1000, mapped=700, peak=10_200),
    }
    loads.take("ours", [run])
    load = loads.of["ours"]
    assert load.milliseconds == 55
    assert (load.loaded, load.decided, load.files) == (3.0, 3.5, 0.7)
    assert load.further == 100
    assert load.peak == 8.5
