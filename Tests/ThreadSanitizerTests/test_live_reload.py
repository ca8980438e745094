"""Reloads while several threads decide, in the plugin itself, watched by the thread sanitizer.

`make -C plugin-shim thread-sanitizer` builds the two programs. The sanitizer ends the host with the
first race that it finds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / "plugin-shim" / "build" / "thread-sanitizer"
DATABASE = REPOSITORY / "Tests" / "Fixtures" / "databases" / "loopback-country.mmdb"

#: Swift makes a global on its first use, under a futex that the sanitizer does not see.
SUPPRESSIONS = "race:_WZ$\n"

CONFIGURATION = """\
maxmind:
  database: loopback-country.mmdb
  html: page.html
  reload: 10ms
  allow:
    country: [US]
    regex: [["*", "x"]]
"""

RELOADS = 100
SECONDS = 600


def replace(path: Path, content: bytes) -> None:
    beside = path.with_suffix(".new")
    beside.write_bytes(content)
    os.replace(beside, path)


def test_no_race_between_reloads_and_decisions(tmp_path: Path) -> None:
    (tmp_path / "suppressions").write_text(SUPPRESSIONS)
    (tmp_path / "page.html").write_text("<p>denied</p>\n")
    (tmp_path / "acl.yaml").write_text(CONFIGURATION)
    shutil.copy(DATABASE, tmp_path / "loopback-country.mmdb")
    requests = tmp_path / "requests"
    requests.write_text("".join(
        f"127.{number % 8}.0.{number % 250} http://a.example/{'xy'[number % 2]}\n"
        for number in range(1000)))
    log = tmp_path / "log"
    with requests.open() as lines, log.open("w") as errors:
        host = subprocess.Popen(
            [BUILD / "replay-host", "--config-dir", tmp_path, "--quiet", "--threads", "4",
             "--repeat", "1000000000", BUILD / "maxmind_acl.so", "acl.yaml"],
            stdin=lines, stdout=subprocess.DEVNULL, stderr=errors, env=dict(
                os.environ,
                TSAN_OPTIONS=f"halt_on_error=1 suppressions={tmp_path}/suppressions"))
        try:
            deadline = time.monotonic() + SECONDS
            number = 0
            while log.read_text().count("acl.yaml: 1 allow.country") < RELOADS:
                assert host.poll() is None, log.read_text()[-10000:]
                assert time.monotonic() < deadline, log.read_text()[-3000:]
                number += 1
                replace(tmp_path / "acl.yaml", CONFIGURATION.encode() + b"# %d\n" % number)
                replace(tmp_path / "loopback-country.mmdb", DATABASE.read_bytes())
                time.sleep(0.03)
            assert host.poll() is None, log.read_text()[-10000:]
        finally:
            host.kill()
            host.wait()
