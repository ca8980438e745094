"""What Traffic Server 10.2 has and 9.2 does not: the setter of a status, verified addresses, Prometheus's format."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from installation import MODULES, VERSION
from maps import DE, GB, US
from traffic_server import DATABASES, TrafficServer
from waiting import eventually

pytestmark = pytest.mark.skipif(not VERSION.has_verified_addresses, reason="only newer versions have it")

RULES = """\
maxmind:
  database: loopback-country.mmdb
  name: shop
  allow: {country: [US]}
"""

LOGGING = """\
logging:
  formats:
    - {name: setter, format: "%<pssc> %<prscs>"}
  logs:
    - {filename: setter, format: setter}
"""

REALIP = 'simple: {header: "Client-IP", trustedAddress: ["127.2.0.0/16"]}\n'


@pytest.fixture(scope="module")
def server() -> Iterator[TrafficServer]:
    names = ("shop", "verified", "page")
    files = {"shop.yaml": RULES, "verified.yaml": RULES + "  client: {verified: true}\n",
             "page.yaml": RULES + "  html: long.html\n", "long.html": "x" * 20_000,
             "loopback-country.mmdb": DATABASES / "loopback-country.mmdb",
             "logging.yaml": LOGGING, "realip.yaml": REALIP}
    records = {"proxy.config.log.logging_enabled": "INT 3",
               "proxy.config.log.max_secs_per_buffer": "INT 1"}
    remap = "\n".join(f"map http://{name}.example/ {{origin}} @plugin={{plugin}} @pparam={name}.yaml"
                      for name in names)
    running = TrafficServer(remap, files=files, records=records)
    try:
        running.prepare()
        running.write("plugin.config", f"realip.so {running.etc}/realip.yaml\nstats_over_http.so\n")
        running.start()
        yield running
    finally:
        running.close()


def test_the_log_names_the_setter_of_a_denial(server: TrafficServer) -> None:
    assert server.get(DE, "shop.example").status == 403
    assert server.get(DE, "page.example").status == 403
    eventually(lambda: server.log("setter.log").count("403 maxmind_acl\n"), 2)
    assert server.get(US, "shop.example").status == 200
    eventually(lambda: re.search(r"^200 -$", server.log("setter.log"), re.MULTILINE) is not None)


def test_a_verified_address_is_the_client(server: TrafficServer) -> None:
    assert (MODULES / "realip.so").exists()

    def status(peer: str, host: str, field: str | None) -> int:
        return server.get(peer, host, headers={"Client-IP": field} if field else {}).status

    assert status(DE, "verified.example", US) == 200
    assert status(DE, "verified.example", None) == 403
    # realip does not trust this peer.
    assert status(GB, "verified.example", US) == 403
    # Without `verified`, the connection counts.
    assert status(DE, "shop.example", US) == 403


def test_prometheus_reads_the_statistics(server: TrafficServer) -> None:
    server.get(DE, "shop.example")

    def lines() -> list[str]:
        reply = server.get("127.0.0.1", "shop.example", "/_stats",
                           headers={"Accept": "text/plain; version=0.0.4"})
        return [line for line in reply.body.decode().splitlines() if "maxmind_acl_shop_deny" in line]

    eventually(lambda: any(re.fullmatch(r"\S*maxmind_acl_shop_deny [1-9]\d*", line) for line in lines()))
    assert any(re.fullmatch(r"# TYPE \S*maxmind_acl_shop_deny gauge", line) for line in lines()), lines()
