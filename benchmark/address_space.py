"""Facts of a Country database that the rows need: the number of IPv4 addresses of each country, and the
IPv6 networks."""

from __future__ import annotations

import collections
import dataclasses
import random
from pathlib import Path

import maxmind_db

SEED = 96
IPV6_NETWORKS_MAX = 20_000


@dataclasses.dataclass
class AddressSpace:
    countries: list[str]
    """by IPv4 addresses, most first"""
    ipv6_networks: list[tuple[int, int]]
    """a sample: first address and prefix length"""


def survey(path: Path) -> AddressSpace:
    reader = maxmind_db.Reader(path)
    if reader.metadata["ip_version"] != 6:
        return AddressSpace(countries(reader, 0, 32), [])
    tree = reader.tree
    ipv4 = 0
    for _ in range(96):
        ipv4 = tree.left[ipv4] if ipv4 < len(tree) else ipv4
    networks = list(ipv6_networks(reader, ipv4))
    random.Random(SEED).shuffle(networks)
    return AddressSpace(countries(reader, ipv4, 32), networks[:IPV6_NETWORKS_MAX])


def countries(reader: maxmind_db.Reader, root: int, bits: int) -> list[str]:
    addresses: collections.Counter[str] = collections.Counter()
    waiting = [(root, bits)]
    while waiting:
        record, left = waiting.pop()
        if record < len(reader.tree):
            waiting.append((reader.tree.left[record], left - 1))
            waiting.append((reader.tree.right[record], left - 1))
        elif record > len(reader.tree):
            fields = reader.values.value(reader.offset(record))
            code = fields.get("country", {}).get("iso_code")
            if code is not None:
                addresses[code] += 1 << left
    return [code for code, _ in addresses.most_common()]


def ipv6_networks(reader: maxmind_db.Reader, ipv4: int):
    waiting = [(0, 0, 0)]
    while waiting:
        record, first, length = waiting.pop()
        # The IPv4 part, wherever the tree refers to it.
        if record == ipv4:
            continue
        if record < len(reader.tree):
            waiting.append((reader.tree.left[record], first, length + 1))
            right = first | 1 << (127 - length)
            waiting.append((reader.tree.right[record], right, length + 1))
        elif record > len(reader.tree):
            yield first, length
