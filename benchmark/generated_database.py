"""Generates a City-like database of a given number of nodes from a seed: the stand-in where the real
one can't be had.

    generated_database.py FILE NODES

Runs in a Python environment with mmdb-writer.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

from mmdb_writer import SearchTreeLeaf, SearchTreeNode, TreeChild

from written_database import write

SEED = 20181121
BUILD_EPOCH = 1_530_000_000
IPV4_SHARE = 0.85
IPV4_BITS, IPV6_BITS = 32, 64
# The regional registries allocate IPv6 addresses from these.
IPV6_BLOCKS = ("2400", "2600", "2800", "2a00", "2c00")
CONTINENTS = ("AF", "AS", "EU", "NA", "OC", "SA")


def country_codes() -> list[str]:
    """Codes, those with the most addresses first. The rows allow the first."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    codes = [a + b for a in letters for b in letters if a + b not in ("US", "ZZ")]
    random.Random(SEED).shuffle(codes)
    return ["US", *codes[:239]]


class Generator:
    def __init__(self, nodes: int) -> None:
        self.random = random.Random(SEED)
        self.budget = nodes
        self.count = 0
        self.countries = country_codes()
        self.weights = [1 / (rank + 1) for rank in range(len(self.countries))]
        self.cities: list[list[SearchTreeLeaf]] = []
        for rank, code in enumerate(self.countries):
            cities = max(1, int(nodes / 100 * self.weights[rank]))
            self.cities.append(
                [SearchTreeLeaf(self._record(rank, code, city)) for city in range(cities)]
            )

    def _record(self, rank: int, code: str, city: int) -> dict[str, Any]:
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
                "accuracy_radius": self.random.choice((5, 20, 100, 1000)),
                "latitude": round(self.random.uniform(-60, 70), 4),
                "longitude": round(self.random.uniform(-180, 180), 4),
                "time_zone": f"Zone/{code}",
            },
            "registered_country": country,
        }

    def node(self) -> SearchTreeNode:
        self.count += 1
        return SearchTreeNode()

    def leaf(self, country: int | None) -> SearchTreeLeaf | None:
        if self.random.random() < 0.05:
            return None
        return self.random.choice(self.cities[self.pick_country() if country is None else country])

    def pick_country(self) -> int:
        return self.random.choices(range(len(self.countries)), self.weights)[0]

    def grow(self, budget: int, bits: int, country: int | None) -> TreeChild:
        """A subtree of about `budget` nodes, at most `bits` deep, most of it in one country."""
        if budget <= 0 or bits == 0:
            return self.leaf(country)
        if budget < 4000 and (country is None or self.random.random() < 0.03):
            country = self.pick_country()
        node = self.node()
        rest = budget - 1
        room = (1 << (bits - 1)) - 1
        part = min(max(int(rest * self.random.random()), rest - room), room)
        node.left = self.grow(part, bits - 1, country)
        node.right = self.grow(rest - part, bits - 1, country)
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


def generate(path: Path, nodes: int) -> None:
    metadata = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": BUILD_EPOCH,
        "database_type": "Generated-City",
        "description": {"en": "Generated for the benchmark"},
        "ip_version": 6,
        "languages": ["de", "en", "fr"],
    }
    write(path, Generator(nodes).tree(), metadata)


if __name__ == "__main__":
    generate(Path(sys.argv[1]), int(sys.argv[2]))
