"""What `make install-tool` puts into place works from there: the tool, its manual, the completions."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TOOL = REPOSITORY / ".build" / "release" / "maxmind-acl"
SECONDS = 600


def run(*command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, **options)


def commands() -> list[dict[str, Any]]:
    root = json.loads(run(TOOL, "--experimental-dump-help").stdout)["command"]
    return [root, *(each for each in root["subcommands"] if each["commandName"] != "help")]


def page_name(command: dict[str, Any]) -> str:
    return "-".join([*command.get("superCommands", []), command["commandName"]])


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    destination = tmp_path_factory.mktemp("root")
    done = run("make", "-C", REPOSITORY, "install-tool", f"DESTDIR={destination}")
    assert done.returncode == 0, done.stderr
    return destination


def manual(root: Path) -> Path:
    return root / "usr/local/share/man"


#: The page about configurations, which is made from docs/configuration.md.
CONFIGURATION = "maxmind-acl.yaml"


def pages() -> list[str]:
    return [*map(page_name, commands()), CONFIGURATION]


def page(root: Path, name: str) -> str:
    section = 5 if name == CONFIGURATION else 1
    return gzip.decompress((manual(root) / f"man{section}/{name}.{section}.gz").read_bytes()).decode()


def shown(root: Path, name: str) -> str:
    done = run("groff", "-man", "-Tutf8", "-P-cbou", "-rLL=78n", input=page(root, name))
    return done.stdout


def test_the_tool_runs_from_where_it_is_installed(root: Path) -> None:
    done = run(root / "usr/local/bin/maxmind-acl", "--help")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("part", ["TOOL", "MANUAL", "COMPLETIONS"])
def test_what_is_missing_is_built_before_it_is_installed(tmp_path: Path, part: str) -> None:
    done = run("make", "-n", "-C", REPOSITORY, "install-tool", f"{part}={tmp_path / 'none'}")
    assert "swift build" in done.stdout


def test_what_is_built_is_installed_as_it_is(root: Path) -> None:
    assert root.exists()
    done = run("make", "-n", "-C", REPOSITORY, "install-tool")
    assert "swift build" not in done.stdout


@pytest.mark.parametrize(("target", "needs"), [("tool", False), ("plugin", True), ("dependencies", True)])
def test_only_the_plugin_needs_traffic_server(target: str, needs: bool) -> None:
    lines = run("make", "-n", "-C", REPOSITORY, target).stdout.splitlines()
    installing = [line for line in lines if "install-dependencies" in line]
    assert installing
    assert any("trafficserver-dev" in line for line in installing) == needs


def test_nothing_else_is_installed(root: Path) -> None:
    pages = {f"usr/local/share/man/man1/{page_name(command)}.1.gz" for command in commands()}
    files = {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}
    assert files == pages | {
        "usr/local/bin/maxmind-acl",
        f"usr/local/share/man/man5/{CONFIGURATION}.5.gz",
        "usr/share/bash-completion/completions/maxmind-acl",
        "usr/share/zsh/vendor-completions/_maxmind-acl",
        "usr/share/fish/vendor_completions.d/maxmind-acl.fish",
    }


@pytest.mark.parametrize("command", commands(), ids=page_name)
def test_a_page_has_the_sections_of_a_manual_in_order(root: Path, command: dict[str, Any]) -> None:
    sections = re.findall(r"^\S.*$", shown(root, page_name(command)), re.MULTILINE)[1:-1]
    expected = ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXAMPLES", "EXIT STATUS",
                "ENVIRONMENT", "FILES", "SEE ALSO"]
    left_out = {"EXIT STATUS"} if "subcommands" in command else {"COMMANDS", "ENVIRONMENT", "FILES"}
    assert [each for each in sections if each in expected] == [
        each for each in expected if each not in left_out]


@pytest.mark.parametrize("command", commands(), ids=page_name)
def test_a_page_has_every_argument_and_what_is_said_of_it(
        root: Path, command: dict[str, Any]) -> None:
    text = " ".join(shown(root, page_name(command)).split())
    for argument in command["arguments"]:
        names = [("--" if name["kind"] == "long" else "-") + name["name"]
                 for name in argument.get("names", [])]
        for name in names or [argument["valueName"]]:
            assert re.search(rf"(^|[ ,]){re.escape(name)}([ ,]|$)", text), name
        assert " ".join(argument["abstract"].split()) in text
    for paragraph in command["discussion"].split("\n\n"):
        if not re.match(r"[A-Z ]+\n", paragraph):
            assert " ".join(paragraph.split()) in text


@pytest.mark.parametrize("command", commands(), ids=page_name)
def test_examples_stay_as_they_are(root: Path, command: dict[str, Any]) -> None:
    examples = re.search(r"^EXAMPLES\n((?:  .*\n?)+)", command["discussion"], re.MULTILINE)
    assert examples
    text = shown(root, page_name(command))
    for line in examples[1].splitlines():
        assert re.search(rf"^ +{re.escape(line.strip())}$", text, re.MULTILINE), line


def test_the_overview_names_every_command(root: Path) -> None:
    for command in commands()[1:]:
        assert f"{page_name(command)}(1)" in shown(root, "maxmind-acl")


@pytest.mark.parametrize("name", pages())
def test_formatters_find_nothing_wrong_with_a_page(root: Path, name: str) -> None:
    text = page(root, name)
    formatted = run("groff", "-man", "-ww", "-Tutf8", input=text)
    assert (formatted.returncode, formatted.stderr) == (0, "")
    # A page that is made at each build has no date of its own.
    linted = [line for line in run("mandoc", "-Tlint", "-Wwarning", input=text).stdout.splitlines()
              if "missing date" not in line]
    assert linted == []


def test_nothing_on_a_page_is_hyphenated(root: Path) -> None:
    for name in pages():
        assert "‐\n" not in shown(root, name)


def test_a_page_names_the_version(root: Path) -> None:
    version = run(TOOL, "--version").stdout.split()[-1]
    for name in pages():
        title = next(line for line in page(root, name).splitlines() if line.startswith(".TH "))
        assert f'"maxmind_acl {version}"' in title


def test_the_page_about_configurations_has_what_the_documentation_has(root: Path) -> None:
    markdown = (REPOSITORY / "docs" / "configuration.md").read_text(encoding="utf-8")
    text = shown(root, CONFIGURATION)
    sections = re.findall(r"^\S.*$", text, re.MULTILINE)[1:-1]
    headings = [heading.replace("`", "") for heading in re.findall(r"^## (.+)$", markdown, re.MULTILINE)]
    assert sections == ["NAME", "DESCRIPTION", *map(str.upper, headings), "SEE ALSO"]
    subsections = re.findall(r"^   (\S.*)$", text, re.MULTILINE)
    assert subsections == [
        heading.replace("`", "") for heading in re.findall(r"^####? (.+)$", markdown, re.MULTILINE)]
    diagnostics = re.findall(r'^\| <a id="([a-z-]+)">', markdown, re.MULTILINE)
    assert len(diagnostics) > 50
    for word in diagnostics:
        assert re.search(rf"^ +{word}\b", text, re.MULTILINE), word


def test_code_of_the_documentation_stays_as_it_is(root: Path) -> None:
    markdown = (REPOSITORY / "docs" / "configuration.md").read_text(encoding="utf-8")
    text = run("groff", "-man", "-Tutf8", "-P-cbou", "-rLL=200n", input=page(root, CONFIGURATION)).stdout
    blocks = re.findall(r"^```\w+\n(.*?)^```$", markdown, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        indented = "".join(f"           {line}".rstrip() + "\n" for line in block.splitlines())
        assert indented in text, block


COMPLETE = """
source "$1"; shift
complete -p maxmind-acl >/dev/null
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
_maxmind-acl maxmind-acl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""

#: The words typed, and the possible completions.
COMPLETED: list[tuple[list[str], list[str]]] = [
    (["re"], ["replay"]),
    (["replay", "--re"], ["--remap", "--report"]),
    (["replay", "--config", ""], ["maxmind.yaml", "more"]),
    (["replay", "--directory", ""], ["more"]),
    (["replay", "--database", "G"], ["GeoLite2-Country.mmdb"]),
    (["replay", "--config", "maxmind.yaml", "acc"], ["access.log", "access.log.1.gz"]),
    (["check", "max"], ["maxmind.yaml"]),
    (["diff", "maxmind.yaml", "m"], ["maxmind.yaml", "more"]),
]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for name in ("maxmind.yaml", "access.log", "access.log.1.gz", "GeoLite2-Country.mmdb"):
        (tmp_path / name).touch()
    (tmp_path / "more").mkdir()
    return tmp_path


@pytest.mark.parametrize(("typed", "expected"), COMPLETED, ids=lambda each: " ".join(each))
def test_bash_completes(
        root: Path, directory: Path, typed: list[str], expected: list[str]) -> None:
    script = root / "usr/share/bash-completion/completions/maxmind-acl"
    done = run("bash", "--norc", "-c", COMPLETE, "bash", script, "maxmind-acl", *typed, cwd=directory)
    assert done.stderr == ""
    assert sorted(done.stdout.split()) == expected


@pytest.mark.parametrize(("typed", "expected"), COMPLETED, ids=lambda each: " ".join(each))
def test_fish_completes(
        root: Path, directory: Path, typed: list[str], expected: list[str]) -> None:
    script = root / "usr/share/fish/vendor_completions.d/maxmind-acl.fish"
    line = " ".join(["maxmind-acl", *typed])
    done = run("fish", "--no-config", "-c", f"source {script}; complete -C '{line}'", cwd=directory,
               env={"PATH": "/usr/bin", "HOME": str(directory)})
    assert done.stderr == ""
    found = {row.split("\t")[0].rstrip("/") for row in done.stdout.splitlines()}
    assert sorted(found) == expected


def test_zsh_reads_its_completions(root: Path) -> None:
    script = root / "usr/share/zsh/vendor-completions/_maxmind-acl"
    assert script.read_text().startswith("#compdef maxmind-acl\n")
    done = run("zsh", "-f", "-n", script)
    assert (done.returncode, done.stderr) == (0, "")
