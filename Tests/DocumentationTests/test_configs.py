"""Every example configuration loads, and the example remap.config shows each of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workplace import CONFIGS, check, prepare, run_tests

RULE_TESTS = CONFIGS / "tests.yaml"
EXAMPLES = sorted(set(CONFIGS.glob("*.yaml")) - {RULE_TESTS})

#: The stock plugin's manual lists an address twice and a block with host bits.
WARNINGS = {"manual-example.yaml": ["host-bits", "unreachable-rule"]}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(tmp_path_factory.mktemp("configs") / "etc")


def reported(text: str) -> list[str]:
    return sorted(re.findall(r"^\S+: (?:error|warning): .* \[([a-z-]+)\]$", text, re.MULTILINE))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_an_example_has_no_errors(example: Path, directory: Path) -> None:
    done = check(example.name, directory)
    assert done.returncode == 0, done.stderr
    assert reported(done.stderr) == WARNINGS.get(example.name, [])


def test_the_remap_config_has_no_errors(directory: Path) -> None:
    done = check("remap.config", directory)
    assert done.returncode == 0, done.stderr
    assert "0 errors" in done.stdout


def test_the_remap_config_names_every_example() -> None:
    named = re.findall(r"@pparam=(\S+)", (CONFIGS / "remap.config").read_text(encoding="utf-8"))
    assert {example.name for example in EXAMPLES} == set(named)


def test_the_rule_tests_pass(directory: Path) -> None:
    done = run_tests(RULE_TESTS.name, directory)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
