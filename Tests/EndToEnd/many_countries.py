"""A database of 2,704 made-up countries, AAA to ZZD, one /24 each, for the test with several threads.

The committed databases know six countries: too few to make a table grow while others read it.
"""

from __future__ import annotations

import string
import struct

LETTERS = string.ascii_uppercase
CODES = [a + b + c for c in "ABCD" for a in LETTERS for b in LETTERS]


def network(number: int) -> tuple[int, int, int]:
    return 127, 32 + number // 256, number % 256


def requests() -> bytes:
    lines = (f"{'.'.join(map(str, network(number)))}.1 http://a.example/x{number}\n"
             for number in range(len(CODES)))
    return "".join(lines).encode()


def text(value: str) -> bytes:
    return bytes([0x40 | len(value)]) + value.encode()


def number(value: int, kind: int) -> bytes:
    """An unsigned integer of the kinds 5 (16 bits), 6 (32 bits) and 9 (64 bits)."""
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    control = bytes([kind << 5 | len(digits)]) if kind < 8 else bytes([len(digits), kind - 7])
    return control + digits


def mapping(entries: dict[str, bytes]) -> bytes:
    return bytes([0xE0 | len(entries)]) + b"".join(text(k) + v for k, v in entries.items())


def database() -> bytes:
    """MaxMind DB 2.0: an IPv4 tree of 24-bit records, the records, the metadata."""
    leaf, tree = {}, [[None, None]]
    for index in range(len(CODES)):
        a, b, c = network(index)
        address, node = a << 16 | b << 8 | c, 0
        for bit in range(23, 0, -1):
            side = address >> bit & 1
            if tree[node][side] is None:
                tree[node][side] = len(tree)
                tree.append([None, None])
            node = tree[node][side]
        leaf[node, address & 1] = index
    records = [mapping({"country": mapping({"iso_code": text(code)})}) for code in CODES]
    offsets = [sum(map(len, records[:index])) for index in range(len(records))]

    def pointer(node: int, side: int) -> bytes:
        if (node, side) in leaf:
            value = len(tree) + 16 + offsets[leaf[node, side]]
        else:
            value = tree[node][side] if tree[node][side] is not None else len(tree)
        return struct.pack(">I", value)[1:]

    nodes = b"".join(pointer(node, side) for node in range(len(tree)) for side in (0, 1))
    metadata = mapping({
        "binary_format_major_version": number(2, 5),
        "binary_format_minor_version": number(0, 5),
        "build_epoch": number(1_788_220_800, 9),
        "database_type": text("Test-Country"),
        "description": mapping({}),
        "ip_version": number(4, 5),
        "languages": b"\x00\x04",  # an empty array
        "node_count": number(len(tree), 6),
        "record_size": number(24, 5),
    })
    return nodes + bytes(16) + b"".join(records) + b"\xab\xcd\xefMaxMind.com" + metadata
