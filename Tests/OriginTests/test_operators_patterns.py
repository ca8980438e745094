"""Spellings that show in no form: some origins serve the file, and the documented pattern denies it."""

from __future__ import annotations

import pytest
from origins import ORIGINS, served
from proxy import Proxy, is_denial
from spellings import OPERATORS_RULES, OperatorsRule, Rule

every_case = pytest.mark.parametrize("case", OPERATORS_RULES, ids=lambda case: case.open.name)


def files(proxy: Proxy, case: OperatorsRule, rule: Rule | None, origin: str) -> dict[str, str]:
    """The targets that get a protected file of an origin, and the file."""
    answers = proxy.get(rule, origin, case.targets)
    return {target: file for target, answer in zip(case.targets, answers)
            if (file := served(answer.body)) and case.open.protects(file)}


@every_case
def test_some_origins_serve_the_file_under_the_plain_pattern(proxy: Proxy, case: OperatorsRule) -> None:
    assert any(files(proxy, case, case.open, origin) for origin in ORIGINS)


@pytest.mark.parametrize("origin", ORIGINS)
@every_case
def test_no_origin_does_under_the_documented_pattern(
        proxy: Proxy, case: OperatorsRule, origin: str) -> None:
    assert files(proxy, case, case.closed, origin) == {}


@every_case
def test_the_documented_pattern_denies_every_such_target(proxy: Proxy, case: OperatorsRule) -> None:
    answers = proxy.get(case.closed, "nginx", case.targets)
    assert [target for target, answer in zip(case.targets, answers) if not is_denial(answer)] == []
