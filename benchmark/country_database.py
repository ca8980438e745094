"""Derives a Country database from a City one: the same networks with the country's fields alone,
and equal neighbours joined.

    country_database.py CITY COUNTRY

Runs in a Python environment with mmdb-writer.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mmdb_writer import SearchTreeLeaf, SearchTreeNode, TreeChild

import maxmind_db
from written_database import write

FIELDS = ("continent", "country", "registered_country", "represented_country", "traits")


def derive(city: Path, country: Path) -> None:
    reader = maxmind_db.Reader(city)
    root = Merged(reader).child(0)
    if not isinstance(root, SearchTreeNode):
        raise ValueError(f"{city}: the whole database has one record")
    # The writer adds these two itself.
    kept = {key: value for key, value in reader.metadata.items()
            if key not in ("node_count", "record_size")}
    write(country, root, {
        **kept,
        "database_type": reader.metadata["database_type"].replace("City", "Country"),
        "description": {"en": "Country fields of a City database"},
    })


class Merged:
    """The City's tree with fewer records. A shared node stays one node, so the aliases of the IPv4 part stay
    aliases."""

    def __init__(self, reader: maxmind_db.Reader) -> None:
        self.reader = reader
        self.leaf_of_fields: dict[str, SearchTreeLeaf] = {}
        self.made: dict[int, TreeChild] = {}

    def leaf(self, record: int) -> SearchTreeLeaf | None:
        """One leaf for all records with the same fields; None without fields."""
        if record == len(self.reader.tree):
            return None
        fields = self.reader.values.fields(self.reader.offset(record), FIELDS)
        if not fields:
            return None
        return self.leaf_of_fields.setdefault(json.dumps(fields), SearchTreeLeaf(fields))

    def child(self, record: int) -> TreeChild:
        """The merged node, or the leaf, for a record of the City's tree."""
        if record not in self.made:
            self.made[record] = self._child(record)
        return self.made[record]

    def _child(self, record: int) -> TreeChild:
        if record >= len(self.reader.tree):
            return self.leaf(record)
        left = self.child(self.reader.tree.left[record])
        right = self.child(self.reader.tree.right[record])
        if left is right and not isinstance(left, SearchTreeNode):
            return left
        return SearchTreeNode(left, right)


if __name__ == "__main__":
    derive(Path(sys.argv[1]), Path(sys.argv[2]))
