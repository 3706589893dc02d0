"""``.bprint`` documents of the first dialect, always valid."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from chaim_conformance.strategies.pools import NUMBERS, TEXTS

Document = dict[str, Any]

SCALARS = ("string", "number", "boolean", "timestamp")
SETS = ("stringSet", "numberSet")
PATTERNS = ("^[a-z]+$", "\\d{3}", ".*")

canaries = st.integers(0, 10**6 - 1).map(lambda n: f"canary{n:06d}")


def _texts(canary: str) -> st.SearchStrategy[str]:
    """A telling text that carries the canary."""
    return st.sampled_from(TEXTS).map(lambda text: f"{canary} {text}")


def _string_constraints(draw: st.DrawFn) -> Document:
    shortest = draw(st.integers(0, 5))
    return {
        "minLength": shortest,
        "maxLength": shortest + draw(st.integers(0, 2000)),
        "pattern": draw(st.sampled_from(PATTERNS)),
    }


def _number_constraints(draw: st.DrawFn) -> Document:
    low, high = sorted([draw(st.sampled_from(NUMBERS)), draw(st.sampled_from(NUMBERS))])
    return {"min": low, "max": high}


def _scalar(draw: st.DrawFn, field: Document, canary: str) -> None:
    """Adds what a scalar field may have."""
    kind = field["type"]
    defaults: dict[str, st.SearchStrategy[Any]] = {
        "string": _texts(canary),
        "number": st.sampled_from(NUMBERS),
        "boolean": st.booleans(),
        "timestamp": st.just("2026-01-15T14:30:00Z"),
    }
    if draw(st.booleans()):
        field["default"] = draw(defaults[kind])
    elif kind == "string" and draw(st.booleans()):
        field["enum"] = draw(st.lists(_texts(canary), min_size=1, max_size=3, unique=True))
    elif kind == "string" and draw(st.booleans()):
        field["constraints"] = _string_constraints(draw)
    elif kind == "number" and draw(st.booleans()):
        field["constraints"] = _number_constraints(draw)


def _nested(draw: st.DrawFn, canary: str) -> list[Document]:
    """The fields of a map: name and scalar type only."""
    size = draw(st.integers(1, 3))
    return [
        {"name": f"{canary}Nested{n}", "type": draw(st.sampled_from(SCALARS))} for n in range(size)
    ]


@st.composite
def _fields(draw: st.DrawFn, name: str) -> Document:
    canary = draw(canaries)
    kind = draw(st.sampled_from((*SCALARS, *SETS, "list", "map")))
    field: Document = {"name": name or f"{canary}Name", "type": kind}
    if draw(st.booleans()):
        field["required"] = draw(st.booleans())
    if draw(st.booleans()):
        field["description"] = draw(_texts(canary))
    if draw(st.booleans()):
        field["nameOverride"] = f"{canary}Override"
    if draw(st.integers(0, 3)) == 0:
        field["annotations"] = {"pii": True, "owner": draw(_texts(canary)), "n": draw(numbers)}
    match kind:
        case "list" if draw(st.booleans()):
            field["items"] = {"type": "map", "fields": _nested(draw, canary)}
        case "list":
            field["items"] = {"type": draw(st.sampled_from(SCALARS))}
        case "map":
            field["fields"] = _nested(draw, canary)
        case _ if kind in SCALARS:
            _scalar(draw, field, canary)
    return field


numbers = st.sampled_from(NUMBERS)


@st.composite
def bprints(draw: st.DrawFn, *, max_fields: int = 6) -> Document:
    """A valid ``.bprint`` document, as plain JSON data.

    Names, descriptions and defaults carry canaries (``canary`` and six digits). The key is a
    declared field. Shrinks towards one string field.
    """
    entity = draw(st.sampled_from(("Payment", "User", "Order", "Bestellung", "\u6ce8\u6587")))
    document: Document = {
        "schemaVersion": draw(st.sampled_from((1.0, 1, 1.1))),
        "entityName": entity,
        "description": draw(canaries.flatmap(_texts)),
        "primaryKey": {"partitionKey": "id"},
        "fields": [{"name": "id", "type": "string", "required": True}],
    }
    if draw(st.booleans()):
        document["primaryKey"]["sortKey"] = "sortedBy"
        document["fields"].append({"name": "sortedBy", "type": "string"})
    seen = {"id", "sortedBy"}
    for field in draw(st.lists(_fields(""), max_size=max_fields)):
        if field["name"] not in seen:
            seen.add(field["name"])
            document["fields"].append(field)
    return document
