"""The ways to break each rule of ``bprint-rules.json``, one spot of a valid document at a time."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from chaim_conformance.reserved_words import RESERVED_WORDS
from chaim_conformance.strategies.bprint_fields import COLLECTIONS, SETS, Document
from chaim_conformance.strategies.pools import BROKEN_PATTERNS

# Puts a field somewhere into a document: first, last, below other fields.
Place = Callable[[Document, Document], None]
Dialects = tuple[int, ...]

BOTH: Dialects = (1, 2)
NAME = "canary000000Broken"
COLLECTION_CONTENT: dict[str, Document] = {
    "list": {"items": {"type": "string"}},
    "map": {"fields": [{"name": "a", "type": "string"}]},
}


@dataclass(frozen=True, kw_only=True)
class Breaker:
    """One way to break a rule: makes of a document, which it may change, one that breaks it.

    What has to be in some field goes to the place that it is given.
    """

    spoil: Callable[[Document, Place], Any]
    dialects: Dialects = BOTH


Ways = tuple[Breaker, ...]


def becomes(*make: Callable[[Document], Any]) -> Ways:
    """Something else altogether stands there."""

    def making(one: Callable[[Document], Any]) -> Callable[[Document, Place], Any]:
        return lambda document, _: one(document)

    return tuple(Breaker(spoil=making(one)) for one in make)


def lacks(key: str, dialects: Dialects = BOTH) -> Ways:
    """A key of the document is missing."""

    def spoil(document: Document, place: Place) -> Any:
        del document[key]
        return document

    return (Breaker(spoil=spoil, dialects=dialects),)


def has(key: str, *values: Any, dialects: Dialects = BOTH) -> Ways:
    """A key of the document has one of these values."""

    def having(value: Any) -> Callable[[Document, Place], Any]:
        return lambda document, _: {**document, key: deepcopy(value)}

    return tuple(Breaker(spoil=having(value), dialects=dialects) for value in values)


def holds(*fields: Document, dialects: Dialects = BOTH) -> Ways:
    """One of these fields stands somewhere."""

    def holding(field: Document) -> Callable[[Document, Place], Any]:
        def spoil(document: Document, place: Place) -> Any:
            place(document, deepcopy(field))
            return document

        return spoil

    return tuple(Breaker(spoil=holding(field), dialects=dialects) for field in fields)


def of(kind: Any, **keys: Any) -> Document:
    """A field of this type."""
    return {"name": NAME, "type": kind, **keys}


def constrained(kind: str, *constraints: tuple[str, Any]) -> Document:
    """A field of this type with constraints."""
    return of(kind, constraints=dict(constraints))


def above(*nested: Document) -> tuple[Document, ...]:
    """A map of these fields, and a list of such maps."""
    fields = list(nested)
    return of("map", fields=fields), of("list", items={"type": "map", "fields": fields})


def collection(kind: str, **keys: Any) -> Document:
    """A field that is a collection, complete, with these keys besides."""
    return of(kind, **COLLECTION_CONTENT.get(kind, {}), **keys)


def _first_name_twice(document: Document, place: Place) -> Any:
    document["fields"].append({"name": document["fields"][0]["name"], "type": "number"})
    return document


def _last_field_twice(document: Document, place: Place) -> Any:
    document["fields"].append(deepcopy(document["fields"][-1]))
    return document


def _identity_twice(document: Document, place: Place) -> Any:
    document["identity"]["fields"].append(document["identity"]["fields"][0])
    return document


BREAKERS: dict[str, Ways] = {
    "object": becomes(
        lambda document: [],
        lambda document: [document],
        lambda document: document["entityName"],
        lambda document: 1,
        lambda document: None,
    ),
    "schema-version": (
        *lacks("schemaVersion"),
        *has("schemaVersion", None, True, "", [1.0]),
        *has("schemaVersion", "1.0", dialects=(1,)),
        *has("schemaVersion", "two", "2", "v2.0", "2.0.1", "2.", dialects=(2,)),
    ),
    "entity-name": (
        *lacks("entityName"),
        *has("entityName", "", None, 1),
        *has(
            "entityName",
            "payment",
            "1Payment",
            "Pay_ment",
            "Pay ment",
            "Gr\u00f6\u00dfe",
            dialects=(2,),
        ),
    ),
    "description": (
        *lacks("description", dialects=(1,)),
        *has("description", 1, None, ["text"]),
    ),
    "primary-key": (
        *lacks("primaryKey", dialects=(1,)),
        *has("primaryKey", {}, {"partitionKey": ""}, {"sortKey": "id"}, dialects=(1,)),
        *has(
            "primaryKey", {"partitionKey": "id", "sortKey": ""}, "id", ["id"], None, dialects=(1,)
        ),
        *has("primaryKey", {"partitionKey": 1}, dialects=(1,)),
    ),
    "identity": (
        *lacks("identity", dialects=(2,)),
        *has("identity", {}, {"fields": []}, {"fields": [""]}, {"fields": [1]}, dialects=(2,)),
        *has("identity", {"fields": "id"}, ["id"], "id", None, dialects=(2,)),
        Breaker(spoil=_identity_twice, dialects=(2,)),
    ),
    "fields": (
        *lacks("fields"),
        *has("fields", [], {}, None, {"id": {"type": "string"}}),
    ),
    "no-other-keys": (
        *has("extra", 1, None),
        *has("Description", "of another case"),
        *has("identity", {"fields": ["id"]}, dialects=(1,)),
        *has("primaryKey", {"partitionKey": "id"}, dialects=(2,)),
        *holds(of("string", extra=1), of("string", Required=True), of("number", comment="")),
        *holds(of("string", nullable=True), dialects=(1,)),
    ),
    "field-name": holds(
        {"type": "string"},
        {"name": "", "type": "string"},
        {"name": None, "type": "string"},
        {"name": 1, "type": "number"},
    ),
    "field-type": (
        *holds({"name": NAME}, of("integer"), of("String"), of("object"), of(""), of(None)),
        *holds(of("date"), of(["string"]), of("string "), of("binarySet")),
        *holds(of("number.int"), of("binary"), of("timestamp.date"), dialects=(1,)),
        *holds(of("int"), of("number.Int"), of("number."), of("stringSet.int"), dialects=(2,)),
    ),
    "name-override": holds(
        *(
            of("string", nameOverride=n)
            for n in ("1a", "a-b", "", "a b", "a.b", "gr\u00f6\u00dfe", "$a")
        ),
        of("number", nameOverride=None),
        of("boolean", nameOverride=1),
    ),
    "reserved-word": holds(*(of("string", nameOverride=word) for word in RESERVED_WORDS)),
    "enum": (
        *holds(of("string", enum=[]), of("string", enum=[1]), of("string", enum=["a", None])),
        *holds(of("string", enum="a"), of("string", enum={"a": 1}), of("number", enum=["1"])),
        *holds(of("boolean", enum=["true"]), of("timestamp", enum=["2026-01-15T14:30:00Z"])),
        *holds(of("number", enum=[1]), dialects=(1,)),
        *holds(of("number", enum=[]), of("number.int", enum=[1, "2"]), dialects=(2,)),
        *holds(of("number.decimal", enum=[True]), of("binary", enum=["YQ=="]), dialects=(2,)),
    ),
    "constraints-of-type": (
        *holds(constrained("number", ("minLength", 1)), constrained("number", ("maxLength", 1))),
        *holds(constrained("number", ("min", 1), ("pattern", ".*"))),
        *holds(
            constrained("string", ("min", 1)), constrained("string", ("maxLength", 1), ("max", 1))
        ),
        *holds(constrained("boolean", ("min", 0)), constrained("timestamp", ("minLength", 1))),
        *holds(constrained("number.long", ("maxLength", 9)), dialects=(2,)),
        *holds(constrained("binary", ("maxLength", 9)), dialects=(2,)),
        *holds(constrained("timestamp.epoch", ("min", 0)), dialects=(2,)),
    ),
    "collections-plain": (
        *holds(*(collection(kind, default="a") for kind in (*SETS, *COLLECTIONS))),
        *holds(*(collection(kind, enum=["a"]) for kind in (*SETS, *COLLECTIONS))),
        *holds(*(collection(kind, constraints={"min": 1}) for kind in (*SETS, *COLLECTIONS))),
        *holds(of("numberSet.int", default=1), dialects=(2,)),
        *holds(of("numberSet.decimal", constraints={"max": 1}), dialects=(2,)),
    ),
    "default-of-type": (
        *holds(of("number", default="1"), of("number", default=True), of("number", default=[])),
        *holds(of("string", default=1), of("string", default=False), of("string", default={})),
        *holds(of("boolean", default=[True]), of("timestamp", default={"now": True})),
        *holds(of("boolean", default="true"), of("boolean", default=1)),
        *holds(of("timestamp", default=1), of("timestamp", default=True)),
        *holds(*(of(kind, default=None) for kind in ("string", "boolean")), dialects=(1,)),
        *holds(of("number.int", default="1"), of("number.decimal", default=False), dialects=(2,)),
    ),
    "list-items": (
        *holds(of("list"), of("string", items={"type": "string"})),
        *holds(of("stringSet", items={"type": "string"})),
        *holds(collection("map", items={"type": "string"})),
        *holds(of("list", items={"type": "list"}), dialects=(2,)),
    ),
    "map-fields": (
        *holds(of("map"), of("map", fields=[]), of("list", items={"type": "map"})),
        *holds(of("list", items={"type": "map", "fields": []})),
        *holds(of("list", items={"type": "list", "items": {"type": "map"}}), dialects=(2,)),
    ),
    "nested-scalar": holds(
        *above(of("string"), {"name": "a", "type": "stringSet"}),
        *above({"name": "a", "type": "map", "fields": [of("string")]}),
        *above({"name": "a", "type": "list", "items": {"type": "string"}}),
        *above({"name": "a", "type": "string", "required": True}),
        *above({"name": "a", "type": "string", "description": "text"}, of("number")),
        *above({"name": "a", "type": "number", "default": 1}),
        dialects=(1,),
    ),
    "unique-names": (Breaker(spoil=_first_name_twice), Breaker(spoil=_last_field_twice)),
    "unique-nested-names": holds(
        *above({"name": "a", "type": "string"}, {"name": "a", "type": "number"}),
        *above(of("string"), {"name": "a", "type": "boolean"}, of("string")),
    ),
    "length-order": holds(
        *(
            constrained("string", ("minLength", shortest), ("maxLength", longest))
            for shortest, longest in ((1, 0), (3, 2), (2001, 2000), (2**31, 2**31 - 1))
        ),
        constrained("string", ("maxLength", 1), ("minLength", 2), ("pattern", ".*")),
    ),
    "range-order": holds(
        *(
            constrained("number", ("min", low), ("max", high))
            for low, high in ((1, 0), (3, 2.5), (-0.001, -1), (0.2, 0.1), (2**53 - 1, 2**53 - 2))
        ),
    ),
    "pattern-compiles": holds(*(constrained("string", ("pattern", p)) for p in BROKEN_PATTERNS)),
}
