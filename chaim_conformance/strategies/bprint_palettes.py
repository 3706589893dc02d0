"""What the values of ``.bprint`` fields are drawn from: the plain palette and the odd one.

Strategies are built once, here, and drawn from many times: building one costs more than its draw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from hypothesis import strategies as st

from chaim_conformance.strategies.pools import (
    DATES,
    LONG_TEXTS,
    NAME_FORMS,
    NUMBERS,
    ODD_NAMES,
    ODD_NUMBERS,
    ODD_TEXTS,
    PATTERNS,
    TEXTS,
    TIMES,
)

Limits = tuple[tuple[str, Any], ...]
Range = tuple[float, float, tuple[str, ...]]
Annotate = Callable[[str], dict[str, Any]]

INT = (0, 1, -1, 100, 2**31 - 1, -(2**31))
LONG = (*INT, 2**53 - 1, -(2**53) + 1)
ODD_LONG = tuple(n for n in ODD_NUMBERS if isinstance(n, int) and -(2**63) <= n < 2**63)
LENGTHS = ((0, 1), (1, 1), (0, 0), (1, 36), (5, 2000), (0, 2**31 - 1))
DEEP = 30


@dataclass(frozen=True, kw_only=True, eq=False)
class Palette:
    """Strategies for the values of fields; ``ranges`` and ``defaults`` by a field's type.

    A range is a lower and an upper number, not in the wrong order, and the limits to set.
    Annotations are made around a text. A name is a form with ``{}`` for a canary, or has none.
    """

    names: st.SearchStrategy[str]
    texts: st.SearchStrategy[str]
    text_groups: st.SearchStrategy[tuple[str, ...]]
    text_limits: st.SearchStrategy[Limits]
    ranges: dict[str, st.SearchStrategy[Range]]
    defaults: dict[str, st.SearchStrategy[Any]]
    annotations: st.SearchStrategy[Annotate]


def _subsets(names: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """Those of one name first, the empty one last."""
    return (s for count in (*range(1, len(names) + 1), 0) for s in combinations(names, count))


def _groups(texts: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """One to three different texts; what looks the same stands together."""
    runs = (texts[start : start + size] for size in (1, 2, 3) for start in range(len(texts)))
    return st.sampled_from(list(dict.fromkeys(runs)))


def _text_limits() -> st.SearchStrategy[Limits]:
    table: list[Limits] = []
    for names in _subsets(("minLength", "maxLength", "pattern")):
        for (shortest, longest), pattern in product(LENGTHS, PATTERNS):
            limits = {"minLength": shortest, "maxLength": longest, "pattern": pattern}
            table.append(tuple((name, limits[name]) for name in names))
    return st.sampled_from(table)


def _ranges(numbers: tuple[float, ...]) -> st.SearchStrategy[Range]:
    pairs = [(low, high) for low, high in product(numbers, numbers) if low <= high]
    limits = _subsets(("min", "max"))
    return st.sampled_from([(low, high, names) for names in limits for low, high in pairs])


def _flagged(word: str) -> dict[str, Any]:
    return {"pii": True}


def _empty(word: str) -> dict[str, Any]:
    return {}


def _owned(word: str) -> dict[str, Any]:
    return {"owner": f"{word} caf\u00e9", "since": None, "weight": 0.1, "": "no name"}


def _nested(word: str) -> dict[str, Any]:
    rules = {"mask": {"from": 0, "with": "\u2022"}, "kept": [1, [2, [3, {}]], None, False]}
    return {"tags": [word, "\u65e5\u672c\u8a9e"], "rules": rules}


def _deep(word: str) -> dict[str, Any]:
    inner: dict[str, Any] = {"word": word}
    for level in range(DEEP):
        inner = {f"level{level}": [inner] if level % 2 else inner}
    return inner


def _unlucky(word: str) -> dict[str, Any]:
    return {"__proto__": {"polluted": word}, "constructor": {"prototype": {}}, "name": ODD_TEXTS[0]}


def _palette(*, odd: bool) -> Palette:
    texts = (*TEXTS, *LONG_TEXTS, *(ODD_TEXTS if odd else ()))
    numbers = (*NUMBERS, *(ODD_NUMBERS if odd else ()))
    long = (*LONG, *(ODD_LONG if odd else ()))
    annotations: tuple[Annotate, ...] = (_flagged, _owned, _nested, _empty)
    any_number = _ranges(numbers)
    return Palette(
        names=st.sampled_from((*NAME_FORMS, *(ODD_NAMES if odd else ()))),
        texts=st.sampled_from(texts),
        text_groups=_groups(texts),
        text_limits=_text_limits(),
        ranges={
            "number": any_number,
            "number.int": _ranges(INT),
            "number.long": _ranges(long),
            "number.float": _ranges(NUMBERS),
            "number.double": any_number,
            "number.decimal": any_number,
        },
        # Not of `timestamp.epoch` and `binary`: the contract leaves open how one is written.
        defaults={
            "boolean": st.booleans(),
            "timestamp": st.sampled_from(TIMES),
            "timestamp.date": st.sampled_from(DATES),
        },
        annotations=st.sampled_from((*annotations, *((_deep, _unlucky) if odd else ()))),
    )


PALETTES = {odd: _palette(odd=odd) for odd in (False, True)}
