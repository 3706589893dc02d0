"""Drawn ``.bprint`` documents are valid, as rich as they claim, and shrink to the smallest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from chaim_conformance import contract
from chaim_conformance.errors import UsageError
from chaim_conformance.strategies import bprints
from chaim_conformance.strategies.bprint_fields import COLLECTIONS, DEEPEST, Dialect
from chaim_conformance.strategies.pools import CANARY, ODD_NAMES, ODD_TEXTS
from tests.bprint_rules import DIALECTS, broken_beyond, complaints, rules

# Hypothesis makes several documents of one by small changes: there have to be many for all kinds.
DRAWN = 1500
QUICK = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
Document = dict[str, Any]

both_dialects = pytest.mark.parametrize("dialect", DIALECTS, ids="dialect-{}".format)
plain_or_odd = pytest.mark.parametrize("odd", [False, True], ids=["plain", "odd"])


def drawn(dialect: Dialect, odd: bool = False, max_fields: int = 6) -> list[Document]:
    """What a run draws."""
    return _drawn(dialect, odd, max_fields)


@cache
def _drawn(dialect: Dialect, odd: bool, max_fields: int) -> list[Document]:
    documents: list[Document] = []

    @settings(QUICK, max_examples=DRAWN, phases=[Phase.generate])
    @given(bprints(dialect=dialect, odd=odd, max_fields=max_fields))
    def collect(document: Document) -> None:
        documents.append(document)

    collect()
    return documents


def holders(document: Document) -> Iterator[tuple[Document, int]]:
    """Every field and every items, at any depth, with the number of lists and maps around it."""

    def inside(holder: Document, depth: int) -> Iterator[tuple[Document, int]]:
        yield holder, depth
        for inner in (*holder.get("fields", ()), *filter(None, [holder.get("items")])):
            yield from inside(inner, depth + 1)

    for field in document["fields"]:
        yield from inside(field, 0)


def leaves(value: Any) -> Iterator[Any]:
    """The scalars of JSON data, and its keys."""
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from leaves(inner)
        else:
            yield inner


def nesting(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max(map(nesting, inner), default=0)


def field_schema(dialect: int) -> Document:
    schema: Document = contract.schema(DIALECTS[dialect])["$defs"]["field"]["properties"]
    return schema


@both_dialects
@plain_or_odd
def test_documents_are_valid(dialect: Dialect, odd: bool) -> None:
    for document in drawn(dialect, odd=odd)[:300]:
        assert complaints(dialect, document) == []
        assert list(broken_beyond(document)) == []
        assert CANARY.search(json.dumps(document))
        assert json.loads(json.dumps(document, allow_nan=False)) == document
        json.dumps(document, ensure_ascii=False).encode()  # no lone surrogates


@both_dialects
def test_keys_are_declared(dialect: Dialect) -> None:
    keys = set()
    for document in drawn(dialect):
        key = (
            document.get("primaryKey", {}).values()
            if dialect == 1
            else document["identity"]["fields"]
        )
        keys.add(tuple(key))
        assert set(key) <= {field["name"] for field in document["fields"]}
    assert keys == {("id",), ("id", "sortedBy")}


@both_dialects
def test_every_type_and_key_is_drawn(dialect: Dialect) -> None:
    known = field_schema(dialect)
    documents = drawn(dialect)
    fields = [field for document in documents for field in document["fields"]]
    assert {field["type"] for field in fields} == set(known["type"]["enum"])
    assert {key for field in fields for key in field} == set(known)
    items = {h["type"] for d in documents for h, _ in holders(d) if "name" not in h}
    assert items == {*scalars(dialect), "map", *(["list"] if dialect == 2 else [])}
    for flag in ("required", *(["nullable"] if dialect == 2 else [])):
        assert {field.get(flag) for field in fields} == {None, True, False}
    nested = {h["type"] for d in documents for h, depth in holders(d) if depth and "name" in h}
    assert nested == set(known["type"]["enum"] if dialect == 2 else scalars(1))


def scalars(dialect: int) -> set[str]:
    types = field_schema(dialect)["type"]["enum"]
    return {kind for kind in types if kind not in COLLECTIONS and "Set" not in kind}


@both_dialects
def test_values_are_drawn_where_they_may_stand(dialect: Dialect) -> None:
    """A pair for each key and type; defaults of two types are nobody's to write (see palettes)."""
    seen: dict[str, set[str]] = {"default": set(), "enum": set(), "constraints": set()}
    limits: dict[str, set[tuple[str, ...]]] = {"string": set(), "number": set()}
    for document in drawn(dialect):
        for holder, _ in holders(document):
            for key in seen.keys() & holder.keys():
                seen[key].add(holder["type"])
            if "constraints" in holder:
                limits[holder["type"].partition(".")[0]].add(tuple(holder["constraints"]))
    numbers = {kind for kind in scalars(dialect) if kind.startswith("number")}
    assert seen == {
        "default": scalars(dialect) - {"timestamp.epoch", "binary"},
        "enum": {"string", *(numbers if dialect == 2 else ())},
        "constraints": {"string", *numbers},
    }
    assert {len(limits["string"]), len(limits["number"])} == {8, 4}  # every subset


@both_dialects
def test_defaults_fit_what_else_a_field_says(dialect: Dialect) -> None:
    nulls = 0
    for document in drawn(dialect):
        for holder, _ in holders(document):
            values = [
                *holder.get("enum", ()),
                *([holder["default"]] if "default" in holder else ()),
            ]
            if None in values:
                assert holder["nullable"] is True
                nulls += 1
                continue
            if {"enum", "default"} <= holder.keys():
                assert holder["default"] in holder["enum"]
            limits = holder.get("constraints", {})
            for value in values:
                if isinstance(value, str):
                    assert limits.get("minLength", 0) <= len(value)
                    assert len(value) <= limits.get("maxLength", len(value))
                else:
                    assert limits.get("min", value) <= value <= limits.get("max", value)
    assert (nulls > 0) is (dialect == 2)


@both_dialects
def test_canaries_stand_in_names_descriptions_and_defaults(dialect: Dialect) -> None:
    for document in drawn(dialect):
        assert CANARY.search(document.get("description", "canary000000"))
        for holder, _ in holders(document):
            if holder.get("name", "id") not in ("id", "sortedBy"):
                assert CANARY.search(holder["name"])
            if "description" in holder:
                assert CANARY.search(holder["description"])
            if holder["type"] == "string" and holder.get("default") is not None:
                assert CANARY.search(holder["default"])


@both_dialects
def test_documents_are_short_and_long(dialect: Dialect) -> None:
    documents = drawn(dialect)
    sizes = {len(document["fields"]) for document in documents}
    assert {1, 2, 3, 4, 5, 6, 7, 8} <= sizes
    assert max(sizes) > 24
    texts = {
        len(text) for document in documents for text in leaves(document) if isinstance(text, str)
    }
    assert max(texts) > 1000
    assert any(not leaf.isascii() for d in documents for leaf in (f["name"] for f in d["fields"]))
    small = {len(document["fields"]) for document in drawn(dialect, max_fields=0)}
    assert small == {1, 2}


@pytest.mark.parametrize("dialect", [2], ids="dialect-{}".format)
def test_lists_and_maps_stand_in_one_another(dialect: Dialect) -> None:
    depths = {depth for d in drawn(dialect) for _, depth in holders(d)}
    assert depths == set(range(DEEPEST + 1))
    kinds = {
        (holder["type"], inner["type"])
        for document in drawn(dialect)
        for holder, _ in holders(document)
        for inner in (*holder.get("fields", ()), *filter(None, [holder.get("items")]))
        if inner["type"] in COLLECTIONS
    }
    assert kinds == {(outer, inner) for outer in COLLECTIONS for inner in COLLECTIONS}


def oddities(document: Document) -> set[str]:
    """What only odd documents have."""
    found = set()
    if nesting(document) >= 20:
        found.add("nesting")
    for leaf in leaves(document):
        if isinstance(leaf, int | float) and abs(leaf) >= 2**53:
            found.add("number")
        elif isinstance(leaf, str) and leaf in ODD_NAMES:
            found.add("name")
        elif isinstance(leaf, str) and leaf.partition(" ")[2] in ODD_TEXTS:
            found.add("text")
        elif isinstance(leaf, str) and len(leaf) >= 5000:
            found.add("length")
    return found


@both_dialects
@plain_or_odd
def test_only_odd_documents_are_odd(dialect: Dialect, odd: bool) -> None:
    found = set().union(*map(oddities, drawn(dialect, odd=odd)))
    # The whole texts carry a canary before them; those of annotations do not.
    assert found == ({"nesting", "number", "name", "text", "length"} if odd else set())


@plain_or_odd
def test_draws_shrink_to_the_smallest(odd: bool) -> None:
    head = {"entityName": "Payment", "description": "canary000000 plain"}
    fields = [{"name": "id", "type": "string", "required": True}]
    assert find(bprints(odd=odd), lambda _: True) == {
        "schemaVersion": 1.0,
        **head,
        "primaryKey": {"partitionKey": "id"},
        "fields": fields,
    }
    assert find(bprints(dialect=2, odd=odd), lambda _: True) == {
        "schemaVersion": "2.0",
        **head,
        "identity": {"fields": ["id"]},
        "fields": fields,
    }


@pytest.mark.parametrize("dialect", [pytest.param(1, marks=pytest.mark.night), 2])
def test_a_failure_shrinks_to_what_matters(dialect: Dialect) -> None:
    smallest = find(
        bprints(dialect=dialect),
        lambda document: any("pattern" in f.get("constraints", {}) for f in document["fields"]),
    )
    assert smallest["fields"][1:] == [
        {"name": "canary000000Name", "type": "string", "constraints": {"pattern": ".*"}}
    ]


def test_documents_are_nobody_elses() -> None:
    """Changing a document changes none that is drawn later."""

    @QUICK
    @given(bprints())
    def spoil(document: Document) -> None:
        assert complaints(1, document) == []
        for holder, _ in list(holders(document)):
            holder.get("annotations", {}).clear()
            holder.get("enum", []).append(0)
            holder.get("constraints", {})["spoilt"] = True

    spoil()


def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(UsageError, match="dialects 1 and 2"):
        bprints(dialect=3)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="0 or more"):
        bprints(max_fields=-1)


def test_the_second_reading_knows_the_rules_beyond() -> None:
    beyond = {name for name, rule in rules().items() if rule["by"] == "beyond"}
    assert beyond == {
        "reserved-word",
        "unique-names",
        "unique-nested-names",
        "length-order",
        "range-order",
        "pattern-compiles",
    }
