"""Threads count every decision once, those that have counters of their own and those that share them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import corpus
from maps import DE, US
from traffic_server import DATABASES, OUR_PLUGIN
from waiting import HANG_SECONDS

CONFIGURATION = """\
maxmind:
  database: loopback-country.mmdb
  allow: {country: [US]}
"""


@pytest.mark.parametrize("threads, repeat", [(1, 1000), (8, 1000), (100, 200)])
def test_threads_count_every_decision_once(tmp_path: Path, threads: int, repeat: int) -> None:
    (tmp_path / "acl.yaml").write_text(CONFIGURATION, encoding="utf-8")
    (tmp_path / "loopback-country.mmdb").symlink_to(DATABASES / "loopback-country.mmdb")
    requests = "".join(f"{client} http://a.example/\n" for client in (US, US, US, DE))
    # Of the proxy's own requests, only one without a client address passes.
    requests += f"internal http://a.example/\ninternal={DE} http://a.example/\n"
    done = subprocess.run(
        [corpus.REPLAY_HOST, "--config-dir", tmp_path, "--quiet", "--stats", "--threads",
         str(threads), "--repeat", str(repeat), "--instances", "2", OUR_PLUGIN, "acl.yaml"],
        input=requests, capture_output=True, text=True, timeout=HANG_SECONDS, check=True)
    counted = {name: int(value) for name, value in re.findall(
        r"statistic plugin\.maxmind_acl\.acl\.(\S+): (\d+)", done.stdout + done.stderr)}
    each = threads * repeat * 2
    wanted = {"allow": 3 * each, "allow.country": 3 * each, "deny": 2 * each,
              "deny.default": 2 * each,
              "internal_requests": each, "would_have_denied": 0, "denials_logged": 0}
    assert {name: counted.get(name) for name in wanted} == wanted
    # As if all decisions were timed: none takes less than a nanosecond.
    assert 5 * each < counted["decision_nanoseconds"] < 5 * each * 1_000_000
