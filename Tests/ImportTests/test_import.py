"""What `maxmind-acl import` writes decides as nginx itself."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from pathlib import Path

import pytest

from corpus import TOOL
from nginx import CLOSED, CROSSPLANE, Nginx, Request, running, write
from waiting import HANG_SECONDS

#: Clients in and without countries, at the edges of the lists.
CLIENTS = ["127.0.0.1", "127.1.0.1", "127.1.0.200", "127.1.9.9", "127.2.0.1", "127.2.0.9", "127.2.0.10", "127.2.1.1",
           "127.3.38.1", "127.3.39.1", "127.4.0.7", "127.4.1.1", "127.5.0.1", "127.6.1.1", "127.6.7.1",
           "127.6.7.9", "127.7.0.1", "127.8.0.1", "127.9.0.1", "127.99.0.1"]

PATHS = ["/", "/a.html", "/admin/", "/admin/x.bak", "/admin/public/y", "/admin/public/y.old", "/static/z.bak",
         "/static/.git/HEAD", "/x.OLD", "/x.older", "/a/.git/config", "/.gitignore", "/status", "/statusx",
         "/upload/file", "/secret/s", "/public/secret/s"]

#: The requests that each configuration is asked.
REQUESTS = {
    "country": [Request(client, "www.example.com", path)
                for client, path in itertools.product(CLIENTS, ["/", "/a.html"])],
    "networks": [Request(client, "any.example.com", path)
                 for client, path in itertools.product(CLIENTS, ["/", "/a.html"])],
    "sections": [Request(client, host, path, method) for client, host, path, method in itertools.product(
        CLIENTS, ["shop.example.com", "open.example.com"], PATHS, ["GET", "PUT"])],
    "proxies": [Request(peer, "www.example.com", "/", forwarded=forwarded)
                for peer, forwarded in itertools.product(["127.0.0.1", "127.1.0.1", "127.2.0.1"], [
                    None, "127.1.0.1", "127.2.0.1", "127.99.0.1", "127.2.0.1, 127.1.0.1",
                    "127.2.0.1, 127.0.7.7", "127.1.0.1, 127.2.0.1, 127.0.0.3"])],
}


def run(*arguments: str | Path, crossplane: Path | None = CROSSPLANE) -> subprocess.CompletedProcess[str]:
    path = os.environ["PATH"] if crossplane is None else f"{crossplane.parent}:{os.environ['PATH']}"
    return subprocess.run([TOOL, *arguments], capture_output=True, text=True, timeout=HANG_SECONDS,
                          env={**os.environ, "PATH": path})


def decided(configuration: Path, requests: list[Request]) -> dict[Request, int | None]:
    """The status of the answer to each request; None: it passes."""
    answers = {}
    for request in requests:
        headers = ["--header", f"X-Forwarded-For: {request.forwarded}"] if request.forwarded else []
        done = run("explain", "--json", "--config", configuration, "--client", request.client, "--method",
                   request.method, *headers, f"http://{request.host}{request.path}")
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        allowed = answer["decision"] == "allow"
        answers[request] = None if allowed else CLOSED if answer["status"] is None else answer["status"]
    return answers


def asked(nginx: Nginx, requests: list[Request]) -> dict[Request, int | None]:
    """The status of nginx's answer to each request; None: it passes."""
    answers = {}
    for request in requests:
        status = nginx.answer(request)
        # A file cannot be changed by PUT: nginx answers 405 after all rules, too.
        passes = status == 200 or (status == 405 and request.method == "PUT"
                                   and request.host != "open.example.com")
        answers[request] = None if passes else status
    return answers


@pytest.mark.parametrize("name", list(REQUESTS))
def test_decides_as_nginx(name: str, tmp_path: Path) -> None:
    requests = REQUESTS[name]
    main, port = write(name, tmp_path, [path + "index.html" if path.endswith("/") else path for path in PATHS])
    done = run("import", main, "--output", tmp_path / "imported")
    assert (done.stderr, done.returncode) == ("", 0)
    files = sorted((tmp_path / "imported").glob("*.yaml"))
    checked = run("check", *files)
    assert checked.returncode == 0, checked.stdout
    with running(main, port) as nginx:
        answers = asked(nginx, requests)
    ours: dict[Request, int | None] = {}
    for file in files:
        ours |= decided(file, [request for request in requests
                               if len(files) == 1 or request.host == file.stem])
    different = {request: (answers[request], ours[request])
                 for request in requests if answers[request] != ours[request]}
    assert different == {}
    assert len(set(answers.values())) > 1
