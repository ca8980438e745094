"""Reads the search tree and the values of a MaxMind DB.

The package maxminddb reads records by address and iterates over networks. It shows neither the nodes of the
tree nor which of them are aliases, which the benchmark needs to derive a database and to survey one.
"""

from __future__ import annotations

import dataclasses
import struct
from array import array
from pathlib import Path
from typing import Any

METADATA_MARK = b"\xab\xcd\xefMaxMind.com"
SEPARATOR = bytes(16)

POINTER, STRING, DOUBLE, BYTES, UINT16, UINT32, MAP = 1, 2, 3, 4, 5, 6, 7
INT32, UINT64, UINT128, ARRAY, BOOLEAN, FLOAT = 8, 9, 10, 11, 14, 15


@dataclasses.dataclass
class Tree:
    """The search tree. A record below `len(left)` is a node. `len(left)` means no value. `len(left) + 1 + n` is
    value n."""

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
