"""The sites that the benchmark of the proxy asks: hosts of one Traffic Server, all with one cached object."""

from __future__ import annotations

import dataclasses
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Tests" / "EndToEnd"))

from loopback_city import with_clients_on_loopback  # noqa: E402
from traffic_server import DATABASES, OUR_PLUGIN, STOCK_PLUGIN, TrafficServer  # noqa: E402

EMPTY_PLUGIN = OUR_PLUGIN.parent / "test-plugins" / "empty.so"
OBJECT = "/cached/photos/2024/a-walk-along-the-lake-of-zurich.jpg"

CLIENTS = 1024
SEED = 20_260_901

RECORDS = {
    "proxy.config.exec_thread.limit": "INT 1",
    "proxy.config.log.logging_enabled": "INT 0",
}


class BenchmarkError(Exception):
    """The measurement would be wrong."""


@dataclasses.dataclass(frozen=True)
class Site:
    """One host of the proxy: one row of the table."""

    name: str
    host: str
    plugin: Path | None = None
    yaml: str = ""

    @property
    def remap(self) -> str:
        line = f"map http://{self.host}/ {{origin}}"
        if self.plugin is not None:
            line += f" @plugin={self.plugin}"
        if self.yaml:
            line += f" @pparam={self.yaml}"
        return line


# The hosts are of one length, since Traffic Server hashes them.
NO_PLUGIN = Site("no plugin", "site0.example")
EMPTY = Site("empty plugin", "site2.example", EMPTY_PLUGIN)
PLUGINS = [
    Site("no plugin, again", "site1.example"),
    EMPTY,
    Site("ours, allow country", "site3.example", OUR_PLUGIN, "country.yaml"),
    Site("stock, allow country", "site4.example", STOCK_PLUGIN, "country.yaml"),
    Site("ours, + 50 deny regexes", "site5.example", OUR_PLUGIN, "regex.yaml"),
    Site("stock, + 50 deny regexes", "site6.example", STOCK_PLUGIN, "regex.yaml"),
    Site("ours, decision header on", "site7.example", OUR_PLUGIN, "header.yaml"),
]
SITES = [NO_PLUGIN, *PLUGINS]
REMAP = "\n".join(site.remap for site in SITES)


@dataclasses.dataclass(frozen=True)
class Geography:
    """The clients: a database, its countries to allow, and the 127.x.0.0/16 to ask from."""

    description: str
    database: bytes
    countries: list[str]
    second_octets: range

    def candidates(self) -> Iterator[str]:
        """Addresses; most of them may be in other countries than the allowed ones."""
        chance = random.Random(SEED)
        for _ in range(20 * CLIENTS):
            yield (f"127.{chance.choice(self.second_octets)}.{chance.randrange(256)}"
                   f".{chance.randrange(1, 255)}")

    def allow(self, settings: str = "") -> str:
        """A configuration that lets the countries in; the settings are lines of their own."""
        return (f"maxmind:\n  database: city.mmdb\n{settings}"
                f"  allow:\n    country: [{', '.join(self.countries)}]\n")

    def files(self) -> dict[str, str | bytes | Path]:
        """The configurations. No pattern matches OBJECT, so that all are tried."""
        countries = ", ".join(self.countries)
        allow = self.allow()
        patterns = [f".*\\\\.ext{number}" for number in range(25)]
        patterns += [f".*/archive-{number}/.*\\\\.zip" for number in range(25)]
        deny = "  deny:\n    regex:\n" + "".join(
            f"      - [{countries}, \"{pattern}\"]\n" for pattern in patterns)
        return {"city.mmdb": self.database, "country.yaml": allow, "regex.yaml": allow + deny,
                "header.yaml": allow + "  decision_header: on\n"}


def small_geography() -> Geography:
    return Geography("loopback-city.mmdb of the fixtures",
                     (DATABASES / "loopback-city.mmdb").read_bytes(),
                     ["US", "DE", "GB", "NO", "CA", "FR"], range(1, 7))


def geography(description: str, city: Path) -> Geography:
    """Of a City database, with places in it for the clients."""
    return Geography(description, with_clients_on_loopback(city.read_bytes()), ["US"],
                     range(0, 256))


def allowed_clients(server: TrafficServer, geography: Geography, wanted: int,
                    sites: Sequence[Site] = SITES) -> list[str]:
    """Clients to which every site answers 200."""
    clients: dict[str, None] = {}
    for client in geography.candidates():
        if all(server.get(client, site.host, OBJECT).status == 200
               for site in sites if site.yaml):
            clients[client] = None
            if len(clients) == wanted:
                return list(clients)
    raise BenchmarkError(f"only {len(clients)} of the clients are allowed\n{server.logs()}")
