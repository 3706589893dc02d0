"""Where the values of a JSON text stand, and what JSON readers disagree about in it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

Steps = tuple[str | int, ...]

TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
NO_JSON = ("NaN", "Infinity", "-Infinity")


@dataclass(kw_only=True)
class Found:
    """Offsets into the text: of wanted values, of keys that come twice, of numbers that are none.

    ``twice`` has the path of the object with each repeated key, which is the last step.
    """

    values: dict[Steps, int] = field(default_factory=dict)
    twice: list[tuple[Steps, int]] = field(default_factory=list)
    constants: list[tuple[str, int]] = field(default_factory=list)


def find(text: str, wanted: Collection[Steps]) -> Found:
    """Looks through a text that ``json.loads`` takes, once, however deep it is.

    Of a key that comes twice, the last value counts, as it does for ``json.loads``.
    """
    found = Found()
    wanted = set(wanted)
    longest = max(map(len, wanted), default=-1)
    steps: list[str | int] = []
    keys: list[set[str] | None] = []  # of each object around; None for an array
    expects_key = False
    for token, offset in _tokens(text):
        if token in "}]":
            keys.pop()
            steps.pop()
            expects_key = False
        elif token == ",":
            if keys[-1] is None:
                steps[-1] = int(steps[-1]) + 1
            else:
                expects_key = True
        elif token == ":":
            expects_key = False
        elif expects_key:
            name = json.loads(token, strict=False)
            known = keys[-1]
            assert known is not None  # only objects have keys
            steps[-1] = name
            if name in known:
                found.twice.append((tuple(steps), offset))
            known.add(name)
        else:
            if len(steps) <= longest and (here := tuple(steps)) in wanted:
                found.values[here] = offset
            if token in ("{", "["):
                keys.append(set() if token == "{" else None)
                steps.append("" if token == "{" else 0)
                expects_key = token == "{"
            elif token in NO_JSON:
                found.constants.append((token, offset))
    return found


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    for match in TOKEN.finditer(text):
        yield match.group(), match.start()


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Both from 1; a column is a character, as ``json``'s own errors have it."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
