"""A denial that is not enforced lets the request through, and the debug log says `would deny`."""

from __future__ import annotations

import datetime
import ipaddress
import json
import subprocess
from collections.abc import Iterator

import pytest

from corpus import AS_SERVER, TOOL
from maps import DE, US
from traffic_server import DATABASES, TrafficServer
from waiting import HANG_SECONDS, eventually


def moment(hours: float) -> str:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def acl(keys: str) -> str:
    return f"maxmind:\n  database: loopback-country.mmdb\n  deny: {{country: [DE]}}\n{keys}"


FILES = {
    "loopback-country.mmdb": DATABASES / "loopback-country.mmdb",
    "monitor.yaml": acl("  mode: monitor\n"),
    "enforce.yaml": acl("  mode: enforce\n"),
    "none.yaml": acl("  enforce_percent: 0\n"),
    "ten.yaml": acl("  enforce_percent: 10\n"),
    "half.yaml": acl("  enforce_percent: 50\n"),
    "later.yaml": acl(f"  enforce_from: {moment(1)}\n"),
    "since.yaml": acl(f"  enforce_from: {moment(-1)}\n"),
    "before.yaml": acl(f"  enforce_until: {moment(1)}\n"),
    "over.yaml": acl(f"  enforce_until: {moment(-1)}\n"),
    "gone.yaml": acl("  response: {status: 410}\n"),
    "error.yaml": acl("  mode: monitor\n  client: {trusted: [127.9.0.1], header: Forwarded}\n"),
}
REMAP = "\n".join(
    f"map http://{name.removesuffix('.yaml')}.example/ {{origin}} @plugin={{plugin}} @pparam={name}"
    for name in FILES if name.endswith(".yaml")
) + ("\nmap http://two.example/ {origin} @plugin={plugin} @pparam=monitor.yaml"
     " @plugin={plugin} @pparam=enforce.yaml")

#: Remap lines with several instances; the last configuration denies with a status of its own.
CHAINS = {
    "monitor-first": ["monitor", "gone"],
    "monitor-last": ["gone", "monitor"],
    "monitor-between": ["half", "monitor", "gone"],
    "later-first": ["later", "gone"],
    "since-first": ["since", "gone"],
    "half-first": ["half", "gone"],
    "none-only": ["none", "monitor"],
}
REMAP += "".join(
    f"\nmap http://{name}.example/ {{origin}} "
    + " ".join(f"@plugin={{plugin}} @pparam={instance}.yaml" for instance in instances)
    for name, instances in CHAINS.items())
DEBUG = {"proxy.config.diags.debug.enabled": "INT 1"}


@pytest.fixture(scope="module")
def modes() -> Iterator[TrafficServer]:
    with TrafficServer(REMAP, files=FILES, records=DEBUG) as running:
        yield running
        assert running.running, running.logs()


def share(client: str) -> int:
    """The number of the client's network, by docs/semantics.md."""
    address = ipaddress.ip_address(client)
    number = 0xCBF29CE484222325
    for byte in address.packed[:3 if address.version == 4 else 6]:
        number = (number ^ byte) * 0x100000001B3 % 2**64
    return (number ^ number >> 32) % 10_000


@pytest.mark.parametrize(("host", "expected"), [
    ("monitor", 200), ("enforce", 403), ("none", 200), ("later", 200), ("since", 403),
    ("before", 403), ("over", 200), ("two", 403)])
def test_denied_clients(modes: TrafficServer, host: str, expected: int) -> None:
    assert modes.get(DE, f"{host}.example").status == expected
    assert modes.get(US, f"{host}.example").status == 200


@pytest.mark.parametrize(("host", "percent"), [("ten", 10), ("half", 50)])
def test_a_share_of_the_networks_is_denied_and_always_the_same(
        modes: TrafficServer, host: str, percent: int) -> None:
    denied = 0
    for third in range(0, 200):
        expected = 403 if share(f"127.2.{third}.1") < percent * 100 else 200
        denied += expected == 403
        for last in (1, 254):
            assert modes.get(f"127.2.{third}.{last}", f"{host}.example").status == expected
        assert modes.get(f"127.1.{third}.1", f"{host}.example").status == 200
    assert percent <= denied <= 3 * percent


def explained(modes: TrafficServer, client: str, url: str) -> dict[str, object]:
    done = subprocess.run([TOOL, "explain", *AS_SERVER, "--json", "--remap", "remap.config", "--client", client, url],
                          cwd=modes.etc, capture_output=True, text=True, timeout=HANG_SECONDS)
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("name", CHAINS)
def test_explain_names_the_instance_that_settles_it(modes: TrafficServer, name: str) -> None:
    for client in (DE, US, *(f"127.2.{third}.1" for third in range(20))):
        answer = explained(modes, client, f"http://{name}.example/")
        denied = answer["decision"] == "deny" and answer.get("enforced", True)
        assert (answer["status"] if denied else 200) == modes.get(client, f"{name}.example").status
        assert not denied or (answer["config"] == "gone.yaml") == (answer["status"] == 410)


@pytest.mark.parametrize(("client", "host", "headers", "line"), [
    (DE, "monitor", {}, f"{DE} deny deny.country DE monitor.yaml:3 db=2026-09-01 not-enforced GET "
     "http://monitor.example/"),
    (DE, "enforce", {}, f"{DE} deny deny.country DE enforce.yaml:3 db=2026-09-01 GET "
     "http://enforce.example/"),
    (US, "monitor", {}, f"{US} allow default US monitor.yaml db=2026-09-01 GET "
     "http://monitor.example/"),
    ("127.9.0.1", "error", {"Forwarded": "for=?"},
     "127.9.0.1 deny error - error.yaml db=2026-09-01 error=unreadable-client client=- from=Forwarded "
     "not-enforced GET http://error.example/"),
])
def test_the_debug_log_says_would_deny(
        modes: TrafficServer, client: str, host: str, headers: dict[str, str], line: str) -> None:
    modes.get(client, f"{host}.example", headers=headers)
    eventually(lambda: f" {line}" in modes.log("terminal.log"))


def test_the_log_of_a_load_names_what_it_does_not_enforce(modes: TrafficServer) -> None:
    log = modes.log("diags.log")
    assert "monitor mode: no denial is enforced" in log
    assert "denials are enforced for 10 % of the networks" in log
