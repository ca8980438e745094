"""The requests: seeded client addresses, each with a URL of about 40 bytes."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Callable, Iterator

from address_space import AddressSpace

SEED = 8
ZIPF_ADDRESSES = 10_000
IPV6_SHARE = 0.4
RESERVED = [
    ipaddress.IPv4Network(text)
    for text in ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
]
RESERVED_RANGES = [(int(net.network_address), int(net.broadcast_address)) for net in RESERVED]
FIRST, LAST = int(ipaddress.IPv4Address("1.0.0.0")), int(ipaddress.IPv4Address("223.255.255.255"))


def ipv4(generator: random.Random) -> str:
    while True:
        address = generator.randint(FIRST, LAST)
        if not any(first <= address <= last for first, last in RESERVED_RANGES):
            return str(ipaddress.IPv4Address(address))


def ipv6(generator: random.Random, space: AddressSpace) -> str:
    """From a network that the database knows: nearly all others end near the tree's root."""
    first, length = generator.choice(space.ipv6_networks)
    return str(ipaddress.IPv6Address(first | generator.getrandbits(128 - length)))


def one_address(generator: random.Random, space: AddressSpace, mixed: bool) -> str:
    if mixed and space.ipv6_networks and generator.random() < IPV6_SHARE:
        return ipv6(generator, space)
    return ipv4(generator)


def zipf(
    generator: random.Random, count: int, address: Callable[[], str], addresses: int
) -> list[str]:
    """Each of a fixed set of addresses, the n-th of them 1/n times as often as the first."""
    fixed = [address() for _ in range(addresses)]
    weights = [1 / rank for rank in range(1, addresses + 1)]
    return generator.choices(fixed, weights, k=count)


def url(generator: random.Random) -> str:
    section = generator.choice(("news", "shop", "help", "video"))
    number = generator.randrange(1000, 9999)
    return f"http://a.example/{section}/2024/story-{number}.html"


def requests(kind: str, count: int, space: AddressSpace) -> Iterator[str]:
    """Lines for the replay host. The kinds: "IPv4", "IPv4 Zipf", "60/40", "60/40 Zipf"."""
    generator = random.Random(f"{SEED} {kind}")
    mixed = kind.startswith("60/40")

    def address() -> str:
        return one_address(generator, space, mixed)

    if kind.endswith("Zipf"):
        addresses = zipf(generator, count, address, min(ZIPF_ADDRESSES, count))
    else:
        addresses = [address() for _ in range(count)]
    for client in addresses:
        yield f"{client} {url(generator)}\n"
