"""After another proxy, the client is the one that this proxy names, and never one that a client invents."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
from collections.abc import Iterator

import pytest

from corpus import TOOL
from installation import VERSION
from loopback import has_ipv6
from maps import DE, NOWHERE, US
from traffic_server import DATABASES, TrafficServer, TrafficServerError
from waiting import HANG_SECONDS

PROXY = "127.9.0.1"
OTHER_PROXY = "127.9.0.2"


def acl(rest: str) -> str:
    return f"maxmind:\n  database: loopback-country.mmdb\n{rest}"


ALLOW_US = "  allow: {country: [US]}\n"
TRUSTED = 'trusted: [127.9.0.0/16, "::1"]'

FILES = {
    "loopback-country.mmdb": DATABASES / "loopback-country.mmdb",
    "list.yaml": acl(ALLOW_US + f"  client: {{{TRUSTED}, header: X-Forwarded-For}}\n"),
    "forwarded.yaml": acl(ALLOW_US + f"  client: {{{TRUSTED}, header: Forwarded}}\n"),
    "allow-error.yaml": acl(
        ALLOW_US + f"  on_error: allow\n  client: {{{TRUSTED}, header: X-Forwarded-For}}\n"),
    "plain.yaml": acl(ALLOW_US),
    "redirect.yaml": acl(
        "  deny: {country: [DE]}\n  response: {redirect: 'https://sorry.example/{country}/{client}'}\n"
        f"  client: {{{TRUSTED}, header: X-Forwarded-For}}\n"),
    "bypass-ip.yaml": acl(f"  deny: {{country: [DE, US]}}\n  bypass: {{ip: [{DE}]}}\n"
                          f"  client: {{{TRUSTED}, header: X-Forwarded-For}}\n"),
    "bypass-header.yaml": acl("  deny: {country: [DE]}\n  bypass: {header: X-Pass, value: open}\n"
                              f"  client: {{{TRUSTED}, header: X-Forwarded-For}}\n"),
    "bypass-narrow.yaml": acl("  deny: {country: [DE]}\n"
                              "  bypass: {header: X-Pass, value: open, ip: [127.2.0.1]}\n"),
}
REMAP = "\n".join(
    f"map http://{name.removesuffix('.yaml')}.example/ {{origin}} @plugin={{plugin}} @pparam={name}"
    for name in FILES if name.endswith(".yaml"))
DEBUG = {"proxy.config.diags.debug.enabled": "INT 1"}


@pytest.fixture(scope="module")
def after_proxy() -> Iterator[TrafficServer]:
    with TrafficServer(REMAP, files=FILES, records=DEBUG, proxy_protocol=True) as running:
        yield running
        assert running.running, running.logs()


def status(server: TrafficServer, host: str, peer: str, *fields: tuple[str, str]) -> int:
    return server.get(peer, f"{host}.example", "/", headers=list(fields)).status


def listed(*values: str) -> list[tuple[str, str]]:
    return [("X-Forwarded-For", value) for value in values]


@pytest.mark.parametrize(("peer", "lines", "expected"), [
    (PROXY, [US], 200),
    (PROXY, [DE], 403),
    (US, [DE], 200),  # not trusted: the header does not count
    (DE, [US], 403),
    (PROXY, [], 403),  # the proxy itself, which has no country
    (PROXY, [""], 403),
    (PROXY, [f"{US}, {DE}"], 403),  # the right-most
    (PROXY, [f"{DE}, {US}"], 200),
    (PROXY, [f"{DE}, {US}, {OTHER_PROXY}"], 200),  # that is not trusted
    (PROXY, [DE, f"{US},", OTHER_PROXY], 200),  # several lines are one list
    (PROXY, [f"{US}, {OTHER_PROXY}", DE], 403),
    (PROXY, [f"{US}:4711"], 200),
    (PROXY, [f"[::ffff:{US}]:4711"], 200),
    (PROXY, [f"::ffff:{US}"], 200),
    (PROXY, ["2001:db8:1::1"], 200),
    (PROXY, ["[2001:db8:2::1]:80"], 403),
    (PROXY, [f"garbage, {US}"], 200),  # sent by the client
    (PROXY, [f"{US}, garbage"], 403),
    (PROXY, [f"{US}, unknown"], 403),
    (PROXY, [f"{OTHER_PROXY}, {PROXY}"], 403),  # all trusted: the left-most, which has no country
    pytest.param("::1", [US], 200, marks=pytest.mark.skipif(not has_ipv6(), reason="no ::1")),
])
def test_a_list_of_addresses(
        after_proxy: TrafficServer, peer: str, lines: list[str], expected: int) -> None:
    assert status(after_proxy, "list", peer, *listed(*lines)) == expected


@pytest.mark.parametrize(("peer", "lines", "expected"), [
    (PROXY, [f"for={US}"], 200),
    (PROXY, [f"for={DE}"], 403),
    (DE, [f"for={US}"], 403),
    (PROXY, [f'for={DE}, For="{US}:80";proto=https;by=_proxy'], 200),
    (PROXY, ['for="[2001:db8:1::1]:4711"'], 200),
    (PROXY, [f"for={DE}", f"for={US};host=\"a,b;c\"", f"for={OTHER_PROXY}"], 200),
    (PROXY, [f"for=\"{DE}, for={US}"], 200),  # the quote that a client left open
    (PROXY, [f"for={US}, for=_hidden"], 403),
    (PROXY, [f"for={US}, proto=http"], 403),
])
def test_forwarded(after_proxy: TrafficServer, peer: str, lines: list[str], expected: int) -> None:
    assert status(after_proxy, "forwarded", peer, *(("Forwarded", line) for line in lines)) == expected


@pytest.mark.parametrize(("value", "expected"), [
    (US, 200), (DE, 403), ("garbage", 200), ("unknown", 200), ("_x", 200)])
def test_on_error_decides_on_an_unreadable_client(
        after_proxy: TrafficServer, value: str, expected: int) -> None:
    assert status(after_proxy, "allow-error", PROXY, *listed(value)) == expected


@pytest.mark.parametrize(("peer", "named", "path"), [(PROXY, DE, f"DE/{DE}"), (DE, US, f"DE/{DE}"),
                                                    (PROXY, "garbage", "XX/-")])
def test_a_redirect_contains_the_client_and_the_tool_agrees(
        after_proxy: TrafficServer, peer: str, named: str, path: str) -> None:
    reply = after_proxy.get(peer, "redirect.example", "/", headers=listed(named))
    assert reply.headers["Location"] == f"https://sorry.example/{path}"
    done = subprocess.run(
        [TOOL, "explain", "--json", "--config", after_proxy.etc / "redirect.yaml", "--client", peer, "--header",
         f"X-Forwarded-For: {named}", "http://redirect.example/"], capture_output=True, timeout=HANG_SECONDS, check=True)
    assert json.loads(done.stdout)["location"] == f"https://sorry.example/{path}"


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded"])
def test_a_long_header_does_not_disturb_the_rules(after_proxy: TrafficServer, name: str) -> None:
    host, element = ("list", "{}") if name == "X-Forwarded-For" else ("forwarded", "for={}")
    for part in ("127.9.0.9", "x" * 50, '"', ",", " "):
        value = ",".join([element.format(part)] * (30_000 // (len(part) + 6)))
        fields = [(name, value), (name, element.format(DE))]
        assert status(after_proxy, host, PROXY, *fields) == 403
        assert status(after_proxy, host, PROXY, *fields, (name, element.format(US))) == 200


def test_bypass_ip_lets_clients_through_by_the_address_that_counts(after_proxy: TrafficServer) -> None:
    assert status(after_proxy, "bypass-ip", DE) == 200
    assert status(after_proxy, "bypass-ip", PROXY, *listed(DE)) == 200
    assert status(after_proxy, "bypass-ip", PROXY, *listed("127.2.0.99")) == 403
    assert status(after_proxy, "bypass-ip", US, *listed(DE)) == 403


def test_a_bypass_header_counts_only_from_its_permitted_senders(after_proxy: TrafficServer) -> None:
    passes = ("X-Pass", "open")
    assert status(after_proxy, "bypass-header", PROXY, *listed(DE), passes) == 200
    assert status(after_proxy, "bypass-header", PROXY, *listed(DE)) == 403
    assert status(after_proxy, "bypass-header", DE, passes) == 403
    assert status(after_proxy, "bypass-narrow", "127.2.0.1", passes) == 200
    assert status(after_proxy, "bypass-narrow", "127.2.0.1") == 403
    assert status(after_proxy, "bypass-narrow", "127.2.0.99", passes) == 403


@pytest.mark.parametrize(("host", "peer", "fields", "line"), [
    ("list", PROXY, listed(DE), f" {PROXY} deny default DE list.yaml db=2026-09-01 client={DE} "
     "from=X-Forwarded-For GET http://list.example/"),
    ("list", PROXY, listed("?"), f" {PROXY} deny error - list.yaml db=2026-09-01 "
     "error=unreadable-client client=- from=X-Forwarded-For GET http://list.example/"),
    ("forwarded", PROXY, [("Forwarded", "for=unknown")],
     f" {PROXY} deny error - forwarded.yaml db=2026-09-01 error=hidden-client client=- "
     "from=Forwarded GET http://forwarded.example/"),
    ("list", NOWHERE, listed(US), f" {NOWHERE} deny default - list.yaml db=2026-09-01 GET http://list.example/"),
])
def test_the_debug_log_says_where_the_address_came_from(
        after_proxy: TrafficServer, host: str, peer: str, fields: list[tuple[str, str]],
        line: str) -> None:
    assert status(after_proxy, host, peer, *fields) == 403
    assert line in after_proxy.log("terminal.log")


# Traffic Server itself handles the PROXY protocol: it reports the protocol's source as the peer.

def version_1(source: str) -> bytes:
    family = "TCP6" if ":" in source else "TCP4"
    destination = "::1" if ":" in source else "127.0.0.1"
    return f"PROXY {family} {source} {destination} 4711 80\r\n".encode()


def version_2(source: str) -> bytes:
    addresses = socket.inet_aton(source) + socket.inet_aton("127.0.0.1") + struct.pack(">HH", 4711, 80)
    return b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack(">H", len(addresses)) + addresses


def proxied(server: TrafficServer, preface: bytes, host: str, peer: str = "127.0.0.1",
            fields: str = "") -> int:
    request = f"GET / HTTP/1.1\r\nHost: {host}.example\r\n{fields}Connection: close\r\n\r\n".encode()
    answer = server.raw(preface + request, client=peer, port=server.proxy_protocol_port)
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("preface", [version_1, version_2])
@pytest.mark.parametrize(("source", "expected"), [(US, 200), (DE, 403)])
def test_the_source_of_the_proxy_protocol_is_the_client(
        after_proxy: TrafficServer, preface, source: str, expected: int) -> None:
    assert proxied(after_proxy, preface(source), "plain", peer=DE if expected == 200 else US) == expected


def test_an_ipv6_source_of_the_proxy_protocol(after_proxy: TrafficServer) -> None:
    assert proxied(after_proxy, version_1("2001:db8:1::1"), "plain") == 200
    assert proxied(after_proxy, version_1("2001:db8:2::1"), "plain") == 403


def test_a_header_counts_where_the_source_of_the_proxy_protocol_is_trusted(
        after_proxy: TrafficServer) -> None:
    header = f"X-Forwarded-For: {US}\r\n"
    assert proxied(after_proxy, version_1(PROXY), "list", fields=header) == 200
    assert proxied(after_proxy, version_1(DE), "list", peer=PROXY, fields=header) == 403


@pytest.mark.skipif(not VERSION.answers_without_protocol, reason="this version does not answer")
def test_a_port_for_the_proxy_protocol_also_answers_without_it(after_proxy: TrafficServer) -> None:
    assert proxied(after_proxy, b"", "plain", peer=US) == 200
    assert proxied(after_proxy, b"", "plain", peer=DE) == 403


@pytest.mark.skipif(VERSION.answers_without_protocol, reason="this version answers")
def test_a_port_for_the_proxy_protocol_answers_nothing_else(after_proxy: TrafficServer) -> None:
    with pytest.raises((TrafficServerError, ConnectionResetError)):
        proxied(after_proxy, b"", "plain", peer=US)
