"""The tool reads the access log of docs/operations.md as the page says."""

from __future__ import annotations

import re
from pathlib import Path

from documents import REPOSITORY, Block, blocks
from workplace import prepare, run

PAGE = REPOSITORY / "docs" / "operations.md"


def block(test: str) -> Block:
    return next(each for each in blocks(PAGE) if each.markers.get("test") == test)


def test_replay_reads_the_clients_that_the_log_has_in_brackets(tmp_path: Path) -> None:
    directory = prepare(tmp_path / "etc")
    (directory / "maxmind.yaml").write_text(
        "maxmind:\n  database: GeoLite2-Country.mmdb\n  deny: {country: [DE]}\n", encoding="utf-8")
    words = next(each.text for each in blocks(PAGE)
                 if "client=127.2.3.4" in each.text and each.text.startswith("deny ")).splitlines()
    assert len(words) == 4
    (directory / "decisions.log").write_text("".join(
        f'1795500000.123 {client} 403 "GET http://www.example.com/{number}" [{text}]\n'
        for number, (client, text) in enumerate(zip(
            ["127.2.3.4", "127.1.0.1", "10.0.0.1", "10.0.0.1"], words))), encoding="utf-8")
    command = block("replay").text.replace("replay ", "replay --csv ")
    status, printed = run(f"({command.strip()}) 2>/dev/null", directory)
    assert status == 0
    assert [line.split(",")[0:5] for line in printed.splitlines()[1:]] == [
        ["127.2.3.4", "http://www.example.com/0", "DE", "deny", "deny.country"],
        ["127.1.0.1", "http://www.example.com/1", "US", "allow", "default"],
        ["127.2.3.4", "http://www.example.com/2", "DE", "deny", "deny.country"],
        ["-", "http://www.example.com/3", "-", "deny", "error"]]


def test_replay_is_given_the_format_of_the_log() -> None:
    formats = [re.search(r"format:? '([^']+)'", block(test).text) for test in ("logging", "replay")]
    assert formats[0] is not None and formats[1] is not None
    assert formats[0][1] == formats[1][1]
