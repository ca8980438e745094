"""Tables, as text for a terminal and as Markdown."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass
class Table:
    title: str
    columns: list[str]
    rows: list[list[str]] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    texts: int = 1
    """how many of the first columns are text, not numbers"""

    def add(self, *cells: str) -> None:
        assert len(cells) == len(self.columns), (self.columns, cells)
        self.rows.append(list(cells))

    def text(self) -> str:
        widths = [max(map(len, cells)) for cells in zip(self.columns, *self.rows)]

        def line(cells: list[str]) -> str:
            padded = [
                cell.ljust(width) if column < self.texts else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(cells, widths))
            ]
            return "  ".join(padded).rstrip()

        head = [self.title, "", line(self.columns), line(["-" * width for width in widths])]
        notes = ["", *self.notes] if self.notes else []
        return "\n".join(head + [line(row) for row in self.rows] + notes) + "\n"

    def markdown(self) -> str:
        def line(cells: list[str]) -> str:
            return "| " + " | ".join(cells) + " |"

        rule = ["---" if column < self.texts else "---:" for column in range(len(self.columns))]
        lines = [f"### {self.title}", "", line(self.columns), line(rule)]
        lines += [line(row) for row in self.rows]
        for note in self.notes:
            lines += ["", note]
        return "\n".join(lines) + "\n"
