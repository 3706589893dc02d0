"""``.bprint`` documents that are wrong in one spot, and the rule that they break there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st

from chaim_conformance.errors import UsageError
from chaim_conformance.strategies.bprint_fields import Dialect, Document
from chaim_conformance.strategies.bprints import bprints
from chaim_conformance.strategies.breakers import BREAKERS, Breaker, Place


@dataclass(frozen=True, kw_only=True)
class Breakage:
    """A document of a dialect that breaks one rule of ``bprint-rules.json``, and that one alone."""

    rule: str
    document: Any
    dialect: Dialect


def _last(document: Document, field: Document) -> None:
    document["fields"].append(field)


def _first(document: Document, field: Document) -> None:
    document["fields"].insert(0, field)


def _in_a_map(document: Document, field: Document) -> None:
    neighbour = {"name": "neighbour", "type": "string"}
    _last(document, {"name": "holder", "type": "map", "fields": [neighbour, field]})


def _in_a_list(document: Document, field: Document) -> None:
    _last(
        document,
        {"name": "holder", "type": "list", "items": {"type": "map", "fields": [field]}},
    )


def _deep(document: Document, field: Document) -> None:
    inner = {"name": "inner", "type": "map", "fields": [field]}
    _in_a_list(document, {"name": "outer", "type": "map", "fields": [inner]})


# The first dialect has no whole fields below others.
PLACES: dict[Dialect, tuple[Place, ...]] = {
    1: (_last, _first),
    2: (_last, _first, _in_a_map, _in_a_list, _deep),
}
places = {dialect: st.sampled_from(some) for dialect, some in PLACES.items()}


@cache
def ways(rule: str, dialect: Dialect) -> tuple[Breaker, ...]:
    """How a rule is broken in a dialect; nothing where it does not apply."""
    return tuple(breaker for breaker in BREAKERS[rule] if dialect in breaker.dialects)


def rules(dialect: Dialect) -> tuple[str, ...]:
    """The rules that apply to a dialect, by their names in ``bprint-rules.json``."""
    return tuple(rule for rule in BREAKERS if ways(rule, dialect))


def breakages(*, dialect: Dialect = 1, rule: str | None = None) -> st.SearchStrategy[Breakage]:
    """Drawn documents with one rule broken in one spot: any that the dialect has, or this one.

    But for that spot, documents are those of :func:`bprints`; putting it right makes them valid.
    In dialect 2 it may lie deep in lists and maps. ``rule`` is a name of ``bprint-rules.json``.

    >>> from hypothesis import given
    >>> from chaim_conformance.strategies import breakages
    >>> @given(breakages(rule="length-order"))
    ... def test_my_validator(breakage):
    ...     constraints = [field.get("constraints", {}) for field in breakage.document["fields"]]
    ...     assert any(c.get("minLength", 0) > c.get("maxLength", 9e9) for c in constraints)
    >>> test_my_validator()
    """
    if dialect not in PLACES:
        raise UsageError(f"breakages(dialect={dialect!r}): there are dialects 1 and 2; pass one")
    known = rules(dialect)
    if rule is not None and rule not in known:
        raise UsageError(
            f"breakages(rule={rule!r}): dialect {dialect} has no such rule; it has "
            + ", ".join(known)
        )
    return _strategy(dialect, known if rule is None else (rule,))


@cache
def _strategy(dialect: Dialect, some: tuple[str, ...]) -> st.SearchStrategy[Breakage]:
    breakers = {rule: st.sampled_from(ways(rule, dialect)) for rule in some}
    return _breakage(dialect, st.sampled_from(some), breakers, bprints(dialect=dialect))


@st.composite
def _breakage(
    draw: st.DrawFn,
    dialect: Dialect,
    some: st.SearchStrategy[str],
    breakers: dict[str, st.SearchStrategy[Breaker]],
    documents: st.SearchStrategy[Document],
) -> Breakage:
    rule = draw(some)
    breaker = draw(breakers[rule])
    place = draw(places[dialect])
    return Breakage(rule=rule, document=breaker.spoil(draw(documents), place), dialect=dialect)
