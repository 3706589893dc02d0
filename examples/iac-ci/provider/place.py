"""A place in a JSON document, which says where it is when it is not what was expected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHOWN = 80


class PlanError(Exception):
    """A plan that cannot be read: which file, where in it, what was expected, what to do."""


@dataclass(frozen=True)
class Place:
    """``path`` is written as jq would have it."""

    file: str
    path: str
    value: Any

    @classmethod
    def read(cls, file: Path) -> Place:
        """The top of the document in a file."""
        try:
            return cls(str(file), "", json.loads(file.read_text(encoding="utf-8")))
        except OSError as error:
            raise PlanError(f"{file}: cannot be read: {error.strerror}") from None
        except (RecursionError, ValueError) as error:
            raise PlanError(
                f"{file}: not JSON: {error}; write it by: terraform show -json PLANFILE > {file}"
            ) from None

    def __getitem__(self, key: str) -> Place:
        """What an object has under a key; it has to have it."""
        found = self.get(key)
        if found is None:
            raise self.wrong(f"an object with {key!r}")
        return found

    def get(self, key: str) -> Place | None:
        """The same where it may be absent or null."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        value = self.value.get(key)
        return None if value is None else Place(self.file, f"{self.path}.{key}", value)

    def __iter__(self) -> Iterator[Place]:
        """The elements of a list."""
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        for number, value in enumerate(self.value):
            yield Place(self.file, f"{self.path}[{number}]", value)

    @property
    def text(self) -> str:
        """A text that is not empty."""
        if not isinstance(self.value, str) or not self.value:
            raise self.wrong("a text that is not empty")
        return self.value

    @property
    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def wrong(self, expected: str) -> PlanError:
        """Says that this is not what was expected."""
        seen = json.dumps(self.value, ensure_ascii=False)
        shown = seen if len(seen) <= SHOWN else f"{seen[:SHOWN]}…"
        return PlanError(
            f"{self.file}: {self.path or 'the top'}: expected {expected}, found {shown}"
        )
