"""The Spark example counts what one run of maxmind-acl replay on all logs counts."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TOOL = REPOSITORY / ".build" / "release" / "maxmind-acl"
PYTHON = REPOSITORY / ".build-spark" / "bin"
JOB = REPOSITORY / "docs" / "spark" / "replay.py"
DATABASE = REPOSITORY / "Tests" / "Fixtures" / "databases" / "loopback-country.mmdb"

CONFIGURATION = """\
maxmind:
  database: GeoLite2-Country.mmdb
  allow:
    country: [US, DE]
  deny:
    ip: [127.1.7.0/24]
    regex:
      - [US, "\\\\.mp3$"]
      - [US, "caf\\\\xe9/\\\\xff$"]
"""
OPTIONS = ["--config", "maxmind.yaml", "--format", "combined",
           "--base-url", "http://www.example.com"]

#: Lines of a log that are no requests: at most three of a kind, so that all of them are examples.
STRANGE = [
    b"\n", b"# a comment\n", b"not a line of any log\n", b"\xff\xfe\x00 neither text nor a request\n",
    b'127.1.0.1 - - [21/Nov/2026:10:00:00 +0000] "\x16\x03\x01" 400 0 "-" "-"\n',
    b'localhost - - [21/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "-"\n',
]
SECONDS = 600


def request(generator: random.Random) -> bytes:
    client = f"127.{generator.choice((1, 1, 1, 2, 3, 9))}.{generator.randrange(9)}.1"
    time = f"21/Nov/2026:{generator.randrange(24):02}:{generator.randrange(60):02}:00 +0000"
    # Bytes that are no UTF-8, and a carriage return before the line feed, are as common as any in logs.
    path = generator.choice((b"/", b"/a/song.mp3", b"/caf\xe9/\xff", b"/\xc3\xa9\xe2\x80\xa8x"))
    end = generator.choice((b"\n", b"\n", b"\r\n"))
    return (f'{client} - - [{time}] "GET '.encode() + path
            + b' HTTP/1.1" 200 512 "-" "agent \x85\r \xf0\x9f\x98"' + end)


def write_logs(directory: Path) -> list[Path]:
    generator = random.Random(6)
    strange = list(STRANGE)
    files = []
    for number, count in enumerate((3000, 20_000, 1, 5000, 700)):
        lines = [request(generator) for _ in range(count)]
        for _ in range(2 if count > 1 else 0):
            if strange:
                lines.insert(generator.randrange(count), strange.pop())
        # The last line of a log may have no line break.
        content = b"".join(lines).removesuffix(b"\n")
        packed = number % 3 == 0
        files.append(directory / f"access.log.{number}{'.gz' if packed else ''}")
        files[-1].write_bytes(gzip.compress(content) if packed else content)
    assert not strange
    (directory / "access.log.9").touch()
    return [*files, directory / "access.log.9"]


def spark_submit(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ, "PATH": f"{PYTHON}:{os.environ['PATH']}",
        "PYSPARK_PYTHON": str(PYTHON / "python"), "SPARK_LOCAL_IP": "127.0.0.1"}
    return subprocess.run(
        [PYTHON / "spark-submit", "--master", "local[2]", "--conf", "spark.ui.enabled=false",
         # Small, so that a log is cut into several partitions.
         "--conf", "spark.sql.files.maxPartitionBytes=500000",
         "--files", "maxmind-acl,maxmind.yaml,GeoLite2-Country.mmdb", JOB, *arguments],
        cwd=directory, env=environment, capture_output=True, text=True, timeout=SECONDS)


def tool(directory: Path, *arguments: str | Path, **options: Any) -> bytes:
    return subprocess.run([TOOL, *arguments], cwd=directory, check=True, capture_output=True,
                          timeout=SECONDS, **options).stdout


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("spark")
    shutil.copy(TOOL, path)
    shutil.copy(DATABASE, path / "GeoLite2-Country.mmdb")
    (path / "maxmind.yaml").write_text(CONFIGURATION)
    (path / "logs").mkdir()
    return path


@pytest.fixture(scope="module")
def logs(directory: Path) -> list[Path]:
    return write_logs(directory / "logs")


@pytest.fixture(scope="module")
def whole(directory: Path, logs: list[Path]) -> dict[str, Any]:
    return json.loads(tool(directory, "replay", "--json", *OPTIONS, *logs))


@pytest.fixture(scope="module")
def job(directory: Path, logs: list[Path]) -> subprocess.CompletedProcess[str]:
    done = spark_submit(
        directory, "--output", "summary.json", "logs/access.log.*", "--", *OPTIONS)
    assert done.returncode == 0, done.stderr[-4000:]
    return done


@pytest.fixture(scope="module")
def summary(directory: Path, job: subprocess.CompletedProcess[str]) -> bytes:
    return (directory / "summary.json").read_bytes()


def examples(coverage: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((each["kind"], each["text"]) for each in coverage["malformed_examples"])


def test_the_logs_hold_what_is_hard(whole: dict[str, Any]) -> None:
    assert whole["coverage"]["requests"] == 28_701
    assert sum(whole["coverage"]["malformed"].values()) == 5
    assert min(whole["decisions"].values()) > 1000
    assert {"deny.ip", "deny.regex", "allow.country", "default"} <= whole["reasons"].keys()
    assert min(rule["hits"] for rule in whole["configurations"][0]["rules"]) > 100


def test_the_logs_are_cut_into_partitions(job: subprocess.CompletedProcess[str]) -> None:
    parts = re.findall(r"Finished task \S+ in stage 0\.0 .*\(\d+/(\d+)\)", job.stderr)
    assert len(parts) == int(parts[0]) > 6


def test_the_sum_of_the_parts_is_the_whole(
        directory: Path, whole: dict[str, Any], summary: bytes) -> None:
    parts = json.loads(summary)
    assert examples(parts["coverage"]) == examples(whole["coverage"])
    # A part has neither the names and formats of the files nor the numbers of their lines.
    for key in ("files", "formats", "malformed_examples"):
        whole["coverage"][key] = parts["coverage"][key]
    written = tool(directory, "merge", "--json", "-", input=json.dumps(whole).encode())
    assert summary == written


def test_the_logs_are_named(logs: list[Path], summary: bytes) -> None:
    # Spark passes over an empty file.
    named = [f"file://{file}" for file in logs if file.stat().st_size]
    assert json.loads(summary)["coverage"]["files"] in (named, [f"file://{file}" for file in logs])


def test_the_summary_becomes_a_report(directory: Path, summary: bytes) -> None:
    text = tool(directory, "merge", "summary.json", "--report", "report.html").decode()
    assert "28,701" in text
    assert (directory / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_a_tool_that_fails_fails_the_job(directory: Path, logs: list[Path]) -> None:
    done = spark_submit(
        directory, "--output", "none.json", "logs/access.log.2", "--", "--config", "none.yaml")
    assert done.returncode != 0
    assert "none.yaml" in done.stderr
    assert re.search(r"maxmind-acl replay .*: exit status 1", done.stderr)
    assert not (directory / "none.json").exists()
