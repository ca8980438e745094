"""Rules for networks, places and several conditions, by three databases on one line, in a real Traffic Server."""

from __future__ import annotations

import csv
import datetime
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus import TOOL
from maps import CA, DE, FR, GB, NO, NOWHERE, US
from traffic_server import DATABASES, TrafficServer
from waiting import eventually

#: In California, and no other rule of KINDS applies to it.
CALIFORNIA = "127.1.64.9"
#: In the US, and a VPN.
VPN = "127.1.200.9"
UPLOAD = "upload.kinds.example"


def weekday(days: int) -> str:
    """A day of the week in UTC, so many days from today."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days)).strftime("%a").lower()


#: Yesterday, today and tomorrow are open: the tests may run over midnight.
OPEN = f"{{weekdays: [{weekday(-1)}, {weekday(0)}, {weekday(1)}], daily: '00:00-24:00'}}"
CLOSED = f"{{weekdays: [{weekday(3)}]}}"

DATABASE = "  database: [city.mmdb, asn.mmdb, anonymous.mmdb]\n"

KINDS = f"""\
maxmind:
{DATABASE}  reload: 100ms
  deny:
    asn: [AS64501]
    subdivision: [US-CA]
    continent: [AS, SA]
    rules:
      - name: video rights
        country: [GB]
        regex: ["/video/"]
        not: {{asn: [64500]}}
        response: {{status: 451, html: rights.html, headers: {{X-Why: rights}}}}
      - {{name: uploads, method: [PUT, POST], host: ["*.kinds.example"], time: {OPEN}}}
      - {{name: closed, method: [DELETE], time: {CLOSED}}}
      - {{name: canada, continent: [NA], not: {{country: [US]}}}}
  anonymous: {{vpn: true}}
  response:
    status: 410
    asn: {{status: 404}}
    subdivision: {{redirect: "https://www.example.com/{{country}}/{{reason}}"}}
    rules: {{status: 402}}
  annotate:
    X-Network: "AS{{asn}} {{organisation}}"
    X-Place: "{{continent}} {{country}} {{registered_country}}"
    X-Region: "{{subdivision}}"
  decision_header: on
  log: kinds.log
"""

ALLOWED = f"""\
maxmind:
{DATABASE}  country_from: [country, registered_country]
  allow:
    asn: [64503]
    subdivision: [DE-BY]
    rules:
      - {{name: partners, country: [FR], host: [allowed.example], method: [GET]}}
      - {{name: registered, country: [US], not: {{continent: [NA]}}}}
"""

RELOADED = """\
maxmind:
  database: [first.mmdb, second.mmdb]
  reload: 100ms
  deny: {country: [DE], asn: [64502]}
"""

NONE = """\
maxmind:
  deny:
    ip: [127.3.0.0/16]
    rules: [{name: put, method: [PUT]}]
"""

RECORDS = {"proxy.config.log.logging_enabled": "INT 3", "proxy.config.log.max_secs_per_buffer": "INT 1",
           "proxy.config.raw_stat_sync_interval_ms": "INT 200", "proxy.config.config_update_interval_ms": "INT 200"}


def files() -> dict[str, str | bytes | Path]:
    return {
        "kinds.yaml": KINDS, "allowed.yaml": ALLOWED, "reloaded.yaml": RELOADED, "none.yaml": NONE,
        "city.mmdb": DATABASES / "loopback-city.mmdb", "asn.mmdb": DATABASES / "no-country.mmdb",
        "anonymous.mmdb": DATABASES / "loopback-country-anonymous.mmdb",
        "first.mmdb": DATABASES / "loopback-country.mmdb", "second.mmdb": DATABASES / "no-country.mmdb",
        "rights.html": "<p>rights</p>\n"}


@pytest.fixture(scope="module")
def server() -> Iterator[TrafficServer]:
    remap = "\n".join(f"map http://{host}/ {{origin}} @plugin={{plugin}} @pparam={name}.yaml" for host, name in (
        ("kinds.example", "kinds"), (UPLOAD, "kinds"), ("allowed.example", "allowed"),
        ("reloaded.example", "reloaded"), ("none.example", "none")))
    with TrafficServer(remap, files=files(), records=RECORDS, managed=True) as running:
        yield running
        assert running.running, running.logs()


#: client, method, host, path → status, decision, words of the rule's place.
REQUESTS = [
    (US, "GET", "kinds.example", "/", 200, "allow default US kinds.yaml"),
    (DE, "GET", "kinds.example", "/", 404, "deny deny.asn DE kinds.yaml:5"),
    (CALIFORNIA, "GET", "kinds.example", "/", 302, "deny deny.subdivision US kinds.yaml:6"),
    (VPN, "GET", "kinds.example", "/", 410, "deny anonymous.vpn US kinds.yaml:17"),
    (GB, "GET", "kinds.example", "/video/1", 451, "deny deny.rules GB kinds.yaml:9"),
    (GB, "GET", "kinds.example", "/x/%2e%2e/video/1", 451, "deny deny.rules GB kinds.yaml:9"),
    (GB, "GET", "kinds.example", "/audio/1", 200, "allow default GB kinds.yaml"),
    (US, "GET", "kinds.example", "/video/1", 200, "allow default US kinds.yaml"),
    (NO, "PUT", UPLOAD, "/", 402, "deny deny.rules NO kinds.yaml:14"),
    (NO, "GET", UPLOAD, "/", 200, "allow default NO kinds.yaml"),
    (NO, "PUT", "kinds.example", "/", 200, "allow default NO kinds.yaml"),
    (NO, "DELETE", UPLOAD, "/", 200, "allow default NO kinds.yaml"),
    (CA, "GET", "kinds.example", "/", 402, "deny deny.rules CA kinds.yaml:16"),
    (NOWHERE, "GET", "kinds.example", "/", 200, "allow default - kinds.yaml"),
    ("127.7.0.9", "GET", "kinds.example", "/", 200, "allow default - kinds.yaml"),
    (NO, "GET", "allowed.example", "/", 200, "allow allow.asn NO allowed.yaml:5"),
    ("127.2.64.9", "GET", "allowed.example", "/", 200, "allow allow.subdivision DE allowed.yaml:6"),
    (DE, "GET", "allowed.example", "/", 403, "deny default DE allowed.yaml"),
    (FR, "GET", "allowed.example", "/", 200, "allow allow.rules FR allowed.yaml:8"),
    (FR, "POST", "allowed.example", "/", 403, "deny default FR allowed.yaml"),
    # Registered in the US, without a country and a continent.
    ("127.8.0.9", "GET", "allowed.example", "/", 200, "allow allow.rules US allowed.yaml:9"),
    (US, "GET", "allowed.example", "/", 403, "deny default US allowed.yaml"),
    (GB, "GET", "none.example", "/", 403, "deny deny.ip - none.yaml:3"),
    (DE, "PUT", "none.example", "/", 403, "deny deny.rules - none.yaml:4"),
    (DE, "GET", "none.example", "/", 200, "allow default - none.yaml"),
]


def ask(server: TrafficServer, client: str, method: str, host: str, path: str) -> int:
    return server.get(client, host, path, method=method, data=b"x" if method == "PUT" else None).status


@pytest.mark.parametrize("client, method, host, path, status, words", REQUESTS)
def test_requests_are_decided(client: str, method: str, host: str, path: str, status: int, words: str,
                              server: TrafficServer) -> None:
    asked = server.origin.requests
    assert ask(server, client, method, host, path) == status
    assert server.origin.requests == asked + (status == 200)


def test_a_rule_answers_with_its_own_page(server: TrafficServer) -> None:
    reply = server.get(GB, "kinds.example", "/video/1")
    assert (reply.status, reply.headers["X-Why"], reply.body) == (451, "rights", b"<p>rights</p>\n")
    assert server.get(CALIFORNIA, "kinds.example").headers["Location"] == (
        "https://www.example.com/US/deny.subdivision")
    assert server.get(CA, "kinds.example").headers["X-Why"] is None


def test_the_origin_gets_fields_of_all_databases(server: TrafficServer) -> None:
    forged = [("X-Network", "AS1"), ("X_Region", "US-TX")]
    server.get(US, "kinds.example", headers=forged)
    fields = server.origin.last_headers
    assert [fields.get_all(name) for name in ("X-Network", "X-Place", "X-Region", "X_Region")] == [
        ["AS64500 Example Transit"], ["NA US US"], ["US-NY"], None]
    server.get(NOWHERE, "kinds.example", headers=forged)
    fields = server.origin.last_headers
    assert [fields.get_all(name) for name in ("X-Network", "X-Place", "X-Region")] == [None] * 3


def test_denials_are_logged_and_counted_by_reason() -> None:
    remap = f"map http://kinds.example/ {{origin}} @plugin={{plugin}} @pparam=kinds.yaml\n" \
            f"map http://{UPLOAD}/ {{origin}} @plugin={{plugin}} @pparam=kinds.yaml"
    requests = [row for row in REQUESTS if row[5].split()[-1].startswith("kinds.yaml")]
    with TrafficServer(remap, files=files(), records=RECORDS, managed=True) as server:
        for client, method, host, path, status, _ in requests:
            assert ask(server, client, method, host, path) == status

        def counted() -> dict[str, int]:
            return {name: value for name, value in server.metrics("kinds").items()
                    if name.split(".")[0] in ("allow", "deny") and "." in name}

        eventually(counted, {"allow.default": 8, "deny.asn": 1, "deny.subdivision": 1, "deny.anonymous": 1,
                             "deny.rules": 4})
        denials = [f"{client} {words} db=2026-09-01 {method} http://{host}{path}"
                   for client, method, host, path, _, words in requests if words.startswith("deny")]
        eventually(lambda: [line.split(" ", 1)[1] for line in server.log("kinds.log").splitlines()], denials)


# --- Reloads ------------------------------------------------------------------------------------


def statuses(server: TrafficServer) -> tuple[int, ...]:
    return tuple(server.get(client, "reloaded.example").status for client in (US, DE, GB))


def test_a_replaced_database_reloads_alone(server: TrafficServer) -> None:
    assert statuses(server) == (200, 403, 403)
    server.write("first.mmdb", DATABASES / "loopback-country-swapped.mmdb")
    eventually(lambda: statuses(server), (403, 200, 403))
    start = len(server.log("diags.log"))
    # Another ASN database: the records of IPinfo Lite, with the same numbers and with countries.
    server.write("second.mmdb", DATABASES / "ipinfo-lite.mmdb")
    eventually(lambda: "second.mmdb (ipinfo lite.mmdb, built 2026-09-01)" in server.log("diags.log")[start:])
    assert statuses(server) == (403, 200, 403)
    server.write("second.mmdb", DATABASES / "no-country.mmdb")
    eventually(lambda: "second.mmdb (GeoLite2-ASN, built 2026-09-01)" in server.log("diags.log")[start:])


@pytest.mark.parametrize("name", ["first.mmdb", "second.mmdb"])
@pytest.mark.parametrize("damage", ["removed", "truncated", "of another kind"])
def test_a_broken_database_changes_nothing(name: str, damage: str, server: TrafficServer) -> None:
    before = statuses(server)
    start = len(server.log("diags.log"))
    whole = (server.etc / name).read_bytes()
    if damage == "removed":
        (server.etc / name).unlink()
    elif damage == "truncated":
        server.write(name, whole[: len(whole) // 2])
    else:
        server.write(name, DATABASES / "loopback-anonymous.mmdb")
    eventually(lambda: "reloaded.yaml: not reloaded: the running rules stay in use" in server.log("diags.log")[start:])
    reason = "[database-kind]" if damage == "of another kind" else name
    assert reason in server.log("diags.log")[start:]
    assert statuses(server) == before
    server.write(name, whole)
    # The rules are loaded again, and a change of them shows it.
    server.write("reloaded.yaml", RELOADED.replace("64502", "64501, 64502"))
    eventually(lambda: statuses(server) != before)
    server.write("reloaded.yaml", RELOADED)
    eventually(lambda: statuses(server), before)


# --- The tool -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("etc")
    for name, content in files().items():
        data = content.read_bytes() if isinstance(content, Path) else content
        (path / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def tool(directory: Path, *arguments: str, text: str = "") -> str:
    return subprocess.run([TOOL, *arguments], cwd=directory, check=False, text=True, input=text,
                          stdout=subprocess.PIPE).stdout


@pytest.mark.parametrize("name", ["kinds", "allowed", "none"])
def test_replay_decides_the_same(name: str, directory: Path) -> None:
    requests = [row for row in REQUESTS if row[5].split()[-1].split(":")[0] == f"{name}.yaml"]
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%d/%b/%Y:%H:%M:%S +0000")
    log = "".join(f'{client} - - [{now}] "{method} http://{host}{path} HTTP/1.1" 200 1 "-" "-"\n'
                  for client, method, host, path, *_ in requests)
    rows = list(csv.DictReader(tool(directory, "replay", "--csv", "--config", f"{name}.yaml", "-", text=log).splitlines()))
    decided = [f"{row['decision']} {row['reason']} {row['country']} {row['configuration']}"
               + (f":{row['line']}" if row["line"] else "") for row in rows]
    assert decided == [row[5] for row in requests]


@pytest.mark.parametrize("client, method, host, path, status, words", REQUESTS)
def test_explain_decides_the_same(client: str, method: str, host: str, path: str, status: int, words: str,
                                  directory: Path) -> None:
    verdict, reason, _, place = words.split()
    config, _, line = place.partition(":")
    text = tool(directory, "explain", "--config", config, "--client", client, "--method", method, f"http://{host}{path}")
    assert text.startswith(f"{verdict}: {reason}\n")
    assert not line or f"     {config}:{line}:" in text
