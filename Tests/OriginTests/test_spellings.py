"""However a URL is spelled, no origin serves a file that the rules deny."""

from __future__ import annotations

import functools

import pytest
from origins import ORIGINS, served
from proxy import Proxy, is_denial
from spellings import RULES, Rule, rule_named, spellings

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
every_origin = pytest.mark.parametrize("origin", ORIGINS)


def protected_files(proxy: Proxy, rule: Rule, origin: str, under: Rule | None) -> dict[str, str]:
    """The spellings for `rule` that get a file that it protects, and the file."""
    targets = spellings(rule)
    files = (served(answer.body) for answer in proxy.get(under, origin, targets))
    return {target: file for target, file in zip(targets, files) if file and rule.protects(file)}


@pytest.fixture(scope="session")
def reached(proxy: Proxy):
    """The spellings that get a protected file of an origin, where no plugin is on the line."""
    return functools.cache(lambda rule, origin: protected_files(proxy, rule, origin, under=None))


@every_origin
@every_rule
def test_no_spelling_gets_a_protected_file(
        proxy: Proxy, reached, summary: list[str], rule: Rule, origin: str) -> None:
    wrongly_served = protected_files(proxy, rule, origin, under=rule)
    summary.append(f"{rule.name:12} {origin:16} {len(spellings(rule)):4} spellings,"
                   f" {len(reached(rule, origin)):3} get the file without the rule,"
                   f" {len(wrongly_served):3} with it")
    assert not wrongly_served, "\n".join(
        f"{target} gets {file}" for target, file in wrongly_served.items())


@every_rule
def test_there_are_many_spellings(rule: Rule) -> None:
    assert len(spellings(rule)) >= 120


#: How many spellings at least get a protected file of an origin without the plugin. The fewest is
#: Apache's own setting, which refuses `%2F`; Tomcat's refuses `%2F`, `%5C` and `\`.
MINIMUM = 50


@every_origin
@every_rule
def test_many_spellings_would_get_the_file(reached, rule: Rule, origin: str) -> None:
    assert spellings(rule)[0] in reached(rule, origin), "the plain spelling"
    assert len(reached(rule, origin)) >= MINIMUM


@pytest.mark.parametrize(("origin", "rule", "target"), [
    (origin, rule, target)
    for origin, rule, targets in (
        ("nginx", "allow-folder", ["/public/..%2fsecret/x.txt", "/public/%2f../secret/x.txt"]),
        ("nginx", "deny-folder", ["/x/..%2fadmin/index.html", "/%2fadmin/index.html"]),
        ("nginx", "deny-file", ["/admin/..;%2f../secret", "/x\\y%2f../admin/secret"]),
        ("nginx-lenient", "deny-file", ["/admin//../secret"]),
        ("lighttpd", "allow-folder", ["/public/..%2fsecret/x.txt"]),
        ("apache-lenient", "allow-folder", ["/public/..%2fsecret/x.txt"]),
        ("apache-lenient", "deny-file", ["/x%2fy/../admin%2fsecret", "/admin//../secret"]),
        ("tomcat", "allow-folder", ["/public/..;/secret/x.txt", "/public/.;/../secret/x.txt"]),
        ("tomcat", "deny-folder", ["/;x/admin/index.html"]),
        ("tomcat", "deny-end", ["/song.mp3;x", "/song.mp3;x=1;y", "/song.mp3;.txt", "/song.mp3;%2fx"]),
        ("tomcat-lenient", "allow-folder", ["/public/..\\secret/x.txt", "/public/..%5csecret/x.txt"]),
        ("node-url", "allow-folder", ["/public/..\\secret/x.txt"]),
        ("node-url", "deny-file", ["/x%2fy/..\\admin/secret", "/x%5cy\\../admin/secret"]),
        ("node-path", "allow-folder", ["/public/..%2fsecret/x.txt"]),
        ("python", "allow-folder", ["/public/..%2fsecret/x.txt"]),
    ) for target in targets
])
def test_an_origin_is_as_lenient_as_it_can_be(reached, origin: str, rule: str, target: str) -> None:
    assert target in reached(rule_named(rule), origin)


@every_origin
@pytest.mark.parametrize(("rule", "targets"), [
    ("allow-folder", ["/public/..%2fsecret/x.txt", "/public/%2f../secret/x.txt", "/public/..;/secret/x.txt",
                      "/public/.;/../secret/x.txt", "/public/..;%2fpublic/secret/x.txt",
                      "/public/..\\secret/x.txt"]),
    ("deny-folder", ["/x/..%2fadmin/", "/%2fadmin/", "/;x/admin/", "/x;y/..;z/admin/", "/x\\..\\admin/"]),
    ("deny-file", ["/admin//../secret"]),
    ("deny-end", ["/song.mp3;x", "/song.mp3;x=1;y", "/song.mp3;.txt", "/song.mp3;%2fx"]),
])
def test_the_plugin_itself_denies(proxy: Proxy, origin: str, rule: str, targets: list[str]) -> None:
    answers = proxy.get(rule_named(rule), origin, targets)
    assert [target for target, answer in zip(targets, answers) if not is_denial(answer)] == []
