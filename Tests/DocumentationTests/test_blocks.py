"""The fenced blocks of the documentation give the output that they show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from documents import PAGES, Block, blocks, blocks_in, commands, without_times
from workplace import (
    build, c_program, check, is_swift_program, prepare_for, run, run_tests, swift_program)

LANGUAGES = {"yaml", "console", "swift", "c", "sh", "text", "mermaid"}

#: How a line of a console block may begin: nothing that changes the machine.
HARMLESS = ("maxmind-acl ", "./decide ", "./follow ", ".build/debug/example")


def named(language: str) -> list[object]:
    return [pytest.param(block, id=block.name) for block in blocks_in(language)]


def diagnostics(text: str) -> list[str]:
    """The ids of the diagnostics in the output of `check`."""
    return sorted(re.findall(r"^\S[^\n]*: (?:error|warning): .*\[([a-z-]+)\]$", text, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_has_a_language_that_is_tested(page: Path) -> None:
    for block in blocks(page):
        assert block.language in LANGUAGES, block.name


def rule_tests(wanted: bool) -> list[object]:
    """The yaml blocks that are files of rule tests, or those that are configurations."""
    return [pytest.param(block, id=block.name) for block in blocks_in("yaml")
            if (block.expected_of_tests is not None) == wanted]


@pytest.mark.parametrize("block", rule_tests(wanted=True))
def test_rule_tests_end_as_they_say(block: Block, tmp_path: Path) -> None:
    directory = prepare_for(block, tmp_path / "etc")
    (directory / "block.yaml").write_text(block.text, encoding="utf-8")
    done = run_tests("block.yaml", directory)
    assert (done.returncode, diagnostics(done.stderr)) == block.expected_of_tests, \
        done.stdout + done.stderr


@pytest.mark.parametrize("block", rule_tests(wanted=False))
def test_a_configuration_gives_the_diagnostics_that_it_says(block: Block, tmp_path: Path) -> None:
    directory = prepare_for(block, tmp_path / "etc")
    (directory / "block.yaml").write_text(block.configuration, encoding="utf-8")
    done = check("block.yaml", directory)
    status, ids = block.expected_diagnostics
    assert (done.returncode, diagnostics(done.stderr)) == (status, ids), done.stderr


@pytest.mark.parametrize("block", named("console"))
def test_a_command_prints_the_output_that_the_page_shows(block: Block, tmp_path: Path) -> None:
    directory = prepare_for(block, tmp_path / "etc")
    shown = commands(block)
    assert shown, "no command"
    for command, output in shown:
        assert command.startswith(HARMLESS), command
        _, printed = run(command, directory)
        assert without_times(printed) == output, f"$ {command}"


@pytest.mark.parametrize("block", [
    pytest.param(block, id=block.name) for block in blocks_in("swift") if is_swift_program(block)])
def test_the_swift_example_compiles(block: Block) -> None:
    assert swift_program(block).exists()


@pytest.mark.parametrize("block", named("c"))
def test_the_c_example_compiles_without_a_warning_and_links(block: Block, tmp_path: Path) -> None:
    program = c_program(block)
    assert program.exists()
    build(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", "Sources/CMaxMindACL/include",
           "-I", "Sources/CRCU/include", "-c", block.file or "", "-o", tmp_path / "decide.o"], program.parent)
