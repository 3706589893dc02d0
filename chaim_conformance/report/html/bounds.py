"""How much of each failure a page shows: less where there are so many that it would be too big."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chaim_conformance.events import Message


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The most of each: arrows of a diagram, steps of a story, lines of a log, letters of a text.

    A text is a value, a step, a line, or what an arrow says; all of it is in the transcript.
    """

    arrows: int
    steps: int
    lines: int
    letters: int

    def cut(self, text: str) -> str:
        """The beginning of a text, and how much is missing."""
        left = len(text) - self.letters
        return text if left <= 0 else f"{text[: self.letters]}… ({left} characters more)"

    def messages(self, messages: Sequence[Message]) -> tuple[Message, ...]:
        """The arrows that end with the guilty one and what followed it at once."""
        guilty = next((n for n, one in enumerate(messages) if one.guilty), len(messages) - 1)
        last = min(len(messages), max(guilty + 2, self.arrows))
        kept = messages[max(0, last - self.arrows) : last]
        return tuple(replace(m, text=self.cut(m.text), note=self.cut(m.note)) for m in kept)


# From all there is to what 92 violations at once, each of a long story, leave room for.
BOUNDS = (
    Bounds(arrows=40, steps=60, lines=60, letters=4000),
    Bounds(arrows=12, steps=20, lines=15, letters=600),
    Bounds(arrows=5, steps=5, lines=5, letters=90),
    Bounds(arrows=0, steps=0, lines=0, letters=60),
)
