"""The answers of a real Traffic Server, replayed from its log."""

from __future__ import annotations

import csv
import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus import AS_SERVER, TOOL
from traffic_server import DATABASES, REPOSITORY, TrafficServer
from waiting import HANG_SECONDS, eventually

PAGE = REPOSITORY / "docs" / "offline-testing.md"

REMAP = """\
map http://shop.example/ {origin} @plugin={plugin} @pparam=shop.yaml
map http://static.example/ {origin}
regex_map http://[a-z]+[.]open[.]example/ {origin} @plugin={plugin} @pparam=open.yaml
"""

SHOP = """\
maxmind:
  database: loopback-country.mmdb
  allow: {country: [US], ip: [127.2.7.0/24]}
  deny: {regex: [["*", "^shop\\\\.example/admin"], [US, "[.]txt(;|$)"]]}
"""

OPEN = """\
maxmind:
  database: loopback-country.mmdb
  deny: {country: [DE]}
"""

CLIENTS = ["127.1.0.1", "127.2.0.1", "127.2.7.9", "127.3.0.1", "127.0.0.1"]
HOSTS = ["shop.example", "static.example", "a.open.example", "b.open.example", "none.example"]
PATHS = ["/", "/x.html", "/admin/login", "/%61dmin/", "/a/../admin", "/notes.txt", "/notes.txt;v=1?q",
         "/n%C3%B6tes%22.txt", "//x.txt", "/a;b/x.txt"]


def logging_yaml() -> str:
    """The logging.yaml that the page shows."""
    blocks = re.findall(r"```text\n(logging:\n.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 1
    return blocks[0]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, list[int]]]:
    """The configuration directory, the log, and the status of each of its requests."""
    files = {"loopback-country.mmdb": DATABASES / "loopback-country.mmdb", "shop.yaml": SHOP,
             "open.yaml": OPEN, "logging.yaml": logging_yaml()}
    # One thread, so that the lines come in the order of the requests.
    records = {"proxy.config.log.logging_enabled": "INT 3",
               "proxy.config.exec_thread.limit": "INT 1",
               "proxy.config.log.max_secs_per_buffer": "INT 1"}
    with TrafficServer(REMAP, files=files, records=records) as server:
        log = server.root / "log" / "pristine.log"
        asked = [(client, host, path) for client in CLIENTS for host in HOSTS for path in PATHS]
        statuses = [server.get(client=client, host=host, path=path).status
                    for client, host, path in asked]

        def lines() -> list[bytes]:
            content = log.read_bytes() if log.exists() else b""
            return [line for line in content.splitlines() if b"harness.example" not in line]

        eventually(lambda: len(lines()), len(asked))
        kept = tmp_path_factory.mktemp("log") / "pristine.log"
        kept.write_bytes(b"".join(line + b"\n" for line in lines()))
        yield server.etc, kept, statuses


def replay(etc: Path, log: Path, *arguments: str | Path) -> list[dict[str, str]]:
    done = subprocess.run(
        [TOOL, "replay", *AS_SERVER, "--csv", "--remap", etc / "remap.config", *arguments, log],
        capture_output=True, timeout=HANG_SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return list(csv.DictReader(io.StringIO(done.stdout.decode(), newline="")))


def test_each_line_is_decided_as_the_proxy_decided(
        answers: tuple[Path, Path, list[int]]) -> None:
    etc, log, statuses = answers
    rows = replay(etc, log)
    assert len(rows) == len(statuses)
    verdicts = {200: "allow", 403: "deny", 404: "unmapped"}
    wrong = [(row, status) for row, status in zip(rows, statuses)
             if row["decision"] != verdicts[status]]
    assert wrong == []
    assert {row["decision"] for row in rows} == {"allow", "deny", "unmapped"}


def test_two_sets_of_rules_are_compared_on_the_log(answers: tuple[Path, Path, list[int]]) -> None:
    etc, log, statuses = answers
    before = etc / "before.config"
    before.write_text("".join(line.split(" @plugin")[0] + "\n" for line in
                              (etc / "remap.config").read_text().splitlines()
                              if "harness" not in line), encoding="utf-8")
    condition = f"newly-denied >= {statuses.count(403)}"
    for threshold, status in ((condition, 1), (condition.replace(">=", ">"), 0)):
        done = subprocess.run(
            [TOOL, "diff", *AS_SERVER, before, etc / "remap.config", "--traffic", log, "--fail-if", threshold],
            capture_output=True, text=True, timeout=HANG_SECONDS, check=False)
        assert done.returncode == status, done.stdout + done.stderr
    assert done.stdout.startswith(f"newly denied {statuses.count(403)} of {len(statuses)} requests")
