"""What `maxmind-acl import` writes decides as nginx itself."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import subprocess
from pathlib import Path

import pytest

from corpus import TOOL
from nginx import CLOSED, CROSSPLANE, Nginx, Request, running, write
from random_nginx import configuration
from waiting import HANG_SECONDS

#: Clients in and without countries, at the edges of the lists.
CLIENTS = ["127.0.0.1", "127.1.0.1", "127.1.0.200", "127.1.9.9", "127.2.0.1", "127.2.0.9", "127.2.0.10", "127.2.1.1",
           "127.3.38.1", "127.3.39.1", "127.4.0.7", "127.4.1.1", "127.5.0.1", "127.6.1.1", "127.6.7.1",
           "127.6.7.9", "127.7.0.1", "127.8.0.1", "127.9.0.1", "127.99.0.1"]

PATHS = ["/", "/a.html", "/admin/", "/admin/x.bak", "/admin/public/y", "/admin/public/y.old", "/static/z.bak",
         "/static/.git/HEAD", "/x.OLD", "/x.older", "/a/.git/config", "/.gitignore", "/status", "/statusx",
         "/upload/file", "/secret/s", "/public/secret/s"]

#: The files that nginx serves.
FILES = [path + "index.html" if path.endswith("/") else path for path in PATHS]

CONFIGURATIONS = Path(__file__).resolve().parent / "configurations"

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
    log = configuration.with_suffix(".log")
    log.write_text("".join(
        f"{request.client}|{request.forwarded or '-'}|{request.host}|{request.method}|{request.path}\n"
        for request in requests))
    done = run("replay", "--csv", "--config", configuration, "--format",
               "$remote_addr|$http_x_forwarded_for|$host|$request_method|$request_uri", log)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == len(requests)
    # Each rule has one answer.
    statuses: dict[tuple[str, str], int | None] = {}
    answers = {}
    for request, row in zip(requests, rows):
        rule = row["reason"], row["rule"]
        if rule not in statuses:
            statuses[rule] = status(configuration, request) if row["decision"] == "deny" else None
        answers[request] = statuses[rule]
    return answers


def status(configuration: Path, request: Request) -> int | None:
    headers = ["--header", f"X-Forwarded-For: {request.forwarded}"] if request.forwarded else []
    done = run("explain", "--json", "--config", configuration, "--client", request.client, "--method",
               request.method, *headers, f"http://{request.host}{request.path}")
    answer = json.loads(done.stdout)
    assert answer["decision"] == "deny"
    return CLOSED if answer["status"] is None else answer["status"]


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
    parts = {file.name: file.read_text() for file in sorted(CONFIGURATIONS.glob(f"{name}*.conf"), key=lambda file: len(file.name))}
    main, port = write(parts, tmp_path, FILES)
    done = run("import", main, "--output", tmp_path / "imported")
    assert (done.stderr, done.returncode) == ("", 0)
    answers = compare(tmp_path / "imported", main, port, REQUESTS[name])
    assert len(set(answers.values())) > 1


#: How many random configurations are tried. More, from another seed, by hand.
COUNT = int(os.environ.get("IMPORT_TESTS", "12"))
FIRST_SEED = int(os.environ.get("IMPORT_SEED", "1"))


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + COUNT))
def test_a_random_configuration_decides_as_nginx(seed: int, tmp_path: Path) -> None:
    main, port = write({"random.conf": configuration(seed)}, tmp_path, FILES)
    done = run("import", main, "--output", tmp_path / "imported")
    if "is not imported" in done.stderr:
        # Named, and no file is written.
        assert not list((tmp_path / "imported").iterdir())
        return
    assert done.stderr in ("", f"{main}: no server denies clients\n")
    requests = [Request(client, "www.example.com", path, method) for client, path, method in itertools.product(
        CLIENTS, PATHS, ["GET", "PUT"])]
    compare(tmp_path / "imported", main, port, requests)


def compare(imported: Path, main: Path, port: int, requests: list[Request]) -> dict[Request, int | None]:
    """Asks nginx, and decides by the imported files. Returns the answers, which must not differ."""
    with running(main, port) as nginx:
        answers = asked(nginx, requests)
    files = sorted(imported.glob("*.yaml"))
    ours: dict[Request, int | None] = {} if files else dict.fromkeys(requests)
    for file in files:
        checked = run("check", file)
        assert checked.returncode == 0, checked.stdout
        ours |= decided(file, [request for request in requests
                               if len(files) == 1 or request.host == file.stem])
    different = {request: (answers[request], ours[request])
                 for request in requests if answers[request] != ours[request]}
    assert different == {}
    return answers


def test_names_directives_without_a_counterpart(tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text("""\
http {
  geoip2 Country.mmdb { $country source=$http_x_country country iso_code; }
  server {
    satisfy any;
    auth_basic "inside";
    if ($http_user_agent ~* bot) { return 403; }
    if ($country = DE) { return 403; }
    deny 192.0.2.0/24;
    error_page 403 /denied.html;
    if ($request_method = POST) { return 301 https://$server_name$request_uri; }
    location ~ ^/(a|b)^ { deny all; }
  }
}
""")
    done = run("import", tmp_path / "nginx.conf")
    assert done.returncode == 1
    notes = [line.split("nginx.conf:")[1] for line in done.stderr.splitlines()]
    assert notes == [
        "4: satisfy any: passwords have no counterpart",
        "5: auth_basic inside: passwords have no counterpart",
        "6: if $http_user_agent ~* bot: the condition has no counterpart",
        "7: if $country = DE: the condition has no counterpart",
        "9: error_page 403 /denied.html: write response: for the answer to denied clients",
        "10: return 301 https://$server_name$request_uri: the target has no counterpart; the request passes",
        "11: location ~ ^/(a|b)^: the location cannot be read; its rules are not imported",
    ]
    assert "ip: [192.0.2.0/24]" in done.stdout


@pytest.mark.parametrize(("text", "note"), [
    ("http { satisfy any; server { deny 192.0.2.7; } }", "satisfy any: passwords have no counterpart"),
    ("http { server { deny 192.0.2.7; rewrite ^/a /b last; } }",
     "rewrite ^/a /b last: the rules of the path as sent are imported"),
    ("http { server { deny 192.0.2.7; if ($uri ~ a) { rewrite ^ /b; } } }",
     "rewrite ^ /b: the rules of the path as sent are imported"),
    ("http { set_real_ip_from 10.0.0.0/8; real_ip_header proxy_protocol; server { deny 192.0.2.7; } }",
     "real_ip_header proxy_protocol: set the PROXY protocol for the port of Traffic Server"),
])
def test_names_a_directive_at_every_level(text: str, note: str, tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text(text)
    done = run("import", tmp_path / "nginx.conf")
    assert (done.stderr, done.returncode) == (f"{tmp_path}/nginx.conf:1: {note}\n", 1)


def test_the_header_field_of_proxies_has_a_default(tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text(
        "http { set_real_ip_from 10.0.0.0/8; set_real_ip_from unix:; real_ip_recursive on; server { deny 192.0.2.7; } }")
    done = run("import", tmp_path / "nginx.conf")
    assert done.returncode == 0, done.stderr
    assert "    trusted: [10.0.0.0/8]\n    header: X-Real-IP\n" in done.stdout


def test_imports_the_output_of_crossplane(tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text("http { server { deny 192.0.2.7; } }\n")
    parsed = tmp_path / "nginx.json"
    subprocess.run([CROSSPLANE, "parse", "-o", parsed, tmp_path / "nginx.conf"], check=True)
    done = run("import", parsed, crossplane=None)
    assert done.returncode == 0
    assert done.stdout == run("import", tmp_path / "nginx.conf").stdout


@pytest.mark.parametrize(("text", "error"), [
    ("http { server { deny 192.0.2.7; }", "nginx.conf:1: error: unexpected end of file, expecting \"}\""),
    ("http {\n include missing.conf;\n}", "missing.conf"),
    ("{}", "nginx.conf: error: not the output of crossplane parse: \"config\" is missing"),
])
def test_places_an_error_of_the_file(text: str, error: str, tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text(text)
    done = run("import", tmp_path / "nginx.conf")
    assert (done.stdout, done.returncode) == ("", 2)
    assert error in done.stderr


def test_says_that_crossplane_is_needed(tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text("http { server { deny 192.0.2.7; } }\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "env").symlink_to("/usr/bin/env")
    done = subprocess.run([TOOL, "import", "nginx.conf"], cwd=tmp_path, capture_output=True, text=True,
                          env={**os.environ, "PATH": str(tmp_path / "bin")}, timeout=HANG_SECONDS)
    assert done.returncode == 2
    assert "nginx.conf: error: crossplane is needed" in done.stderr


def test_replaces_no_file(tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text("http { server { server_name a.example; deny 192.0.2.7; } }\n")
    (tmp_path / "a.example.yaml").write_text("mine\n")
    done = run("import", tmp_path / "nginx.conf", "--output", tmp_path)
    assert done.returncode == 2
    assert "a.example.yaml: error: exists" in done.stderr
    assert (tmp_path / "a.example.yaml").read_text() == "mine\n"
