"""Generates a database of a given number of nodes from a seed: a City-like one, the stand-in where the
real one can't be had, or an ASN-like or Anonymous-IP-like one.

    generated_database.py FILE NODES city|asn|anonymous

Runs in a Python environment with mmdb-writer.
"""

from __future__ import annotations

import dataclasses
import itertools
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mmdb_writer
from mmdb_writer import SearchTreeLeaf, SearchTreeNode, TreeChild

from written_database import write

SEED = 20181121
BUILD_EPOCH = 1_530_000_000
IPV4_SHARE = 0.85
IPV4_BITS, IPV6_BITS = 32, 64
# The regional registries allocate IPv6 addresses from these.
IPV6_BLOCKS = ("2400", "2600", "2800", "2a00", "2c00")
CONTINENTS = ("AF", "AS", "EU", "NA", "OC", "SA")
NETWORKS = 75_000
FLAGS = ("is_anonymous_vpn", "is_hosting_provider", "is_public_proxy", "is_tor_exit_node")


def country_codes() -> list[str]:
    """Codes, those with the most addresses first. The rows allow the first."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    codes = [a + b for a in letters for b in letters if a + b not in ("US", "ZZ")]
    random.Random(SEED).shuffle(codes)
    return ["US", *codes[:239]]


Record = dict[str, Any]


def city_records(generator: random.Random, nodes: int) -> Iterator[list[Record]]:
    """The cities of each country."""
    for rank, code in enumerate(country_codes()):
        cities = max(1, int(nodes / 100 / (rank + 1)))
        yield [city_record(generator, rank, code, city) for city in range(cities)]


def asn_records(generator: random.Random, nodes: int) -> Iterator[list[Record]]:
    """One record for each network; a small database has fewer."""
    for rank in range(min(NETWORKS, nodes // 10)):
        number = 1 + rank * 5 + generator.randrange(5)
        yield [{
            "autonomous_system_number": mmdb_writer.MmdbU32(number),
            "autonomous_system_organization": f"Network {number}",
        }]


def anonymous_records(generator: random.Random, nodes: int) -> Iterator[list[Record]]:
    """Records with one flag or two."""
    for count in (1, 2):
        for flags in itertools.combinations(FLAGS, count):
            yield [{"is_anonymous": True, **{flag: True for flag in flags}}]


def city_record(generator: random.Random, rank: int, code: str, city: int) -> Record:
    country = {
        "geoname_id": 1_000_000 + rank,
        "iso_code": code,
        "names": {"de": f"Land {code}", "en": f"Country {code}", "fr": f"Pays {code}"},
    }
    continent = CONTINENTS[rank % len(CONTINENTS)]
    return {
        "city": {"geoname_id": 2_000_000 + city, "names": {"en": f"City {city} of {code}"}},
        "continent": {"code": continent, "names": {"en": f"Continent {continent}"}},
        "country": country,
        "location": {
            "accuracy_radius": generator.choice((5, 20, 100, 1000)),
            "latitude": round(generator.uniform(-60, 70), 4),
            "longitude": round(generator.uniform(-180, 180), 4),
            "time_zone": f"Zone/{code}",
        },
        "registered_country": country,
    }


@dataclasses.dataclass(frozen=True)
class Kind:
    database_type: str
    records: Callable[[random.Random, int], Iterator[list[Record]]]
    """groups of records; the first groups have the most addresses, and a group's neighbours are often equal"""
    unknown: float
    """the share of leaves without a record"""


KINDS = {
    "city": Kind("Generated-City", city_records, 0.05),
    "asn": Kind("Generated-ASN", asn_records, 0.05),
    "anonymous": Kind("Generated-Anonymous-IP", anonymous_records, 0.6),
}


class Generator:
    def __init__(self, nodes: int, kind: Kind) -> None:
        self.random = random.Random(SEED)
        self.kind = kind
        self.budget = nodes
        self.count = 0
        self.groups = [
            [SearchTreeLeaf(record) for record in group]
            for group in kind.records(self.random, nodes)
        ]
        self.weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(self.groups))))

    def node(self) -> SearchTreeNode:
        self.count += 1
        return SearchTreeNode()

    def leaf(self, group: int | None) -> SearchTreeLeaf | None:
        if self.random.random() < self.kind.unknown:
            return None
        return self.random.choice(self.groups[self.pick() if group is None else group])

    def pick(self) -> int:
        return self.random.choices(range(len(self.groups)), cum_weights=self.weights)[0]

    def grow(self, budget: int, bits: int, group: int | None) -> TreeChild:
        """A subtree of about `budget` nodes, at most `bits` deep, most of it in one group."""
        if budget <= 0 or bits == 0:
            return self.leaf(group)
        if budget < 4000 and (group is None or self.random.random() < 0.03):
            group = self.pick()
        node = self.node()
        rest = budget - 1
        room = (1 << (bits - 1)) - 1
        part = min(max(int(rest * self.random.random()), rest - room), room)
        node.left = self.grow(part, bits - 1, group)
        node.right = self.grow(rest - part, bits - 1, group)
        return node

    def attach(self, root: SearchTreeNode, bits: str, child: TreeChild) -> None:
        """Puts a subtree at the end of a path from the root."""
        node = root
        for bit in map(int, bits[:-1]):
            if node[bit] is None:
                node[bit] = self.node()
            node = node[bit]
        node[int(bits[-1])] = child

    def tree(self) -> SearchTreeNode:
        root = self.node()
        ipv4 = self.grow(int(self.budget * IPV4_SHARE), IPV4_BITS, None)
        self.attach(root, "0" * 96, ipv4)
        self.attach(root, "0" * 80 + "1" * 16, ipv4)
        self.attach(root, f"{0x2002:016b}", ipv4)
        left = self.budget - self.count
        for block in IPV6_BLOCKS:
            bits = f"{int(block, 16):016b}"[:12]
            self.attach(root, bits, self.grow(left // len(IPV6_BLOCKS), IPV6_BITS - 12, None))
        return root


def generate(path: Path, nodes: int, kind: Kind) -> None:
    metadata = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": BUILD_EPOCH,
        "database_type": kind.database_type,
        "description": {"en": "Generated for the benchmark"},
        "ip_version": 6,
        "languages": ["de", "en", "fr"],
    }
    write(path, Generator(nodes, kind).tree(), metadata)


if __name__ == "__main__":
    generate(Path(sys.argv[1]), int(sys.argv[2]), KINDS[sys.argv[3]])
