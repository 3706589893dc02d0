"""A ``.bprint`` document in pieces, to any depth, and what may be said of a piece."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from chaim_conformance.json_positions import Steps

Dialect = Literal[1, 2]
Kind = Literal["document", "field", "items", "nestedField"]

SCALARS = ("string", "number", "boolean", "timestamp", "binary")
COLLECTIONS = ("list", "map", "stringSet", "numberSet")
SHOWN = 40  # characters of a name or a value in a message


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """A piece, not looked into by its schema: that of its own children is each child's.

    ``steps`` lead to it from ``parent``, whose chain may be as long as a document is deep.
    """

    kind: Kind
    value: Any
    steps: Steps = ()
    parent: Node | None = None

    def path(self, *inner: str | int) -> Steps:
        """The way from the top of the document to something inside."""
        parts = [inner]
        node: Node | None = self
        while node is not None:
            parts.append(node.steps)
            node = node.parent
        return tuple(step for part in reversed(parts) for step in part)

    @property
    def label(self) -> str:
        """How messages call it: ``fields[2] (amount)``, and nothing for the document."""
        name = self.value.get("name") if isinstance(self.value, dict) else None
        where = json_path(self.path()).removeprefix("$").removeprefix(".")
        return f"{where} ({clipped(name)})" if isinstance(name, str) and where else where


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """A breach of a rule, ``inside`` a node; the text says what is wrong there, not where it is."""

    rule: str
    inside: Steps
    text: str
    level: Literal["error", "warning"] = "error"


def nodes(document: Any, dialect: Dialect) -> Iterator[Node]:
    """The document and all below it that has a schema of its own, in its order."""
    waiting = [Node(kind="document", value=document)]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(list(_children(node, dialect)))


def _children(node: Node, dialect: Dialect) -> Iterator[Node]:
    if not isinstance(node.value, dict) or node.kind == "nestedField":
        return
    has_items = node.kind == "field" or (node.kind == "items" and dialect == 2)
    if has_items and "items" in node.value:
        yield Node(kind="items", value=node.value["items"], steps=("items",), parent=node)
    for index, one in enumerate(declared(node)):
        kind: Kind = "field" if node.kind == "document" or dialect == 2 else "nestedField"
        yield Node(kind=kind, value=one, steps=("fields", index), parent=node)


def declared(node: Node) -> list[Any]:
    """The fields that a piece has, whatever they are."""
    inner = node.value.get("fields") if isinstance(node.value, dict) else None
    return inner if isinstance(inner, list) else []


def dialect_of(document: Any) -> Dialect:
    """2 where a document has ``identity`` or a type that only dialect 2 has, else 1."""
    if isinstance(document, dict) and "identity" in document:
        return 2
    for node in nodes(document, 2):
        kind = node.value.get("type") if isinstance(node.value, dict) else None
        if isinstance(kind, str) and (
            kind == "binary" or ("." in kind and base(kind) in (*SCALARS, *COLLECTIONS))
        ):
            return 2
    return 1


def base(kind: str) -> str:
    """The type that a dotted one is a kind of: ``number`` of ``number.int``."""
    return kind.partition(".")[0]


def json_path(steps: Steps) -> str:
    """Such as ``$.fields[2].default``."""
    return "$" + "".join(
        f"[{step}]"
        if isinstance(step, int)
        else f".{step}"
        if re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", step)
        else f"[{quoted(step)}]"
        for step in steps
    )


def quoted(value: Any) -> str:
    """A key or a scalar as JSON on one line, not too long, and writable in UTF-8."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    if len(text) > SHOWN:
        text = f'{text[:SHOWN]}..."' if text.startswith('"') else f"{text[:SHOWN]}..."
    return writable(text)


def writable(text: str) -> str:
    """A text with lone surrogates escaped, so that it can be printed."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def clipped(name: str) -> str:
    """A name without quotes where it needs none."""
    return name if re.fullmatch(rf"\w{{1,{SHOWN}}}", name) else quoted(name)
