"""Generates a City-like database of a given number of nodes from a seed: the stand-in where the real
one can't be had."""

from __future__ import annotations

import random
from array import array
from pathlib import Path
from typing import Any

import maxmind_db

SEED = 20181121
BUILD_EPOCH = 1_530_000_000
IPV4_SHARE = 0.85
IPV4_BITS, IPV6_BITS = 32, 64
# Where the registries of the Internet's regions have their IPv6 addresses.
IPV6_BLOCKS = ("2400", "2600", "2800", "2a00", "2c00")
CONTINENTS = ("AF", "AS", "EU", "NA", "OC", "SA")
NONE = -1


def country_codes() -> list[str]:
    """Codes in the order of how many addresses they get; the first is what the rows allow."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    codes = [a + b for a in letters for b in letters if a + b not in ("US", "ZZ")]
    random.Random(SEED).shuffle(codes)
    return ["US", *codes[:239]]


class Generator:
    def __init__(self, nodes: int) -> None:
        self.random = random.Random(SEED)
        self.budget = nodes
        self.left, self.right = array("q"), array("q")
        self.countries = country_codes()
        self.weights = [1 / (rank + 1) for rank in range(len(self.countries))]
        self.values: list[dict[str, Any]] = []
        self.first_value: list[int] = []
        self.cities: list[int] = []
        for rank, code in enumerate(self.countries):
            self.first_value.append(len(self.values))
            self.cities.append(max(1, int(nodes / 100 * self.weights[rank])))
            self.values += [self._record(rank, code, n) for n in range(self.cities[rank])]

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

    def node(self) -> int:
        self.left.append(NONE)
        self.right.append(NONE)
        return len(self.left) - 1

    def leaf(self, country: int | None) -> int:
        if self.random.random() < 0.05:
            return NONE
        if country is None:
            country = self.pick_country()
        # -1 is none, below it are the values.
        return -2 - self.first_value[country] - self.random.randrange(self.cities[country])

    def pick_country(self) -> int:
        return self.random.choices(range(len(self.countries)), self.weights)[0]

    def grow(self, budget: int, bits: int, country: int | None) -> int:
        """A subtree of about `budget` nodes, at most `bits` deep, most of it in one country."""
        if budget <= 0 or bits == 0:
            return self.leaf(country)
        if budget < 4000 and (country is None or self.random.random() < 0.03):
            country = self.pick_country()
        node = self.node()
        rest = budget - 1
        room = (1 << (bits - 1)) - 1
        part = min(max(int(rest * self.random.random()), rest - room), room)
        self.left[node] = self.grow(part, bits - 1, country)
        self.right[node] = self.grow(rest - part, bits - 1, country)
        return node

    def attach(self, bits: str, record: int) -> None:
        """Puts a record at the end of a way from the root."""
        node = 0
        for bit in bits[:-1]:
            side = self.right if bit == "1" else self.left
            if side[node] < 0:
                side[node] = self.node()
            node = side[node]
        (self.right if bits[-1] == "1" else self.left)[node] = record

    def tree(self) -> maxmind_db.Tree:
        self.node()
        ipv4 = self.grow(int(self.budget * IPV4_SHARE), IPV4_BITS, None)
        self.attach("0" * 96, ipv4)
        self.attach("0" * 80 + "1" * 16, ipv4)
        self.attach(f"{0x2002:016b}", ipv4)
        left = self.budget - len(self.left)
        for block in IPV6_BLOCKS:
            bits = f"{int(block, 16):016b}"[:12]
            self.attach(bits, self.grow(left // len(IPV6_BLOCKS), IPV6_BITS - 12, None))
        nodes = len(self.left)
        return maxmind_db.Tree(
            array("I", (r if r >= 0 else nodes - 1 - r for r in self.left)),
            array("I", (r if r >= 0 else nodes - 1 - r for r in self.right)),
        )


def generate(path: Path, nodes: int) -> None:
    generator = Generator(nodes)
    tree = generator.tree()
    metadata = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": BUILD_EPOCH,
        "database_type": "Generated-City",
        "description": {"en": "Generated for the benchmark"},
        "ip_version": 6,
        "languages": ["de", "en", "fr"],
    }
    maxmind_db.write(path, tree, generator.values, metadata)
