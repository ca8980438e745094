"""The benchmark's own databases, prefixes and requests have the stated properties."""

from __future__ import annotations

import collections
import ipaddress
import itertools
import random
from pathlib import Path
from typing import Any

import pytest

import address_space
import configurations
import databases
import maxmind_db
import traffic

NODES = 5000
FIXTURES = Path(__file__).resolve().parents[1] / "Fixtures" / "databases"


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("databases") / "city.mmdb"
    databases.generate(path, NODES, "city")
    return path


@pytest.fixture(scope="session")
def country(city: Path) -> Path:
    path = city.with_name("country.mmdb")
    databases.derive(city, path)
    return path


def lookup(reader: maxmind_db.Reader, address: int) -> dict[str, Any]:
    record = 0
    for bit in range(127, -1, -1):
        if record >= len(reader.tree):
            break
        side = reader.tree.right if address >> bit & 1 else reader.tree.left
        record = side[record]
    return reader.values.value(reader.offset(record)) if record > len(reader.tree) else {}


def addresses(count: int) -> list[int]:
    generator = random.Random(1)
    low = [generator.getrandbits(32) for _ in range(count)]
    aliases = [0xFFFF << 32 | address for address in low]
    high = [0x2A00 << 112 | generator.getrandbits(112) for _ in range(count)]
    return [*low, *aliases, *high]


def test_a_generated_database_has_about_as_many_nodes_as_asked_for(city: Path) -> None:
    assert abs(len(maxmind_db.Reader(city).tree) - NODES) < NODES / 50


def test_a_derived_database_knows_the_same_countries(city: Path, country: Path) -> None:
    whole, derived = maxmind_db.Reader(city), maxmind_db.Reader(country)
    assert len(derived.tree) < len(whole.tree)
    for address in addresses(1000):
        expected = lookup(whole, address)
        found = lookup(derived, address)
        assert found.get("country") == expected.get("country")
        assert "city" not in found


def test_a_derived_database_keeps_the_aliases_of_the_ipv4_part(country: Path) -> None:
    tree = maxmind_db.Reader(country).tree

    def node(address: int, length: int) -> int:
        record = 0
        for bit in range(127, 127 - length, -1):
            record = (tree.right if address >> bit & 1 else tree.left)[record]
        return record

    ipv4 = node(0, 96)
    assert ipv4 < len(tree)
    assert node(0xFFFF << 32, 96) == ipv4
    assert node(0x2002 << 112, 16) == ipv4


def test_values_are_read_as_they_are_in_a_fixture() -> None:
    reader = maxmind_db.Reader(FIXTURES / "loopback-city.mmdb")
    names = {"en": "United States"}
    assert lookup(reader, int(ipaddress.IPv4Address("127.1.0.1"))) == {
        "city": {"geoname_id": 90000500, "names": {"en": "New York"}},
        "continent": {"code": "NA", "geoname_id": 6255149, "names": {"en": "North America"}},
        "country": {"geoname_id": 6252001, "iso_code": "US", "names": names},
        "location": {"accuracy_radius": 20, "latitude": 40.7, "longitude": -74.0,
                     "time_zone": "America/New_York"},
        "postal": {"code": "10001"},
        "registered_country": {"geoname_id": 6252001, "iso_code": "US", "names": names},
        "subdivisions": [{"geoname_id": 90000501, "iso_code": "NY", "names": {"en": "New York"}}],
    }


def test_prefixes_are_disjoint() -> None:
    networks = sorted(ipaddress.IPv4Network(text) for text in configurations.prefixes(5000))
    assert len(networks) == 5000
    for one, next_one in itertools.pairwise(networks):
        assert one.broadcast_address < next_one.network_address


def test_requests_are_the_same_each_time(country: Path) -> None:
    space = address_space.survey(country)
    for kind in ("IPv4", "60/40 Zipf"):
        assert list(traffic.requests(kind, 50, space)) == list(traffic.requests(kind, 50, space))


def test_zipf_requests_come_from_few_addresses() -> None:
    space = address_space.AddressSpace([], [])
    clients = [line.split()[0] for line in traffic.requests("IPv4 Zipf", 100_000, space)]
    counts = [count for _, count in collections.Counter(clients).most_common()]
    assert len(counts) <= traffic.ZIPF_ADDRESSES
    assert 1.7 < counts[0] / counts[1] < 2.3


def test_mixed_requests_are_two_fifths_ipv6(country: Path) -> None:
    lines = list(traffic.requests("60/40", 2000, address_space.survey(country)))
    assert 0.36 < sum("::" in line or line.count(":") > 5 for line in lines) / 2000 < 0.44
