"""Gives the clients of 127.0.0.0/8 places in a City database that has none for them.

A MaxMind DB is a binary tree over the bits of an address. The subtree of 24.0.0.0/8 and the record of
127.0.0.0/8, which is empty, change places. The depth of the look-ups, the size of the file and its records
stay the same. mmdb-writer cannot change a database without encoding each record again.
"""

from __future__ import annotations

import maxmind_db

#: The network that moves: finely divided, and most of it in the United States.
DONOR = 24
LOOPBACK = 127


def with_clients_on_loopback(database: bytes) -> bytes:
    """The database itself if it divides 127.0.0.0/8, else a copy with 24.0.0.0/8 and 127.0.0.0/8 exchanged.

    ValueError: one of the two has no record of its own.
    """
    tree = SearchTree(database)
    if tree.walk(bits_of(LOOPBACK)) < tree.node_count:
        return database
    places = [(tree.walk(bits_of(octet)[:-1]), bits_of(octet)[-1]) for octet in (DONOR, LOOPBACK)]
    for octet, (parent, _) in zip((DONOR, LOOPBACK), places):
        if parent >= tree.node_count:
            raise ValueError(f"{octet}.0.0.0/8 has no record of its own")
    children = [tree.child(*place) for place in places]
    for place, child in zip(places, reversed(children)):
        tree.set_child(*place, child)
    return bytes(tree.database)


def bits_of(octet: int) -> list[int]:
    return [octet >> shift & 1 for shift in range(7, -1, -1)]


class SearchTree:
    def __init__(self, database: bytes) -> None:
        self.database = bytearray(database)
        metadata = maxmind_db.read_metadata(database)
        self.node_count: int = metadata["node_count"]
        self._record_size: int = metadata["record_size"]
        self._root = 0
        if metadata["ip_version"] == 6:
            for _ in range(96):
                self._root = self.child(self._root, 0)

    def _place(self, node: int) -> slice:
        size = self._record_size // 4
        return slice(node * size, (node + 1) * size)

    def child(self, node: int, side: int) -> int:
        record = self.database[self._place(node)]
        if self._record_size != 28:
            half = len(record) // 2
            return int.from_bytes(record[side * half:(side + 1) * half], "big")
        # The middle byte holds the highest four bits of both.
        if side == 0:
            return (record[3] >> 4) << 24 | int.from_bytes(record[:3], "big")
        return (record[3] & 0x0F) << 24 | int.from_bytes(record[4:], "big")

    def set_child(self, node: int, side: int, value: int) -> None:
        children = [self.child(node, 0), self.child(node, 1)]
        children[side] = value
        left, right = children
        if self._record_size != 28:
            half = self._record_size // 8
            record = left.to_bytes(half, "big") + right.to_bytes(half, "big")
        else:
            record = ((left & 0xFFFFFF).to_bytes(3, "big")
                      + bytes([left >> 24 << 4 | right >> 24])
                      + (right & 0xFFFFFF).to_bytes(3, "big"))
        self.database[self._place(node)] = record

    def walk(self, bits: list[int]) -> int:
        node = self._root
        for bit in bits:
            if node >= self.node_count:
                break
            node = self.child(node, bit)
        return node
