"""Harmless spellings of allowed URLs get their file."""

from __future__ import annotations

import pytest
from origins import ORIGINS, served
from proxy import Proxy, is_denial
from spellings import RULES, Rule, rule_named

ALLOW = rule_named("allow-folder")
DENY = [rule for rule in RULES if rule.verdict == "deny"]

#: What every origin serves: target → file.
EVERYWHERE = {
    "/public/x.txt": "public/x.txt",
    "/public/a%20b.txt": "public/a b.txt",
    "/public/caf%C3%A9": "public/café",
    "/public/caf%c3%a9": "public/café",
    "/public/%78.txt": "public/x.txt",
    "/public/x%2etxt": "public/x.txt",
    "/public/a/../x.txt": "public/x.txt",
    "/public/./x.txt": "public/x.txt",
    "/public/a/b": "public/a/b",
    "/public/x.txt?a=/../admin;b": "public/x.txt",
    "http://{host}/public/x.txt": "public/x.txt",
}

#: What one origin serves.
ON_ONE = {
    "tomcat": {"/public/x.txt;jsessionid=1": "public/x.txt", "/public/x.txt;a=1;b": "public/x.txt"},
    "nginx": {"/public/a%2Fb": "public/a/b"},
    "lighttpd": {"/public/a%2Fb": "public/a/b"},
    "python": {"/public/a%2Fb": "public/a/b"},
    "node-url": {"/public/a%2Fb": "public/a/b", "/public/a\\b": "public/a/b"},
}

#: Requests that no deny rule matches.
NOT_DENIED = {"/notes.txt": "notes.txt", "/robots.txt": "robots.txt", "/notes%2etxt": "notes.txt",
              "/x/../notes.txt": "notes.txt"}


@pytest.mark.parametrize("origin", ORIGINS)
def test_an_allowed_file_is_served(proxy: Proxy, origin: str) -> None:
    expected = {**EVERYWHERE, **ON_ONE.get(origin, {})}
    answers = proxy.get(ALLOW, origin, list(expected))
    assert {target: served(answer.body) for target, answer in zip(expected, answers)} == expected


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_plugin_passes_what_only_another_origin_serves(proxy: Proxy, origin: str) -> None:
    targets = [target for expected in ON_ONE.values() for target in expected]
    answers = proxy.get(ALLOW, origin, targets)
    assert [target for target, answer in zip(targets, answers) if is_denial(answer)] == []


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("rule", DENY, ids=lambda rule: rule.name)
def test_a_file_that_no_deny_rule_matches_is_served(proxy: Proxy, rule: Rule, origin: str) -> None:
    expected = EVERYWHERE | NOT_DENIED
    answers = proxy.get(rule, origin, list(expected))
    assert {target: served(answer.body) for target, answer in zip(expected, answers)} == expected
