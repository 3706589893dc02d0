"""A sequence diagram as SVG: who sent what to whom, and where it went wrong.

Nothing measures text here: widths are estimates on the wide side, and labels are wrapped by them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

from chaim_conformance.events import Message
from chaim_conformance.report import sequence
from chaim_conformance.report.html.elements import Markup, joined, tag

ORDER = (
    sequence.CLOUDFORMATION,
    sequence.APP,
    sequence.HANDLER,
    sequence.BINDER,
    "Secrets Manager",
    "presign",
    "bucket",
    sequence.LOG,
    sequence.DISK,
    sequence.LOG,
    sequence.ASSEMBLY,
    sequence.NETWORK,
    "elsewhere",
    "another host",
)
# Pixels, at a font of 13: a letter's width, a line's height, between lifelines, at the edges.
LETTER, LINE, COLUMN, EDGE = 7.0, 17, 172, 16
# The margin that says "here"; half the width of a party's box, and the height of one.
MARGIN, HALF, BOX = 56, 66, 30
# What an arrow's label and its note may take at least, and below the last arrow.
NARROWEST, FOOT = 220, 14


def diagram(messages: Sequence[Message], *, name: str, title: str) -> Markup:
    """The messages as an image; ``name`` begins the ids in it, which have to be the page's own.

    Shapes have classes only: the page's style says how they look, in the light and in the dark.
    """
    drawing = _Drawing(messages)
    for message in messages:
        drawing.add(message)
    height = round(drawing.y + FOOT)
    told = "; ".join(map(_told, messages))
    return tag(
        "svg",
        tag("title", title, id=f"{name}-title"),
        tag("desc", told, id=f"{name}-desc"),
        drawing.lifelines(height),
        *drawing.shapes,
        xmlns="http://www.w3.org/2000/svg",
        class_="sequence",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        width=drawing.width,
        height=height,
        viewBox=f"0 0 {drawing.width} {height}",
    )


def _told(message: Message) -> str:
    """An arrow for those who hear the image."""
    words = f"{message.source} to {message.target}: {message.text}"
    notes = (message.note, "no success" if message.failed else "")
    more = "".join(f", {note}" for note in notes if note)
    return f"{words}{more}{', the violation is here' if message.guilty else ''}"


@dataclass
class _Drawing:
    """Shapes, added from the top down; ``y`` is where the last one ended."""

    messages: Sequence[Message]
    shapes: list[Markup] = field(default_factory=list)
    y: float = BOX + 10
    chapter: str = ""

    def __post_init__(self) -> None:
        there = dict.fromkeys(party for one in self.messages for party in (one.source, one.target))
        self.parties = sorted(there, key=lambda p: ORDER.index(p) if p in ORDER else len(ORDER))
        guilty = any(message.guilty for message in self.messages)
        self.left = (MARGIN if guilty else EDGE) + HALF
        columns = max(1, len(self.parties) - 1)
        self.width = self.left + columns * COLUMN + HALF + EDGE

    def x(self, party: str) -> int:
        """Where this party's lifeline is."""
        return self.left + self.parties.index(party) * COLUMN

    def lifelines(self, height: int) -> Markup:
        """A box and a line for each party."""
        drawn = []
        for party in self.parties:
            x = self.x(party)
            drawn += [
                tag("line", class_="life", x1=x, y1=BOX, x2=x, y2=height),
                tag("rect", class_="box", x=x - HALF, y=1, width=2 * HALF, height=BOX - 2, rx=4),
                _text(party, x, 20, "party"),
            ]
        return joined(*drawn)

    def add(self, message: Message) -> None:
        """Draws an arrow, below a separator where it begins a chapter."""
        if message.chapter != self.chapter:
            self.chapter = message.chapter
            self._separator(message.chapter)
        top = self.y
        source, target = self.x(message.source), self.x(message.target)
        at, right = min(source, target) + 10, max(source, target)
        label = _wrapped(message.text, max(right - at, COLUMN - 14))
        # A note has room up to the edge, and where that is near begins before its arrow.
        from_ = min(at, self.width - EDGE - NARROWEST)
        note = _wrapped(message.note, self.width - EDGE - from_)
        here = len(self.shapes)
        for line in label:
            self.y += LINE
            self.shapes.append(_text(line, at, self.y, "label"))
        self.y += 8
        self._arrow(message, source, target)
        self.y += 4
        for line in note:
            self.y += LINE - 2
            self.shapes.append(_text(line, from_, self.y, "note"))
        self.y += 10
        if message.guilty:
            self.shapes[here:here] = self._here(top)

    def _separator(self, chapter: str) -> None:
        self.y += 12
        for line in _wrapped(chapter, self.width - 2 * EDGE):
            self.y += LINE
            self.shapes.append(_text(line, EDGE, self.y, "chapter"))
        self.y += 6
        line = tag("line", class_="chapter", x1=EDGE, y1=self.y, x2=self.width - EDGE, y2=self.y)
        self.shapes.append(line)
        self.y += 4

    def _arrow(self, message: Message, source: int, target: int) -> None:
        way = "failed" if message.failed else "went"
        y = self.y
        if source == target:  # to itself: there and back
            path = f"M{source} {y - 8}h24v8h-18"
            self.shapes.append(tag("path", class_=f"arrow {way}", d=path))
            step = -6
        else:
            step = 6 if target > source else -6
            line = tag("line", class_=f"arrow {way}", x1=source, y1=y, x2=target - step, y2=y)
            self.shapes.append(line)
        if message.failed:  # dashed, and a cross where it came from
            x = source + 2 * step
            cross = f"M{x - 4} {y - 4}l8 8m0 -8l-8 8"
            self.shapes.append(tag("path", class_="cross", d=cross))
        head = f"M{target} {y}l{-1.5 * step} -5v10z"
        self.shapes.append(tag("path", class_="head", d=head))

    def _here(self, top: float) -> list[Markup]:
        """A frame around the guilty arrow, and a flag with the word."""
        height = self.y - top
        middle = top + height / 2
        flag = f"M2 {middle - 11}h38l10 11l-10 11h-38z"
        frame = tag(
            "rect", class_="frame", x=MARGIN - 4, y=top + 2, width=self.width - MARGIN - 2,
            height=height - 2, rx=4,
        )  # fmt: skip
        word = _text("here", 22, middle + 4.5, "flag")
        return [frame, tag("path", class_="flag", d=flag), word]


def _text(words: str, x: float, y: float, kind: str) -> Markup:
    return tag("text", words, class_=kind, x=x, y=y)


def _wrapped(text: str, width: float) -> list[str]:
    letters = max(12, int(width / LETTER))
    lines = text.splitlines()
    return [one for line in lines for one in textwrap.wrap(line, letters, break_on_hyphens=False)]
