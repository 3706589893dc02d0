"""Texts of others within Markdown: nothing in them is taken for Markdown, HTML or a mention."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

CELL = 240  # characters
_SPECIAL = re.compile(r"[\\`*_\[\]<>#|~@$&]")
_TICKS = re.compile("`+")


def size(text: str) -> int:
    """In bytes, as it is written."""
    return len(text.encode("utf-8", "backslashreplace"))


def prose(text: str, limit: int = 600) -> str:
    """A text among others, on one line; cut where it is too long."""
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", _line(text, limit))


def _line(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def code(text: str, limit: int = CELL) -> str:
    """A value as it is, on one line, in a cell of a table too; cut where it is too long."""
    line = _line(text, limit)
    if not line:
        return ""
    # In a table no code span can have a stroke in it, whatever stands before.
    return f"<code>{prose(line)}</code>" if re.search(r"[`|]", line) else f"`{line}`"


def fenced(lines: Iterable[str], *, language: str = "text") -> str:
    """Lines as they are, in a block."""
    body = "\n".join(lines)
    fence = "`" * max(3, 1 + max((len(found) for found in _TICKS.findall(body)), default=0))
    return f"{fence}{language}\n{body}\n{fence}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, limit: int = 12_000) -> str:
    """A table of cells that are Markdown already; rows that exceed ``limit`` bytes are counted."""
    lines = [_row(head), _row(["---"] * len(head))]
    written = 0
    for number, row in enumerate(rows):
        line = _row(row)
        written += size(line)
        if written > limit:
            return "\n".join([*lines, "", f"… and {len(rows) - number} more, in `report.json`."])
        lines.append(line)
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def folded(summary: str, body: str) -> str:
    """What is shown when one asks for it. The empty lines make the body Markdown again."""
    return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"
