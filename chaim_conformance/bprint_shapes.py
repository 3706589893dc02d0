"""What the contract's JSON Schemas have against a ``.bprint`` document, by rule and in words."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from chaim_conformance import contract
from chaim_conformance.bprint_nodes import COLLECTIONS, Complaint, Dialect, Kind, Node, base, quoted
from chaim_conformance.json_positions import Steps

if TYPE_CHECKING:
    from jsonschema import ValidationError

SCHEMAS: dict[Dialect, str] = {1: "bprint", 2: "bprint-2"}
DOCUMENT_RULES = {
    "schemaVersion": "schema-version",
    "entityName": "entity-name",
    "description": "description",
    "primaryKey": "primary-key",
    "identity": "identity",
    "fields": "fields",
}
FIELD_RULES = {
    "name": "field-name",
    "type": "field-type",
    "nameOverride": "name-override",
    "default": "default-of-type",
    "enum": "enum",
    "description": "description",
    "constraints": "constraints-of-type",
    "items": "list-items",
    "fields": "map-fields",
}
# What the schemas demand of `required`, `nullable` and `annotations`, and no rule has a name for.
UNNAMED = "schema"
NOT_AN_OBJECT: dict[Kind, str] = {
    "document": "object",
    "field": "fields",
    "nestedField": "map-fields",
    "items": "list-items",
}
TYPES = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
}
# The value that a default has, by the type of its field.
DEFAULTS = {
    "string": "a text",
    "number": "a number",
    "boolean": "true or false",
    "timestamp": "a text",
    "binary": "a text, a number, true or false",
}
PATTERNS = {
    "schemaVersion": 'expected a number or a text such as "2.0"',
    "entityName": "expected PascalCase: a capital letter, then letters and digits of ASCII",
    "nameOverride": "expected an identifier: letters, digits and _, no digit first",
}


def by_schema(node: Node, dialect: Dialect) -> list[Complaint]:
    """What the schema of a node's kind has against it, once for a rule and a place."""
    found: dict[tuple[str, Steps], Complaint] = {}
    value = _cut(node.value, 3)
    typed = node.kind == "document" or _known_type(node, dialect)
    for error in _shape(dialect, node.kind).iter_errors(value):
        if typed or error.schema_path[0] not in ("allOf", "then", "else"):
            for one in _read(error, Node(kind=node.kind, value=value), dialect):
                found.setdefault((one.rule, one.inside), one)
    return list(found.values())


@cache
def _shape(dialect: Dialect, kind: Kind) -> Any:
    """A validator of one node alone: nothing is asked of what has a node of its own."""
    # Imported here, as in `contract`: importing this has to stay cheap.
    from jsonschema import Draft202012Validator

    return Draft202012Validator(_schema(dialect, kind))


@cache
def _schema(dialect: Dialect, kind: Kind) -> dict[str, Any]:
    whole = contract.schema(SCHEMAS[dialect])
    part: dict[str, Any] = _without_references(
        whole if kind == "document" else whole["$defs"][kind]
    )
    return part


def _without_references(schema: Any) -> Any:
    match schema:
        case {"$ref": _}:
            return True
        case dict():
            return {key: _without_references(part) for key, part in schema.items()}
        case list():
            return [_without_references(part) for part in schema]
        case _:
            return schema


def _cut(value: Any, levels: int) -> Any:
    """A value so many levels deep: what lies deeper is not this node's, and may be endless."""
    if isinstance(value, dict):
        return {k: _cut(v, levels - 1) for k, v in value.items()} if levels else {}
    if isinstance(value, list):
        return [_cut(v, levels - 1) for v in value] if levels else []
    return value


def _types(dialect: Dialect, kind: Kind) -> list[str]:
    types: list[str] = _schema(dialect, kind)["properties"]["type"]["enum"]
    return types


def _known_type(node: Node, dialect: Dialect) -> bool:
    """Whether the type is one, so that what the schema says about fields of a type counts."""
    return isinstance(node.value, dict) and node.value.get("type") in _types(dialect, node.kind)


def _read(error: ValidationError, node: Node, dialect: Dialect) -> Iterator[Complaint]:
    inside: Steps = tuple(error.path)
    match error.validator:
        case "required":
            for key in error.validator_value:
                if key not in error.instance:
                    rule = _rule(node, inside or (key,))
                    text = f"{_at(*inside, key)} is missing{_elsewhere(key, node, dialect)}"
                    yield Complaint(rule=rule, inside=inside, text=text)
        case "additionalProperties":
            for key in error.instance:
                if key not in error.schema["properties"]:
                    yield _unexpected(key, inside, error.schema["properties"], node, dialect)
        case "not":
            for key in _forbidden(error.validator_value):
                if key in node.value:
                    yield _misplaced(key, node, dialect)
        case None:  # a schema that is `false`: there is one for each limit of another type
            yield from _strange_limits(node)
        case _:
            subject = _at(*inside) or ("the document" if node.kind == "document" else "it")
            text = f"{subject} {_words(error, node, dialect)}"
            yield Complaint(rule=_rule(node, inside), inside=inside, text=text)


def _rule(node: Node, inside: Steps) -> str:
    if not inside:
        return NOT_AN_OBJECT[node.kind]
    key = str(inside[0])
    if node.kind == "document":
        return DOCUMENT_RULES.get(key, UNNAMED)
    if node.kind == "items" and key == "type":
        return "list-items"
    if node.kind == "nestedField" and key == "type" and node.value.get("type") in COLLECTIONS:
        return "nested-scalar"
    return FIELD_RULES.get(key, UNNAMED)


def _unexpected(
    key: str, inside: Steps, known: dict[str, Any], node: Node, dialect: Dialect
) -> Complaint:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.7)
    meant = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known)}"
    holder = f" in {_at(*inside)}" if inside else ""
    text = f"unexpected key {quoted(key)}{holder} (dialect {dialect}){meant}"
    rule = "no-other-keys"
    if inside:
        rule = _rule(node, inside)
    elif node.kind == "items":
        rule = "list-items"
    elif node.kind == "nestedField" and key in _schema(dialect, "field")["properties"]:
        rule = "nested-scalar"
        text = f"{key} on a nested field, which in dialect {dialect} has a name and a type only"
    return Complaint(rule=rule, inside=(*inside, key), text=text)


def _forbidden(schema: dict[str, Any]) -> list[str]:
    """The keys of a `not`: one that is required, or several of which any is."""
    return [key for one in schema.get("anyOf", [schema]) for key in one["required"]]


def _misplaced(key: str, node: Node, dialect: Dialect) -> Complaint:
    kind = str(node.value.get("type"))
    if key in ("items", "fields"):
        rule, owner = FIELD_RULES[key], {"items": "a list", "fields": "a map"}[key]
        text = f"{key} on a {kind}; only {owner} has {key}"
    elif base(kind) in COLLECTIONS:
        rule, text = "collections-plain", f"{key} on a {kind}; a collection has no {key}"
    else:
        owners = "strings" if key == "enum" and dialect == 1 else "strings and numbers"
        rule = FIELD_RULES[key]
        text = f"{key} on a {kind}; only {owners} have {key} (dialect {dialect})"
    return Complaint(rule=rule, inside=(key,), text=text)


def _strange_limits(node: Node) -> Iterator[Complaint]:
    of_numbers = base(node.value["type"]) == "number"
    for key in ("minLength", "maxLength", "pattern") if of_numbers else ("min", "max"):
        if key in node.value["constraints"]:
            owners = "strings" if of_numbers else "numbers"
            text = f"constraints.{key} on a {node.value['type']}; only {owners} have {key}"
            yield Complaint(rule="constraints-of-type", inside=("constraints", key), text=text)


def _elsewhere(key: str, node: Node, dialect: Dialect) -> str:
    """What to say of a missing key besides."""
    if key == "primaryKey":
        return f" (dialect {dialect}; dialect 2 has identity instead)"
    if key == "identity":
        return f" (dialect {dialect}; dialect 1 has primaryKey instead)"
    if key in ("items", "fields") and node.kind in ("field", "items"):
        return f"; a {node.value['type']} needs {key}" if "type" in node.value else ""
    return f" (dialect {dialect} requires it)" if key == "description" else ""


def _at(*inside: str | int) -> str:
    """Where in a node: ``constraints.minLength``, ``enum[0]``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in inside)[1:]


def _words(error: ValidationError, node: Node, dialect: Dialect) -> str:
    """What is wrong with a value."""
    key = str(error.path[0]) if error.path else ""
    value, asked = error.instance, error.validator_value
    match error.validator:
        case "type":
            expected = " or ".join(TYPES[one] for one in _listed(asked))
            if key == "default":
                expected = _default_expected(node, dialect)
            return f"is {_kind(value)}, expected {expected}"
        case "enum":
            near = difflib.get_close_matches(str(value), asked, n=1, cutoff=0.6)
            meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(asked)}"
            return f"is {_value(value)}, which dialect {dialect} does not have here; {meant}"
        case "pattern" | "anyOf":
            return f"is {_value(value)}, {PATTERNS[key]}"
        case "minLength" | "minItems":
            return "is empty"
        case "uniqueItems":
            return "names a field twice"
        case "minimum":
            return f"is {_value(value)}, expected {asked} or more"
        case _:  # what a later schema may ask besides
            return f"breaks the schema's {error.validator}"


def _listed(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def _default_expected(node: Node, dialect: Dialect) -> str:
    kind = base(str(node.value.get("type")))
    return DEFAULTS.get(kind, DEFAULTS["binary"]) + (" or null" if dialect == 2 else "")


def _value(value: Any) -> str:
    return _kind(value) if isinstance(value, dict | list) else quoted(value)


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case str():
            return "a text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return f"a {type(value).__name__}"
