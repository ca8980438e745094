"""The tool and a real Traffic Server decide alike on every request of the corpus."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

import corpus
from installation import VERSIONS
from loopback import has_ipv6
from traffic_server import OUR_PLUGIN, STOCK_PLUGIN

stock = pytest.mark.skipif(
    not STOCK_PLUGIN.exists(), reason="the stock plugin is not installed")


def differences(name: str, decisions: list[str]) -> list[str]:
    rows = corpus.expected(name)
    assert len(decisions) == len(rows)
    unasked = {row.client for row, decision in zip(rows, decisions) if decision == corpus.UNASKED}
    assert all(":" in client for client in unasked) and (not unasked or not has_ipv6())
    return [f"{row.client} {row.url}: {decision}, expected {row.decision} ({row.reason})"
            for row, decision in zip(rows, decisions)
            if decision not in (row.decision, corpus.UNASKED)]


def test_the_corpus_is_whole() -> None:
    total = 0
    reasons = set()
    for name in corpus.NAMES:
        rows = corpus.expected(name)
        assert [row.request for row in rows] == corpus.requests(name)
        assert len({row.request for row in rows}) == len(rows)
        assert corpus.stock_differences(name).keys() <= {row.request for row in rows}
        total += len(rows)
        reasons |= {row.reason for row in rows}
    assert total >= 100
    assert reasons >= {"bypass", "deny.ip", "deny.country", "deny.regex", "allow.ip", "allow.country",
                       "allow.regex", "anonymous.vpn", "default", "unknown", "error"}


@pytest.mark.parametrize("name", corpus.NAMES)
def test_traffic_server(name: str) -> None:
    assert differences(name, corpus.decisions_of_proxy(name, OUR_PLUGIN)) == []


@pytest.mark.parametrize("name", corpus.NAMES)
def test_replay(name: str) -> None:
    rows = corpus.replay_with_tool(name)
    assert differences(name, [row[2] for row in rows]) == []
    assert [row[3] for row in rows] == [row.reason for row in corpus.expected(name)]


@pytest.mark.parametrize("name", corpus.NAMES)
def test_explain(name: str) -> None:
    yaml = corpus.configuration(name)
    lines = yaml.read_text().splitlines()
    rows = corpus.expected(name)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(
            lambda row: corpus.explain_with_tool(
                yaml, *row.request, *corpus.header_options(name)), rows))
    assert differences(name, [str(answer["decision"]) for answer in answers]) == []
    for row, answer in zip(rows, answers):
        assert answer["reason"] == row.reason, row
        assert answer["client"] == row.client
        if row.rule is not None:
            assert row.rule in lines[answer["line"] - 1], (row, answer)
        elif row.reason != "error":
            assert answer["line"] is None, (row, answer)


def surprises_of_stock(name: str, decisions: list[str]) -> list[str]:
    """The requests on which the stock plugin differs unexpectedly, or unexpectedly agrees."""
    known = corpus.stock_differences(name)
    rows = corpus.expected(name)
    assert len(decisions) == len(rows)
    return [f"{row.client} {row.url}: {decision}, known difference: {known.get(row.request)}"
            for row, decision in zip(rows, decisions)
            if decision != corpus.UNASKED
            and (decision != row.decision) != (row.request in known)]


@stock
@pytest.mark.parametrize("name", corpus.NAMES)
def test_the_stock_plugin_differs_where_it_is_known_to_and_nowhere_else(name: str) -> None:
    assert surprises_of_stock(name, corpus.decisions_of_proxy(name, STOCK_PLUGIN)) == []


@stock
def test_every_known_difference_is_explained() -> None:
    readme = (corpus.CORPUS / "README.md").read_text()
    used = {why for name in corpus.NAMES for version in VERSIONS.values()
            for why in corpus.stock_differences(name, version.stock_suffix).values()}
    assert used == set(re.findall(r"^\| `([a-z-]+)` \|", readme, re.MULTILINE))
