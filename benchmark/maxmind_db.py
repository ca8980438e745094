"""Reads and writes the MaxMind DB format, as far as the benchmark's databases need it."""

from __future__ import annotations

import dataclasses
import struct
from array import array
from pathlib import Path
from typing import Any, NamedTuple

METADATA_MARK = b"\xab\xcd\xefMaxMind.com"
SEPARATOR = bytes(16)

POINTER, STRING, DOUBLE, BYTES, UINT16, UINT32, MAP = 1, 2, 3, 4, 5, 6, 7
INT32, UINT64, UINT128, ARRAY, BOOLEAN, FLOAT = 8, 9, 10, 11, 14, 15


class Number(NamedTuple):
    """An unsigned integer of a type other than uint32."""

    kind: int
    value: int


METADATA_KINDS = {
    "binary_format_major_version": UINT16,
    "binary_format_minor_version": UINT16,
    "build_epoch": UINT64,
    "ip_version": UINT16,
    "node_count": UINT32,
    "record_size": UINT16,
}


@dataclasses.dataclass
class Tree:
    """The search tree. Below `len(left)` a record is a node, equal to it is none, and above it is
    the number of a value, from `len(left) + 1` on."""

    left: array
    right: array

    def __len__(self) -> int:
        return len(self.left)


class DataSection:
    """Decodes values by their offset, each offset once."""

    def __init__(self, content: bytes, start: int) -> None:
        self.content = content
        self.start = start
        self.known: dict[int, tuple[Any, int]] = {}

    def value(self, offset: int) -> Any:
        if offset not in self.known:
            self.known[offset] = self._decode(offset)
        return self.known[offset][0]

    def fields(self, offset: int, wanted: tuple[str, ...]) -> dict[str, Any]:
        """The wanted fields of the map at an offset."""
        whole = self.value(offset)
        return {key: whole[key] for key in wanted if key in whole}

    def _size(self, control: int, at: int) -> tuple[int, int]:
        size = control & 0x1F
        if size < 29:
            return size, at
        length = size - 28
        number = int.from_bytes(self.content[at : at + length], "big")
        return number + (29, 285, 65821)[length - 1], at + length

    def _decode(self, offset: int) -> tuple[Any, int]:
        at = self.start + offset
        control = self.content[at]
        at += 1
        kind = control >> 5
        if kind == POINTER:
            length = (control >> 3 & 3) + 1
            number = int.from_bytes(self.content[at : at + length], "big")
            if length < 4:
                number += ((control & 7) << 8 * length) + (0, 2048, 526336)[length - 1]
            return self.value(number), at + length - self.start
        if kind == 0:
            kind = self.content[at] + 7
            at += 1
        size, at = self._size(control, at)
        if kind == MAP:
            fields, next_offset = {}, at - self.start
            for _ in range(size):
                key, next_offset = self._decode(next_offset)
                fields[key], next_offset = self._decode(next_offset)
            return fields, next_offset
        if kind == ARRAY:
            items, next_offset = [], at - self.start
            for _ in range(size):
                item, next_offset = self._decode(next_offset)
                items.append(item)
            return items, next_offset
        if kind == BOOLEAN:
            return bool(size), at - self.start
        raw = self.content[at : at + size]
        end = at + size - self.start
        if kind == STRING:
            return raw.decode(), end
        if kind == DOUBLE:
            return struct.unpack(">d", raw)[0], end
        if kind == FLOAT:
            return struct.unpack(">f", raw)[0], end
        if kind == BYTES:
            return raw, end
        return int.from_bytes(raw, "big", signed=kind == INT32), end


class Reader:
    """A database's metadata, tree and values."""

    def __init__(self, path: Path) -> None:
        content = path.read_bytes()
        self.metadata = read_metadata(content)
        nodes = self.metadata["node_count"]
        self.tree = read_tree(content, nodes, self.metadata["record_size"])
        tree_size = nodes * self.metadata["record_size"] // 4
        self.values = DataSection(content, tree_size + len(SEPARATOR))

    def offset(self, record: int) -> int:
        """Where in the data section the value of a record above the node count lies."""
        return record - len(self.tree) - len(SEPARATOR)


def read_metadata(content: bytes) -> dict[str, Any]:
    mark = content.rfind(METADATA_MARK)
    if mark < 0:
        raise ValueError("not a MaxMind DB")
    return DataSection(content, mark + len(METADATA_MARK)).value(0)


def read_tree(content: bytes, nodes: int, record_size: int) -> Tree:
    left, right = array("I", bytes(4 * nodes)), array("I", bytes(4 * nodes))
    step = record_size // 4
    raw = content[: nodes * step]
    if record_size == 24:
        for node in range(nodes):
            pair = int.from_bytes(raw[node * 6 : node * 6 + 6], "big")
            left[node], right[node] = pair >> 24, pair & 0xFFFFFF
    elif record_size == 28:
        for node in range(nodes):
            pair = int.from_bytes(raw[node * 7 : node * 7 + 7], "big")
            left[node] = pair >> 32 | (pair >> 4 & 0xF000000)
            right[node] = pair & 0xFFFFFFF
    else:
        both = array("I", raw)
        both.byteswap()
        left, right = both[0::2], both[1::2]
    return Tree(left, right)


class Encoder:
    """Encodes values; a map or a string that was written already becomes a pointer, as in the
    databases that MaxMind writes."""

    def __init__(self, shares: bool = True) -> None:
        self.content = bytearray()
        self.shares = shares
        self.written: dict[Any, int] = {}

    def add(self, value: Any) -> int:
        """Appends a value and returns its offset."""
        key = key_of(value)
        if key not in self.written:
            # The parts are written first, so that the value itself can point to them.
            encoded = self._encode(value)
            self.written[key] = len(self.content)
            self.content += encoded
        return self.written[key]

    def _encode_part(self, value: Any) -> bytes:
        is_long = isinstance(value, dict) or (isinstance(value, str) and len(value) > 3)
        return pointer(self.add(value)) if is_long and self.shares else self._encode(value)

    def _encode(self, value: Any) -> bytes:
        if isinstance(value, dict):
            parts = [self._encode_part(part) for pair in value.items() for part in pair]
            return control(MAP, len(value)) + b"".join(parts)
        if isinstance(value, list):
            parts = [self._encode_part(part) for part in value]
            return control(ARRAY, len(value)) + b"".join(parts)
        if isinstance(value, str):
            raw = value.encode()
            return control(STRING, len(raw)) + raw
        if isinstance(value, bool):
            return control(BOOLEAN, int(value))
        if isinstance(value, float):
            return control(DOUBLE, 8) + struct.pack(">d", value)
        kind, number = value if isinstance(value, Number) else (UINT32, value)
        raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
        return control(kind, len(raw)) + raw


def key_of(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((key, key_of(part)) for key, part in value.items())
    if isinstance(value, list):
        return ("list", *(key_of(part) for part in value))
    return (type(value).__name__, value)


def control(kind: int, size: int) -> bytes:
    if size < 29:
        short, rest = size, b""
    elif size < 285:
        short, rest = 29, bytes([size - 29])
    elif size < 65821:
        short, rest = 30, (size - 285).to_bytes(2, "big")
    else:
        short, rest = 31, (size - 65821).to_bytes(3, "big")
    if kind <= MAP:
        return bytes([kind << 5 | short]) + rest
    return bytes([short, kind - 7]) + rest


def pointer(offset: int) -> bytes:
    if offset < 2048:
        return (POINTER << 13 | offset).to_bytes(2, "big")
    if offset < 526336:
        return (POINTER << 21 | 1 << 19 | offset - 2048).to_bytes(3, "big")
    if offset < 134744064:
        return (POINTER << 29 | 2 << 27 | offset - 526336).to_bytes(4, "big")
    return bytes([POINTER << 5 | 3 << 3]) + offset.to_bytes(4, "big")


def write(path: Path, tree: Tree, values: list[Any], metadata: dict[str, Any]) -> None:
    """Writes a database. `values` are those of the tree's records, by number."""
    encoder = Encoder()
    nodes = len(tree)
    offsets = [nodes] + [nodes + len(SEPARATOR) + encoder.add(value) for value in values]
    largest = max(offsets)
    record_size = 24 if largest < 1 << 24 else 28 if largest < 1 << 28 else 32
    content = bytearray()
    for left, right in zip(tree.left, tree.right):
        left = left if left < nodes else offsets[left - nodes]
        right = right if right < nodes else offsets[right - nodes]
        if record_size == 28:
            pair = (left & 0xFFFFFF) << 32 | (left >> 24) << 28 | right
        else:
            pair = left << record_size | right
        content += pair.to_bytes(record_size // 4, "big")
    whole = {**metadata, "node_count": nodes, "record_size": record_size}
    described = Encoder(shares=False)
    described.add(
        {
            key: Number(METADATA_KINDS[key], value) if key in METADATA_KINDS else value
            for key, value in whole.items()
        }
    )
    path.write_bytes(content + SEPARATOR + encoder.content + METADATA_MARK + described.content)
