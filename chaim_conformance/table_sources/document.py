"""A document of somebody else's, value by value: what is expected where, and what is not known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chaim_conformance.json_positions import Steps

_PLAIN = re.compile(r"[A-Za-z_][\w:-]*")
_SHOWN = 60


@dataclass(frozen=True)
class Unknown:
    """Stands where a document has a value that nobody knows yet; ``why`` goes on after "it is".

    ``written`` is what the document has there.
    """

    why: str
    written: Any = None


class Malformed(Exception):
    """A value is none of what is expected at its place: the document is not what it looks like."""

    def __init__(self, steps: Steps, message: str) -> None:
        super().__init__(message)
        self.steps = steps


class NotKnown(Exception):
    """A value is there, and what it will be is not known; the message says why."""


@dataclass(frozen=True)
class Node:
    """A value and the path to it. What is absent, or null, is a node of ``None``."""

    value: Any
    steps: Steps = ()

    def __getitem__(self, name: str | int) -> Node:
        """A member of this object, or of this list; of what is not known it is not, either."""
        steps = (*self.steps, name)
        if isinstance(self.value, Unknown):
            return Node(self.value, steps)
        if isinstance(name, int):
            return Node(self.items()[name].value, steps)
        return Node((self._object() or {}).get(name), steps)

    def __bool__(self) -> bool:
        return self.value is not None

    def items(self) -> list[Node]:
        """The items of a list; none where it is absent."""
        value = self.known()
        if value is not None and not isinstance(value, list):
            raise self.expected("a list")
        return [Node(one, (*self.steps, place)) for place, one in enumerate(value or ())]

    def members(self) -> Iterator[tuple[str, Node]]:
        """The members of an object; none where it is absent."""
        for name, one in (self._object() or {}).items():
            yield name, Node(one, (*self.steps, name))

    def text(self) -> str | None:
        """A text; ``None`` where it is absent."""
        value = self.known()
        if value is not None and not isinstance(value, str):
            raise self.expected("a text")
        return value

    def needed(self) -> str:
        """A text that has to be there, and not empty."""
        if not (text := self.text()):
            raise self.expected("a text")
        return text

    def one_of(self, *words: str) -> str | None:
        """One of these texts; ``None`` where it is absent."""
        text = self.text()
        if text is not None and text not in words:
            raise self.expected(f"one of {', '.join(words)}")
        return text

    def flag(self) -> bool:
        """Whether it is true; templates write ``"true"``, too. Absent is false."""
        value = {"true": True, "false": False}.get(str(self.known()).lower())
        if value is None and self.known() is not None:
            raise self.expected("true or false")
        return bool(value)

    def known(self) -> Any:
        """The value; raises :class:`NotKnown` where nobody knows it."""
        if isinstance(self.value, Unknown):
            raise NotKnown(f"it is {self.value.why}")
        return self.value

    def expected(self, what: str) -> Malformed:
        """The error that says what was expected here, and what is."""
        seen = "nothing" if self.value is None else _seen(self.value)
        return Malformed(self.steps, f"{path(self.steps)}: expected {what}, found {seen}")

    def _object(self) -> dict[str, Any] | None:
        value = self.known()
        if value is not None and not isinstance(value, dict):
            raise self.expected("an object")
        return value


def path(steps: Steps) -> str:
    """``Resources.Orders.Properties.KeySchema[0]``."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text or "the document"


def _seen(value: Any) -> str:
    """A value in a few words."""
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case Unknown():
            return f"what is {value.why}"
        case _:
            text = json.dumps(value, ensure_ascii=False, default=str)
            return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
