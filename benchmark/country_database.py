"""Derives a Country database from a City one: the same networks with the country's fields alone,
and equal neighbours joined."""

from __future__ import annotations

import sys
from array import array
from pathlib import Path
from typing import Any

import maxmind_db

FIELDS = ("continent", "country", "registered_country", "represented_country", "traits")


def derive(city: Path, country: Path) -> None:
    reader = maxmind_db.Reader(city)
    merged = Merged(reader)
    root = merged.merge(0)
    if root < 0:
        raise ValueError(f"{city}: the whole database has one record")
    tree, values = merged.arrays(root)
    metadata = {
        **reader.metadata,
        "database_type": reader.metadata["database_type"].replace("City", "Country"),
        "description": {"en": "Country fields of a City database"},
    }
    maxmind_db.write(country, tree, values, metadata)


class Merged:
    """The City's tree with fewer records. A node that several ways lead to stays one node, so the
    aliases of the IPv4 part stay aliases."""

    def __init__(self, reader: maxmind_db.Reader) -> None:
        self.reader = reader
        self.values: list[dict[str, Any]] = []
        self.number_of_value: dict[Any, int] = {}
        self.number_of_record: dict[int, int] = {}
        self.left = array("q")
        self.right = array("q")
        self.made: dict[int, int] = {}

    def value_number(self, record: int) -> int:
        """-1: none. -2 - n: value n. Numbers below 0 are not nodes."""
        if record == len(self.reader.tree):
            return -1
        if record not in self.number_of_record:
            fields = self.reader.values.fields(self.reader.offset(record), FIELDS)
            key = maxmind_db.key_of(fields)
            if not fields:
                self.number_of_record[record] = -1
            else:
                if key not in self.number_of_value:
                    self.number_of_value[key] = -2 - len(self.values)
                    self.values.append(fields)
                self.number_of_record[record] = self.number_of_value[key]
        return self.number_of_record[record]

    def merge(self, record: int) -> int:
        """The merged node, or the value, for a record of the City's tree."""
        if record >= len(self.reader.tree):
            return self.value_number(record)
        if record not in self.made:
            left = self.merge(self.reader.tree.left[record])
            right = self.merge(self.reader.tree.right[record])
            if left == right and left < 0:
                self.made[record] = left
            else:
                self.made[record] = len(self.left)
                self.left.append(left)
                self.right.append(right)
        return self.made[record]

    def arrays(self, root: int) -> tuple[maxmind_db.Tree, list[dict[str, Any]]]:
        """The nodes with the root first, as the format wants it."""
        nodes = len(self.left)

        # The root was made last. Counted from the end it comes first, and values, which are below
        # 0, come after all nodes.
        assert root == nodes - 1
        left = array("I", (nodes - 1 - record for record in reversed(self.left)))
        right = array("I", (nodes - 1 - record for record in reversed(self.right)))
        return maxmind_db.Tree(left, right), self.values


if __name__ == "__main__":
    derive(Path(sys.argv[1]), Path(sys.argv[2]))
