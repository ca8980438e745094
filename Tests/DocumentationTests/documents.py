"""The pages of the documentation and the fenced blocks in them.

HTML comments directly above a block say how to test it:

    <!-- file: maxmind.yaml -->       the block is this file for the blocks that follow on the page
    <!-- check: warns host-bits -->   checking it gives these diagnostics, all of them warnings
    <!-- check: fails regex-syntax -->    the same, and at least one of them is an error
    <!-- under: maxmind -->           the block stands under `maxmind:`, beside a `database:`
    <!-- test: passes -->             the block is a file of rule tests, and all of them pass
    <!-- test: fails -->              the same, and one of them fails
    <!-- test: wrong bad-url -->      the same, and it gives these diagnostics
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CHANGELOG = REPOSITORY / "CHANGELOG.md"
PAGES = [REPOSITORY / "README.md", CHANGELOG, REPOSITORY / "CONTRIBUTING.md", REPOSITORY / "SECURITY.md",
         *sorted((REPOSITORY / "docs").glob("*.md"))]
CONFIGURATION_PAGE = REPOSITORY / "docs" / "configuration.md"
SEMANTICS_PAGE = REPOSITORY / "docs" / "semantics.md"
RULE_TESTS_PAGE = REPOSITORY / "docs" / "rule-tests.md"

_FENCE = re.compile(r"^( *)(`{3,})(\S*)\s*$")
_MARKER = re.compile(r"^ *<!-- (\w+): (.*?) -->$")


@dataclasses.dataclass(frozen=True)
class Block:
    """A fenced block."""

    page: Path
    line: int  # of the first line inside, from 1
    language: str
    text: str  # with its final line break, without the indentation of the fence
    indentation: str
    markers: dict[str, str] = dataclasses.field(hash=False)

    @property
    def name(self) -> str:
        """The name of a test."""
        return f"{self.page.stem}:{self.line}"

    @property
    def file(self) -> str | None:
        """The block as a file."""
        return self.markers.get("file")

    @property
    def configuration(self) -> str:
        """The block as a whole configuration."""
        if self.markers.get("under") != "maxmind":
            return self.text
        indented = "".join(f"  {line}" if line.strip() else line
                           for line in self.text.splitlines(keepends=True))
        has_database = re.search(r"^database:", self.text, re.MULTILINE)
        database = "" if has_database else "  database: GeoLite2-Country.mmdb\n"
        return f"maxmind:\n{database}{indented}"

    @property
    def expected_diagnostics(self) -> tuple[int, list[str]]:
        """The exit status of `check`, and the ids that it reports."""
        words = self.markers.get("check", "").split()
        if not words:
            return 0, []
        assert words[0] in ("fails", "warns") and len(words) > 1, f"{self.name}: {words}"
        return (1 if words[0] == "fails" else 0), sorted(words[1:])


    @property
    def expected_of_tests(self) -> tuple[int, list[str]] | None:
        """The exit status of `test`, and the ids that it reports. None: the block is not a file of rule tests."""
        words = self.markers.get("test", "").split()
        if not words:
            return None
        assert words[0] in ("passes", "fails", "wrong"), f"{self.name}: {words}"
        return ["passes", "fails", "wrong"].index(words[0]), sorted(words[1:])


def blocks(page: Path) -> list[Block]:
    """All fenced blocks of a page in order."""
    found: list[Block] = []
    markers: dict[str, str] = {}
    fence = ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        opening = _FENCE.match(line)
        if fence:
            if line == indentation + fence:
                fence = ""
                text = "".join(f"{each}\n" for each in lines)
                found.append(Block(page, start, language, text, indentation, markers))
                markers = {}
            else:
                lines.append(line.removeprefix(indentation))
        elif opening:
            indentation, fence, language = opening.groups()
            start, lines = number + 1, []
        elif marker := _MARKER.match(line):
            markers[marker[1]] = marker[2]
        elif line.strip():
            markers = {}
    assert not fence, f"{page.name}: a block does not end"
    return found


def blocks_in(language: str) -> list[Block]:
    """All blocks of a language in all pages."""
    return [block for page in PAGES for block in blocks(page) if block.language == language]


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    text: list[str] = []
    fence = ""
    for line in page.read_text(encoding="utf-8").splitlines():
        opening = _FENCE.match(line)
        if fence:
            fence = "" if line.strip() == fence else fence
        elif opening:
            fence = opening[2]
        else:
            text.append(line)
    return "\n".join(text)


def commands(block: Block) -> list[tuple[str, str]]:
    """The commands of a console block, each with the output that is shown."""
    shown: list[tuple[str, str]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            shown.append((line[2:], ""))
        elif shown and shown[-1][0].endswith("\\") and not shown[-1][1]:
            shown[-1] = (f"{shown[-1][0]}\n{line}", "")
        else:
            assert shown, f"{block.name}: output without a command"
            shown[-1] = (shown[-1][0], f"{shown[-1][1]}{line}\n")
    return shown


def without_times(text: str) -> str:
    """The output of a command, with all durations replaced by zero."""
    return re.sub(r"\b[0-9]+\.[0-9]{2} ms", "0.00 ms", text)
