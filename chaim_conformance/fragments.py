"""Finds secrets in texts: in clear, in every common encoding, and pieces of them."""

from __future__ import annotations

import base64
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

# A piece of a secret counts from this many of its characters (H70).
SHORTEST = 8
# Where a line was wrapped: the break, what it is written as in JSON, and the white space behind.
# Each alternative begins with a plain character, so that re skips whatever else there is.
_BREAK = r"(?:\n|\r\n|\\n|\\r\\n)[ \t]*"
WRAP = re.compile(rf"{_BREAK}(?:{_BREAK})*")


class Fragments:
    """The pieces of secret values by which they are recognized.

    ``shortest`` is how many characters of a value make a piece. Values shorter than that are
    recognized whole.
    """

    def __init__(self, values: Iterable[str], *, shortest: int = SHORTEST) -> None:
        spelled = {form for value in values for form in _forms(value, min(shortest, len(value)))}
        self._sieves = tuple((form, width, _sieve(form, width)) for form, width in spelled)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the text holds pieces; overlapping ones are one span, in order.

        Also a piece that goes on in the next line, or in the next few.
        """
        found = set(self._found(text))
        if "\n" in text or "\\n" in text:  # what every WRAP has in it
            unwrapped, place = _unwrapped(text)
            found |= {(place(a), place(b - 1) + 1) for a, b in self._found(unwrapped)}
        return _merged(sorted(found))

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        for form, width, sieve in self._sieves:
            for at, part in sieve:
                for start in _places(text, part):
                    first, end = _extended(text, start, form, at, len(part))
                    if end - first >= width:
                        yield first, end

    def replaced(self, text: str, by: str) -> str:
        """The text with every span replaced."""
        parts, end = [], 0
        for start, stop in self.spans(text):
            parts += [text[end:start], by]
            end = stop
        return "".join((*parts, text[end:]))


def _sieve(form: str, width: int) -> tuple[tuple[int, str], ...]:
    """A few parts of a form, with their places in it: every piece has one of them.

    To look for all pieces would take a second for each megabyte of a log.
    """
    half = (width + 1) // 2
    apart = width - half + 1  # at so many places in a row a part can begin within a piece
    return tuple((at, form[at : at + half]) for at in range(0, len(form) - half + 1, apart))


def _extended(text: str, start: int, form: str, at: int, length: int) -> tuple[int, int]:
    """How far text and form agree around a part of this length, which both have."""
    first, end, stop = start, start + length, at + length
    while first > 0 and at > 0 and text[first - 1] == form[at - 1]:
        first, at = first - 1, at - 1
    while end < len(text) and stop < len(form) and text[end] == form[stop]:
        end, stop = end + 1, stop + 1
    return first, end


def _merged(found: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for start, end in found:
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def _unwrapped(text: str) -> tuple[str, Callable[[int], int]]:
    """The text in one line, and for a place in that the place in the text itself."""
    parts, starts, ends = [], [0], [0]
    for wrap in WRAP.finditer(text):
        parts.append(text[ends[-1] : wrap.start()].rstrip(" \t"))
        starts.append(starts[-1] + len(parts[-1]))
        ends.append(wrap.end())
    parts.append(text[ends[-1] :])

    def place(index: int) -> int:
        line = bisect_right(starts, index) - 1
        return ends[line] + index - starts[line]

    return "".join(parts), place


def _places(text: str, piece: str) -> Iterator[int]:
    start = text.find(piece)
    while start >= 0:
        yield start
        start = text.find(piece, start + 1)


def _forms(value: str, width: int) -> Iterator[tuple[str, int]]:
    """The spellings of a value, each with how many of its characters hold ``width`` of the value's.

    Base64 is spelled at each of its three offsets, without the characters at both ends that mix
    with the neighbours' bits.
    """
    if not value:
        return
    yield value, width
    for spelled in (quote(value, safe=""), json.dumps(value)[1:-1]):
        if spelled != value:
            yield spelled, width
    data = value.encode()
    yield data.hex(), 2 * width
    yield data.hex().upper(), 2 * width
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + data).decode().rstrip("=")
        inner = encoded[(offset * 8 + 5) // 6 : len(encoded) - 1]
        filled = width * 4 // 3  # characters that ``width`` bytes fill wholly, at any offset
        if len(inner) >= filled >= SHORTEST:
            yield inner, filled
            yield inner.replace("+", "-").replace("/", "_"), filled
