"""Writes a database with mmdb-writer, from a tree of its nodes.

mmdb-writer's `insert_network` takes about 50 µs a network, minutes for a City database. So the callers make the
nodes themselves.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mmdb_writer

POINTER_SIZE = 4


class Encoder(mmdb_writer.Encoder):
    """Writes a value in place where a pointer would be no shorter, as in MaxMind's databases.

    The writer's own encoder makes a pointer of each value: the plugins would read one more than in a
    database from MaxMind.
    """

    def encode(self, value: Any, type_id: int | None = None, return_offset: bool = False) -> Any:
        if self.cache and not isinstance(value, (dict, list)):
            inline = Encoder(cache=False).encode(value, type_id)
            if len(inline) <= POINTER_SIZE:
                return inline
        return super().encode(value, type_id, return_offset)


class TreeWriter(mmdb_writer.TreeWriter):
    encoder_cls = Encoder


def write(path: Path, tree: mmdb_writer.SearchTreeNode, metadata: dict[str, Any]) -> None:
    TreeWriter(tree, metadata).write(str(path))
