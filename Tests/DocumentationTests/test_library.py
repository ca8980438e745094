"""The server of docs/library.md denies, follows its file, and lets all requests through in monitor mode."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from documents import REPOSITORY, blocks_in
from workplace import SECONDS, prepare, swift_program

US, DE = "127.1.0.9", "127.2.0.9"

RULES = """\
maxmind:
  database: GeoLite2-Country.mmdb
  html: deny.html
  deny:
    country: [DE]
    regex: [["*", "^a\\\\.example/secret"]]
  response: {headers: {X-Denied: "yes"}}
  reload: 100ms
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    prepare(tmp_path)
    (tmp_path / "deny.html").write_text("denied", encoding="utf-8")
    (tmp_path / "maxmind.yaml").write_text(RULES, encoding="utf-8")
    return tmp_path


@pytest.fixture
def port(directory: Path) -> Iterator[int]:
    """Of the running server."""
    [block] = [block for block in blocks_in("swift")
               if block.page == REPOSITORY / "docs" / "library.md"
               and block.file == "server/Sources/server/main.swift"]
    program = swift_program(block)
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    process = subprocess.Popen([program, str(number)], cwd=directory, stdin=subprocess.DEVNULL)
    try:
        end = time.monotonic() + SECONDS
        while True:
            with contextlib.suppress(ConnectionRefusedError), \
                    socket.create_connection(("127.0.0.1", number)):
                break
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        yield number
    finally:
        process.kill()
        process.wait()


def get(port: int, client: str, path: str = "/") -> tuple[int, str, str | None, str | None]:
    """Status, body, X-Denied and Cache-Control."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS,
                                            source_address=(client, 0))
    connection.request("GET", path, headers={"Host": "a.example"})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body, answer.getheader("X-Denied"), answer.getheader("Cache-Control")


def test_the_server_denies_and_follows_its_file(port: int, directory: Path) -> None:
    welcome = (200, "welcome\n", None, None)
    denied = (403, "denied", "yes", "no-store")
    assert get(port, US) == welcome
    assert get(port, DE) == denied
    assert get(port, US, "/secret/a?b=c") == denied
    assert get(port, US, "/x/..%2fsecret/") == denied
    (directory / "maxmind.yaml").write_text(RULES + "  mode: monitor\n", encoding="utf-8")
    end = time.monotonic() + SECONDS
    while get(port, DE) != welcome:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert get(port, US, "/secret/a") == welcome
