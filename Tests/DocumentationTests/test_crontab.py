"""The lines for cron in the documentation work when cron runs them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from documents import PAGES, blocks_in
from workplace import DATABASES, FIXTURES, run

#: Five fields of time, the user, and the command.
LINE = re.compile(r"^(?:[\d*/,-]+ ){5}[a-z_-]+ (.+)$", re.MULTILINE)

CONFIGURATION = """\
maxmind:
  database: GeoLite2-Country.mmdb
  deny: {ip_file: [blocked_cidr.conf]}
"""


def lines(installs_list: bool) -> list[object]:
    return [pytest.param(match[1], id=block.name)
            for block in blocks_in("text") for match in LINE.finditer(block.text)
            if ("install-list" in match[1]) == installs_list]


def run_by_cron(line: str) -> str:
    """The command that cron runs: it ends at a `%`, and `\\%` stands for one."""
    return re.split(r"(?<!\\)%", line, maxsplit=1)[0].replace(r"\%", "%")


def prepare(directory: Path, entries: int) -> None:
    """A list of ten entries in use, and one that is on the server."""
    for name in ("etc", "fetched", "metrics"):
        (directory / name).mkdir()
    etc = directory / "etc"
    shutil.copy(FIXTURES / DATABASES["GeoLite2-Country.mmdb"], etc / "GeoLite2-Country.mmdb")
    (etc / "maxmind.yaml").write_text(CONFIGURATION, encoding="utf-8")
    (etc / "remap.config").write_text(
        "map http://a.example/ http://b.example/ @plugin=maxmind_acl.so @pparam=maxmind.yaml\n",
        encoding="utf-8")
    for name, count in ((etc / "blocked_cidr.conf", 10), (directory / "served.conf", entries)):
        name.write_text("".join(f"127.3.0.{number}\n" for number in range(count)), encoding="utf-8")


@pytest.mark.parametrize("entries, installed", [(11, 11), (15, 10)])
@pytest.mark.parametrize("line", lines(installs_list=True))
def test_a_line_for_cron_installs_a_list_unless_it_changes_too_much(
        line: str, entries: int, installed: int, tmp_path: Path) -> None:
    prepare(tmp_path, entries)
    command = run_by_cron(line)
    for shown, meant in (("https://lists.example/blocked_cidr.conf", f"file://{tmp_path}/served.conf"),
                         ("/etc/trafficserver", f"{tmp_path}/etc"),
                         ("/var/lib/maxmind-acl", f"{tmp_path}/fetched"),
                         ("/var/lib/prometheus/node-exporter", f"{tmp_path}/metrics")):
        assert shown in command
        command = command.replace(shown, meant)
    status, printed = run(command, tmp_path)
    assert (status, "refused: 50.0 % of the entries would change" in printed) == (
        (0, False) if installed == entries else (3, True)), printed
    in_use = (tmp_path / "etc" / "blocked_cidr.conf").read_text(encoding="utf-8")
    assert len(in_use.splitlines()) == installed
    assert (tmp_path / "metrics" / "blocked_cidr.prom").exists()


def test_there_is_a_line_for_cron() -> None:
    assert lines(installs_list=True)


@pytest.mark.parametrize("line", lines(installs_list=False))
def test_another_line_runs_a_script_that_the_documentation_has(line: str) -> None:
    """Other tests run the script."""
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert f"Save this as `{line}`, executable" in pages
