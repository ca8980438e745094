"""The recipes of docs/operations.md for the log of denials fit its lines."""

from __future__ import annotations

import configparser
import re

from documents import REPOSITORY, blocks

PAGE = REPOSITORY / "docs" / "operations.md"


def text(test: str) -> str:
    return next(each.text for each in blocks(PAGE) if each.markers.get("test") == test)


def test_the_filter_for_fail2ban_finds_enforced_denials() -> None:
    config = configparser.ConfigParser()  # %% is a %, as in fail2ban
    config.read_string(text("fail2ban"))
    definition = config["Definition"]
    # fail2ban's own expressions for its placeholders.
    date = definition["datepattern"]
    for mark, expression in [("%Y", r"\d{4}"), ("%z", r"(?:Z|[+-]\d\d:?\d\d)")]:
        date = date.replace(mark, expression)
    date = re.sub(r"%[mdHMS]", r"\\d\\d", date)
    failure = definition["failregex"].replace("<ADDR>", r"(?P<host>[\d.]+|[\da-fA-F:]+)")

    def banned(line: str) -> str | None:
        rest, count = re.subn(date, "", line, count=1)
        assert count == 1, line
        found = re.search(failure, rest)
        return found["host"] if found and not re.search(definition["ignoreregex"], rest) else None

    denial, suppressed = text("denials").splitlines()
    assert banned(denial) == "127.3.0.9"
    assert banned(suppressed) is None
    assert banned(denial.replace("127.3.0.9", "2001:db8::1")) == "2001:db8::1"
    assert banned(denial.replace(" GET", " not-enforced GET")) is None
    assert banned(denial.replace("127.3.0.9", "-")) is None
