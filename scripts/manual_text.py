"""Text of manual pages: escapes for groff, and the Markdown of docs/ as man(7)."""

from __future__ import annotations

import re


def escaped(text: str) -> str:
    """Text in which groff finds no request, no escape and no typographic sign."""
    for plain, sign in (("\\", "\\e"), ("-", "\\-"), ("'", "\\(aq"), ("^", "\\(ha"), ("~", "\\(ti"),
                        ("`", "\\(ga"), ('"', "\\(dq")):
        text = text.replace(plain, sign)
    text = "".join(each if each.isascii() else f"\\[u{ord(each):04X}]" for each in text)
    return f"\\&{text}" if text.startswith(".") else text


#: Code, a link, bold text, or an HTML anchor.
_INLINE = re.compile(
    r"`([^`]+)`|\[((?:[^\[\]]|\[[^\]]*\])+)\]\(([^)\s]+)\)|\*\*([^*]+)\*\*|\*([^*]+)\*|</?a[^>]*>")


def inline(text: str) -> str:
    """A paragraph or a cell: code and bold text in bold, links to other sites with their address."""
    shown, end = "", 0
    for match in _INLINE.finditer(text):
        shown += escaped(text[end:match.start()])
        end = match.end()
        code, label, target, bold, italic = match.groups()
        if label is not None:
            shown += inline(label)
            if re.match(r"https?://", target):
                shown += escaped(f" <{target}>")
        elif italic is not None:
            shown += f"\\fI{escaped(italic)}\\fR"
        elif code is not None or bold is not None:
            shown += f"\\fB{escaped(code or bold)}\\fR"
    return shown + escaped(text[end:])


def _cells(row: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def _table(rows: list[str]) -> list[str]:
    """Each row as a tagged paragraph. From the third column on, a cell has the heading of its column."""
    headings = _cells(rows[0])
    lines: list[str] = []
    for row in rows[2:]:
        tag, *cells = _cells(row)
        lines += [".TP", inline(tag)]
        for number, (heading, cell) in enumerate(zip(headings[1:], cells)):
            lines += [".br"] * (number > 0)
            lines.append(inline(cell if number == 0 else f"{heading}: {cell}"))
    return lines


def _paragraphs(text: str) -> list[list[str]]:
    """The lines of each block: a paragraph, a list item, a table, a heading, or fenced code."""
    blocks: list[list[str]] = []
    current: list[str] | None = None
    fenced = False
    for line in text.splitlines():
        if fenced:
            blocks[-1].append(line)
            fenced = line != "```"
            continue
        if not line or line.startswith("<!-- "):
            current = None
            continue
        if current is None or line.startswith(("- ", "#", "```")):
            current = []
            blocks.append(current)
        current.append(line)
        fenced = line.startswith("```")
        if fenced or line.startswith("#"):
            current = None
    return blocks


def man(markdown: str) -> list[str]:
    """The body of a manual page from a page of docs/, without the title of that page."""
    lines: list[str] = []
    first = True
    for block in _paragraphs(markdown):
        opening = block[0]
        if heading := re.match(r"(#+) (.+)", opening):
            level, text = len(heading[1]), heading[2].replace("`", "")
            if level > 1:
                lines.append(f".SH {escaped(text.upper())}" if level == 2 else f".SS {escaped(text)}")
            first = True
            continue
        if opening.startswith("```"):
            lines += [".RS 4", ".EX", *map(escaped, block[1:-1]), ".EE", ".RE"]
        elif opening.startswith("|"):
            lines += _table(block)
        elif opening.startswith("- "):
            lines += [".IP \\(bu 2", inline(" ".join([opening[2:], *map(str.strip, block[1:])]))]
        else:
            lines += [".PP"] * (not first) + [inline(" ".join(block))]
        first = False
    return lines
