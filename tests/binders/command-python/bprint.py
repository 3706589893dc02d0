"""Reads ``.bprint`` files of the first dialect, and says what is wrong with them."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

JAVA_AND_GO = """
abstract assert boolean break byte case catch char class const continue default do double else enum
extends final finally float for goto if implements import instanceof int interface long native new
package private protected public return short static strictfp super switch synchronized this throw
throws transient try void volatile while true false null
chan defer fallthrough func go map range select struct type var
"""
RESERVED = {*keyword.kwlist, *JAVA_AND_GO.split()}
TOP = ("schemaVersion", "entityName", "description", "primaryKey", "fields")
FIELD = (
    *("name", "type", "nameOverride", "required", "default", "enum", "description"),
    *("constraints", "annotations", "items", "fields"),
)
SCALARS = ("string", "number", "boolean", "timestamp")
COLLECTIONS = ("list", "map", "stringSet", "numberSet")
CONSTRAINTS = {"string": ("minLength", "maxLength", "pattern"), "number": ("min", "max")}


class Unreadable(Exception):
    """The file is no ``.bprint`` document; the message tells everything that is wrong."""


def read(path: Path) -> dict[str, Any]:
    """The document in this file, as it stands there."""
    if path.suffix != ".bprint":
        raise Unreadable('unexpected suffix, want ".bprint"')
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Unreadable(f"could not open it: {error.strerror}") from None
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except ValueError as error:
        raise Unreadable(f"could not decode it: {error}") from None
    if found := list(_document(document)):
        raise Unreadable("; ".join(found))
    return dict(document)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _length(value: Any) -> bool:
    return _number(value) and value == int(value) and value >= 0


def _others(of: dict[str, Any], known: tuple[str, ...], place: str) -> Iterator[str]:
    for key in of:
        if key not in known:
            yield f'{place}: an argument named "{key}" is not expected here'


def _document(document: Any) -> Iterator[str]:
    if not isinstance(document, dict):
        yield "want an object"
        return
    yield from _others(document, TOP, "top level")
    if not _number(document.get("schemaVersion")):
        yield "schemaVersion: want a number"
    if not _name(document.get("entityName")):
        yield "entityName: want a non-empty string"
    if not _text(document.get("description")):
        yield "description: want a string"
    yield from _key(document.get("primaryKey"))
    yield from _fields(document.get("fields"), "fields")


def _key(key: Any) -> Iterator[str]:
    if not isinstance(key, dict):
        yield "primaryKey: want an object"
        return
    yield from _others(key, ("partitionKey", "sortKey"), "primaryKey")
    if not _name(key.get("partitionKey")):
        yield "primaryKey.partitionKey: want a non-empty string"
    if "sortKey" in key and not _name(key["sortKey"]):
        yield "primaryKey.sortKey: want a non-empty string"


def _fields(fields: Any, place: str, *, nested: bool = False) -> Iterator[str]:
    if not isinstance(fields, list) or not fields:
        yield f"{place}: want at least one element"
        return
    names = set()
    for number, field in enumerate(fields):
        here = f"{place}.{number}"
        if not isinstance(field, dict):
            yield f"{here}: want an object"
            continue
        if not _name(field.get("name")):
            yield f"{here}.name: want a non-empty string"
        elif field["name"] in names:
            yield f'{here}.name: duplicate "{field["name"]}"'
        else:
            names.add(field["name"])
        yield from _nested(field, here) if nested else _field(field, here)


def _nested(field: dict[str, Any], place: str) -> Iterator[str]:
    yield from _others(field, ("name", "type"), place)
    if field.get("type") not in SCALARS:
        yield f"{place}.type: want one of {', '.join(SCALARS)}"


def _field(field: dict[str, Any], place: str) -> Iterator[str]:
    kind = field.get("type")
    yield from _others(field, FIELD, place)
    if kind not in (*SCALARS, *COLLECTIONS):
        yield f"{place}.type: want one of {', '.join((*SCALARS, *COLLECTIONS))}"
        return
    if not isinstance(field.get("required", False), bool):
        yield f"{place}.required: want a bool"
    if not _text(field.get("description", "")):
        yield f"{place}.description: want a string"
    if not isinstance(field.get("annotations", {}), dict):
        yield f"{place}.annotations: want an object"
    yield from _override(field.get("nameOverride", "fine"), place)
    plain = [key for key in ("default", "enum", "constraints") if key in field]
    if kind in COLLECTIONS:
        yield from (f"{place}.{key}: not supported by {kind}" for key in plain)
    else:
        yield from _scalar(field, kind, place)
    yield from _content(field, kind, place)


def _override(name: Any, place: str) -> Iterator[str]:
    if not _text(name) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        yield f"{place}.nameOverride: want an identifier"
    elif name in RESERVED:
        yield f'{place}.nameOverride: "{name}" is reserved'


def _scalar(field: dict[str, Any], kind: str, place: str) -> Iterator[str]:
    fits = {"number": _number, "boolean": lambda one: isinstance(one, bool)}.get(kind, _text)
    if "default" in field and not fits(field["default"]):
        yield f"{place}.default: want a {kind}"
    if "enum" in field and kind != "string":
        yield f"{place}.enum: not supported by {kind}"
    elif "enum" in field:
        enum = field["enum"]
        if not isinstance(enum, list) or not enum or not all(map(_text, enum)):
            yield f"{place}.enum: want a non-empty list of strings"
    if "constraints" in field:
        yield from _constraints(field["constraints"], kind, f"{place}.constraints")


def _constraints(of: Any, kind: str, place: str) -> Iterator[str]:
    if not isinstance(of, dict) or kind not in CONSTRAINTS:
        yield f"{place}: not supported by {kind}"
        return
    yield from _others(of, CONSTRAINTS[kind], place)
    wrong = [key for key in ("minLength", "maxLength") if not _length(of.get(key, 0))]
    wrong += [key for key in ("min", "max") if not _number(of.get(key, 0))]
    yield from (f"{place}.{key}: out of place" for key in wrong)
    for low, high in (("minLength", "maxLength"), ("min", "max")):
        if not wrong and low in of and high in of and of[low] > of[high]:
            yield f"{place}: {low} exceeds {high}"
    if "pattern" in of:
        try:
            re.compile(of["pattern"])
        except (re.error, TypeError) as error:
            yield f"{place}.pattern: {error}"


def _content(of: dict[str, Any], kind: str, place: str) -> Iterator[str]:
    for name, owner in (("items", "list"), ("fields", "map")):
        if (name in of) != (kind == owner):
            yield f"{place}.{name}: {'required' if kind == owner else 'not supported'} by {kind}"
    if kind == "map" and "fields" in of:
        yield from _fields(of["fields"], f"{place}.fields", nested=True)
    if kind == "list" and "items" in of:
        items = of["items"]
        if not isinstance(items, dict) or items.get("type") not in (*SCALARS, "map"):
            yield f"{place}.items: want a scalar type or map"
            return
        yield from _others(items, ("type", "fields"), f"{place}.items")
        yield from _content(items, items["type"], f"{place}.items")
