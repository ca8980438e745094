#!/usr/bin/env python3
"""Writes the present output of the documentation's commands into its console blocks.

Look at the difference before committing it: the tests then hold the documentation to it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from documents import PAGES, blocks, commands, without_times
from workplace import prepare_for, run


def main() -> None:
    for page in PAGES:
        lines = page.read_text(encoding="utf-8").splitlines()
        for block in reversed([each for each in blocks(page) if each.language == "console"]):
            text = ""
            with tempfile.TemporaryDirectory() as temporary:
                directory = prepare_for(block, Path(temporary) / "etc")
                for command, _ in commands(block):
                    text += f"$ {command}\n{without_times(run(command, directory)[1])}"
            start = block.line - 1
            lines[start:start + len(block.text.splitlines())] = [
                block.indentation + line if line else "" for line in text.splitlines()]
        page.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
