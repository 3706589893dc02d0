"""Fields of ``.bprint`` documents, of both dialects.

A field costs few draws: what it has comes from a table of prepared combinations, its values from
palettes. They are consistent: a default is one of the enum's values and within the constraints.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any, Literal

from hypothesis import strategies as st

from chaim_conformance.strategies.bprint_palettes import Palette

Document = dict[str, Any]
Dialect = Literal[1, 2]

SCALARS = ("string", "number", "boolean", "timestamp")
NUMBERS_2 = ("number.int", "number.long", "number.float", "number.double", "number.decimal")
SCALARS_2 = (*SCALARS, *NUMBERS_2, "timestamp.epoch", "timestamp.date", "binary")
SETS = ("stringSet", "numberSet")
SETS_2 = (*SETS, *(kind.replace("number", "numberSet") for kind in NUMBERS_2))
COLLECTIONS = ("list", "map")
DEEPEST = 4  # so many lists and maps stand inside one another

Nested = tuple[str, ...]
# The types of a nested field's neighbours in the first dialect, from one to many.
NESTED: tuple[Nested, ...] = (
    *((kind,) for kind in SCALARS),
    *product(SCALARS, SCALARS),
    SCALARS,
    SCALARS * 4,
)
ITEMS: tuple[str | Nested, ...] = (*SCALARS * 5, *NESTED)

kinds_1 = st.sampled_from((*SCALARS, "string", "number", "string", *SETS, *COLLECTIONS))
nested_kinds = st.sampled_from(NESTED)
list_contents = st.sampled_from(ITEMS)
# Without some weight, the wealth of types would make those rare that can have most.
kinds_2 = st.sampled_from((*SCALARS_2, *("string",) * 5, *SETS_2, *COLLECTIONS * 3))
flat_kinds_2 = st.sampled_from((*SCALARS_2, *SETS_2))
item_kinds_2 = st.sampled_from((*SCALARS_2, *COLLECTIONS * 2))
flat_item_kinds_2 = st.sampled_from(SCALARS_2)
nested_counts = st.sampled_from((1, 2, 1, 3))
serials = st.integers(0, 10**6 - 1)
canaries = serials.map(lambda serial: f"canary{serial:06d}")
booleans = st.booleans()


@dataclass(frozen=True, kw_only=True)
class Extras:
    """What a field has beside name and type: flags with their values, and other keys."""

    flags: tuple[tuple[str, bool], ...]
    keys: frozenset[str]


def _extras(*flags: str) -> st.SearchStrategy[Extras]:
    """Every combination, by binary counting: with less of anything, a combination comes earlier.

    What costs no draw of its own changes fastest: that way Hypothesis finds it superfluous.
    """
    keys = ("annotations", "description", "constraints", "enum", "default", "nameOverride")
    return st.sampled_from(
        [
            Extras(
                flags=tuple((flag, value) for flag, value in chosen_flags if value is not None),
                keys=frozenset(key for key in chosen_keys if key),
            )
            for chosen_keys in product(*(("", key) for key in keys))
            for chosen_flags in product(
                *([(flag, value) for value in (None, True, False, None)] for flag in flags)
            )
        ]
    )


EXTRAS = {1: _extras("required"), 2: _extras("required", "nullable")}


@cache
def fields(dialect: Dialect, palette: Palette, depth: int = DEEPEST) -> st.SearchStrategy[Document]:
    """One field, as plain JSON data, with at most ``depth`` lists and maps inside one another."""
    return _fields_1(palette) if dialect == 1 else _fields_2(palette, depth)


@st.composite
def _fields_1(draw: st.DrawFn, palette: Palette) -> Document:
    word = draw(canaries)
    field = _plain(draw, palette, draw(kinds_1), draw(EXTRAS[1]), word)
    if field["type"] == "number":
        field.pop("enum", None)  # the first dialect has enums of texts alone
    elif field["type"] == "map":
        field["fields"] = _nested(draw, palette, draw(nested_kinds), word)
    elif field["type"] == "list":
        content = draw(list_contents)
        field["items"] = (
            {"type": content}
            if isinstance(content, str)
            else {"type": "map", "fields": _nested(draw, palette, content, word)}
        )
    return field


def _nested(draw: st.DrawFn, palette: Palette, kinds: Nested, word: str) -> list[Document]:
    """Fields of these types below a field of the first dialect; they have nothing else."""
    name = draw(palette.names).format(word)
    return [{"name": f"{name}{n or ''}", "type": kind} for n, kind in enumerate(kinds)]


@st.composite
def _fields_2(draw: st.DrawFn, palette: Palette, depth: int) -> Document:
    kind = draw(kinds_2 if depth else flat_kinds_2)
    field = _plain(draw, palette, kind, draw(EXTRAS[2]), draw(canaries))
    _fill(draw, palette, field, depth)
    return field


def _fill(draw: st.DrawFn, palette: Palette, holder: Document, depth: int) -> None:
    """Gives a list its items and a map its fields, whether they are fields or items themselves."""
    if holder["type"] == "map":
        inner = fields(2, palette, depth - 1)
        holder["fields"] = distinct([draw(inner) for _ in range(draw(nested_counts))])
    elif holder["type"] == "list":
        holder["items"] = {"type": draw(item_kinds_2 if depth > 1 else flat_item_kinds_2)}
        _fill(draw, palette, holder["items"], depth - 1)


def distinct(neighbours: list[Document]) -> list[Document]:
    """The same fields, those that would bear a neighbour's name renamed."""
    seen: set[str] = set()
    for field in neighbours:
        name, n = field["name"], 1
        while field["name"] in seen:
            n += 1
            field["name"] = f"{name}{n}"
        seen.add(field["name"])
    return neighbours


def _plain(draw: st.DrawFn, palette: Palette, kind: str, extras: Extras, word: str) -> Document:
    """A field without what is below it."""
    field: Document = {"name": draw(palette.names).format(word), "type": kind, **dict(extras.flags)}
    if "nameOverride" in extras.keys:
        field["nameOverride"] = f"{word}Override"
    values = extras.keys & {"default", "enum", "constraints"}
    if not values:
        pass
    elif kind == "string":
        _add_texts(draw, palette, field, values, word)
    elif kind in palette.ranges:
        _add_numbers(draw, palette, field, values)
    elif kind in palette.defaults and "default" in values:
        field["default"] = draw(palette.defaults[kind])
    if field.get("nullable") and "default" in field and "enum" not in field and draw(booleans):
        field["default"] = None
    if "description" in extras.keys:
        field["description"] = f"{word} {draw(palette.texts)}"
    if "annotations" in extras.keys:
        field["annotations"] = draw(palette.annotations)(word)
    return field


def _add_texts(
    draw: st.DrawFn, palette: Palette, field: Document, values: frozenset[str], word: str
) -> None:
    """Default, enum and constraints of a string, as far as they are wanted."""
    limits = dict(draw(palette.text_limits)) if "constraints" in values else {}
    if values != {"constraints"}:
        texts = [f"{word} {text}" for text in draw(palette.text_groups)]
        fitting = {
            "minLength": min(map(len, texts)),
            "maxLength": 2 * max(map(len, texts)),  # languages differ in what they count
            "pattern": "^canary[0-9]{6} ",
        }
        limits = {limit: fitting[limit] for limit in limits}
        if "default" in values:
            field["default"] = texts[0]
        if "enum" in values:
            field["enum"] = texts
    if "constraints" in values:
        field["constraints"] = limits


def _add_numbers(
    draw: st.DrawFn, palette: Palette, field: Document, values: frozenset[str]
) -> None:
    """Default, enum and constraints of a number, as far as they are wanted."""
    low, high, limits = draw(palette.ranges[field["type"]])
    if "default" in values:
        field["default"] = low
    if "enum" in values:
        field["enum"] = [low] if low == high else [low, high]
    if "constraints" in values:
        bounds = {"min": low, "max": high}
        field["constraints"] = {limit: bounds[limit] for limit in limits}
