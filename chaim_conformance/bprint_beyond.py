"""The rules of ``bprint-rules.json`` that a JSON Schema cannot say."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any, TypeGuard

from chaim_conformance.bprint_nodes import Complaint, Node, clipped, declared, quoted, writable
from chaim_conformance.json_positions import Steps
from chaim_conformance.reserved_words import RESERVED_WORDS

# Faults that no engine forgives. Of others, Python's refusal says nothing about Java's.
BROKEN_FOR_ALL = re.compile(
    r"missing \)|unbalanced parenthesis|unterminated character set|nothing to repeat"
    r"|multiple repeat|min repeat greater|bad escape \(end"
    r"|bad character range (?!.*\\[dDwWsS])"
)


def beyond_schema(node: Node) -> Iterator[Complaint]:
    """What a node, whatever it is, has of names, orders, patterns and keys that do not fit."""
    if not isinstance(node.value, dict):
        return
    yield from _unique_names(node)
    if node.kind == "document":
        yield from _undeclared_keys(node)
    elif node.kind == "field":
        yield from _reserved(node.value.get("nameOverride"))
        limits = node.value.get("constraints")
        if isinstance(limits, dict):
            yield from _order(limits, "length-order", "minLength", "maxLength")
            yield from _order(limits, "range-order", "min", "max")
            yield from _pattern(limits.get("pattern"))


def _reserved(word: Any) -> Iterator[Complaint]:
    if isinstance(word, str) and word in RESERVED_WORDS:
        languages = " and ".join(RESERVED_WORDS[word])
        text = f"nameOverride is {quoted(word)}, a reserved word of {languages}"
        yield Complaint(rule="reserved-word", inside=("nameOverride",), text=text)


def _unique_names(node: Node) -> Iterator[Complaint]:
    rule = "unique-names" if node.kind == "document" else "unique-nested-names"
    first: dict[str, int] = {}
    for index, one in enumerate(declared(node)):
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str):
            continue
        if name in first:
            text = f"fields[{index}] has the name of fields[{first[name]}], {quoted(name)}"
            yield Complaint(rule=rule, inside=("fields", index, "name"), text=text)
        first.setdefault(name, index)


def _order(limits: dict[str, Any], rule: str, least: str, most: str) -> Iterator[Complaint]:
    low, high = limits.get(least), limits.get(most)
    if _is_number(low) and _is_number(high) and low > high:
        text = f"{least} is {quoted(low)}, more than {most}, {quoted(high)}"
        yield Complaint(rule=rule, inside=("constraints", least), text=text)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pattern(pattern: Any) -> Iterator[Complaint]:
    if not isinstance(pattern, str):
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except re.error as error:
        fatal = BROKEN_FOR_ALL.match(error.msg) is not None
        reason = error.msg if error.pos is None else f"{error.msg} at character {error.pos + 1}"
    except (RecursionError, OverflowError):
        fatal, reason = False, "it is too large"
    else:
        return
    where, what = ("constraints", "pattern"), f"pattern {quoted(pattern)}"
    if fatal:
        text = f"{what} is no regular expression: {writable(reason)}"
        yield Complaint(rule="pattern-compiles", inside=where, text=text)
    else:
        text = f"{what} is not one to every language; to Python: {writable(reason)}"
        yield Complaint(rule="pattern-compiles", inside=where, text=text, level="warning")


def _undeclared_keys(document: Node) -> Iterator[Complaint]:
    """The one thing that the contract says with SHOULD: a key names a declared field."""
    if not declared(document):
        return
    names = {
        one["name"]
        for one in declared(document)
        if isinstance(one, dict) and isinstance(one.get("name"), str)
    }
    for steps, name in _keys(document.value):
        if isinstance(name, str) and name and name not in names:
            text = f"the key names {clipped(name)}, which is no declared field"
            yield Complaint(rule="key-declared", inside=steps, text=text, level="warning")


def _keys(document: dict[str, Any]) -> Iterator[tuple[Steps, Any]]:
    key, identity = document.get("primaryKey"), document.get("identity")
    if isinstance(key, dict):
        for one in ("partitionKey", "sortKey"):
            yield ("primaryKey", one), key.get(one)
    if isinstance(identity, dict) and isinstance(identity.get("fields"), list):
        for index, name in enumerate(identity["fields"]):
            yield ("identity", "fields", index), name
