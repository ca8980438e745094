"""The pages name what exists, and leave nothing out."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from documents import (
    CHANGELOG, CONFIGURATION_PAGE, PAGES, REPOSITORY, RULE_TESTS_PAGE, SEMANTICS_PAGE, blocks, prose)
from workplace import (
    MISTAKES, TEST_MISTAKES, check, explain_by_remap, prepare, run_tests, tool)


def source(name: str) -> str:
    """The Swift sources whose file names match, wherever they are."""
    files = sorted((REPOSITORY / "Sources").rglob(name))
    assert files, name
    return "".join(file.read_text(encoding="utf-8") for file in files)


def anchors(page: Path) -> set[str]:
    """Where a link into a page can lead: its headings, as GitHub names them, and its `<a id>`s."""
    found: set[str] = set()
    for line in prose(page).splitlines():
        found.update(re.findall(r'<a id="([^"]+)">', line))
        if heading := re.match(r"^#+ (.+)$", line):
            kept = re.sub(r"[^\w\- ]", "", heading[1].lower().replace("`", ""))
            found.add(kept.replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+://", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_make_targets_exist(page: Path) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    code = re.findall(r"`([^`\n]+)`", prose(page))
    code += [line for block in blocks(page) if block.language == "sh"
             for line in block.text.splitlines()]
    for line in code:
        if command := re.match(r"(?:sudo )?make ([a-z-]+)", line.strip()):
            assert command[1] in targets, line


def keys() -> set[str]:
    """Every key that the library reads."""
    lists = re.findall(
        r'(?:known(?: =|:)|Keys =) \[(.*?)\]', source("ConfigurationReader*.swift"), re.DOTALL)
    found = {key for each in lists for key in re.findall(r'"(\w+)"', each)}
    found |= set(re.findall(r'\(\.\w+, "(\w+)", \["is_\w+"', source("AnonymityFlags.swift")))
    for enumeration in re.findall(
            r'enum \w+Key: String, CaseIterable \{(.*?)\n  \}', source("ConfigurationReader*.swift"),
            re.DOTALL):
        for cases in re.findall(r"case ([^.].*)", enumeration):
            found |= {raw or name for name, raw in re.findall(r'(\w+)(?: = "(\w+)")?', cases)}
    assert {"maxmind", "database", "deny", "regex", "header", "on_error", "tor", "ip_file", "rules", "not", "weekdays"} <= found
    return found


def test_every_key_is_documented() -> None:
    headings_and_cells = set(re.findall(r"`([a-z_.]+)`", prose(CONFIGURATION_PAGE)))
    documented = {part for name in headings_and_cells for part in name.split(".")}
    assert keys() <= documented


def identifiers() -> set[str]:
    """The stable names of all diagnostics."""
    return set(re.findall(r'case \w+ = "([a-z-]+)"', source("DiagnosticID.swift")))


def documented_diagnostics(page: Path) -> dict[str, tuple[str, str]]:
    """The rows of a page's table of diagnostics: id → severity and message."""
    rows = re.findall(
        r'^\| <a id="([a-z-]+)"></a>`([a-z-]+)` \| (error|warning) \| `([^`]+)` \| .+ \|$',
        prose(page), re.MULTILINE)
    assert all(anchor == name for anchor, name, *_ in rows)
    return {name: (severity, message) for _, name, severity, message in rows}


#: The pages with the diagnostics of each command, and files in which it finds them.
TABLES = [(CONFIGURATION_PAGE, MISTAKES), (RULE_TESTS_PAGE, TEST_MISTAKES)]


def test_every_diagnostic_is_documented_once() -> None:
    documented = [name for page, _ in TABLES for name in documented_diagnostics(page)]
    assert sorted(documented) == sorted(identifiers())


#: Only with a running policy, or at some time: the tests of the library compare the message.
FOR_A_MOMENT = {"database-age", "database-lost-country", "database-older", "list-refused"}
#: Only in a process with limited memory: the tests of the tool compare the message.
FOR_LIMITS = {"no-memory"}


@pytest.mark.parametrize("page, mistakes", TABLES, ids=lambda path: path.stem)
def test_every_diagnostic_has_a_mistaken_file(page: Path, mistakes: Path) -> None:
    documented = set(documented_diagnostics(page)) - FOR_A_MOMENT - FOR_LIMITS
    assert {file.stem for file in mistakes.iterdir()} == documented


#: Only when a decision is made.
FOR_DECISIONS = {"remap-condition"}
#: Only for this version of Traffic Server.
VERSIONS = {"verified-unavailable": "9.2"}


@pytest.mark.parametrize(
    "page, mistake",
    [pytest.param(page, mistake, id=mistake.stem)
     for page, mistakes in TABLES for mistake in sorted(mistakes.iterdir())])
def test_a_diagnostic_reads_as_documented(page: Path, mistake: Path, tmp_path: Path) -> None:
    runs, status = (check, 1) if page == CONFIGURATION_PAGE else (run_tests, 2)
    directory = prepare(tmp_path / "etc")
    version = VERSIONS.get(mistake.stem)
    done = runs(mistake.name, directory, *(["--traffic-server", version] if version else []))
    if mistake.stem in FOR_DECISIONS:
        assert done.returncode == 0, done.stderr
        done = explain_by_remap(mistake.name, directory)
    found = {name: (severity, message) for severity, message, name in re.findall(
        r"^\S+: (error|warning): (.+) \[([a-z-]+)\]$", done.stderr, re.MULTILINE)}
    assert found.get(mistake.stem) == documented_diagnostics(page).get(mistake.stem), done.stderr
    assert done.returncode == (status if found[mistake.stem][0] == "error" else 0)


def test_differences_have_the_anchors_that_the_corpus_names() -> None:
    corpus = (REPOSITORY / "Tests" / "Fixtures" / "corpus" / "README.md").read_text(
        encoding="utf-8")
    _, _, reasons = corpus.partition("Why the stock plugin differs")
    names = set(re.findall(r"^\| `([a-z-]+)` \|", reasons, re.MULTILINE))
    assert names
    assert names <= anchors(SEMANTICS_PAGE)


def test_differences_are_numbered_in_order() -> None:
    numbers = [int(number) for number in re.findall(
        r'^\| <a id="[a-z-]+"></a>(\d+) \|', prose(SEMANTICS_PAGE), re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1)) != []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_prose_does_not_shout(page: Path) -> None:
    assert not re.search(r"\w!(\s|$)", prose(page), re.MULTILINE)


def version() -> str:
    """The version of the tool, which the manual pages and the Debian package take from it."""
    printed = subprocess.run([tool(), "--version"], check=True, capture_output=True, text=True).stdout
    return printed.split()[-1]


def test_the_changelog_begins_with_the_version_of_the_tool() -> None:
    versions = re.findall(r"^## \[([^]]+)\] - (\d{4}-\d\d-\d\d|unreleased)$",
                          CHANGELOG.read_text(encoding="utf-8"), re.MULTILINE)
    assert versions[0][0] == version()
    assert all(date != "unreleased" for _, date in versions[1:])


def test_the_version_is_written_once() -> None:
    """In the tool, besides the changelog; everything else asks the tool."""
    pattern = rf"(maxmind.acl|version)[^0-9A-Za-z]{{1,4}}{re.escape(version())}($|[^0-9.])"
    found = subprocess.run(
        ["git", "grep", "-lEi", pattern, "--", ":!Tests", ":!CHANGELOG.md"],
        cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    assert len(found.splitlines()) == 1, found
