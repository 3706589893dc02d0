"""The rules for ``.bprint`` documents, read a second time: what no strategy or vector decides."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from chaim_conformance import contract
from chaim_conformance.reserved_words import RESERVED_WORDS

# The contract's schema of each dialect.
DIALECTS = {1: "bprint", 2: "bprint-2"}


def rules() -> dict[str, dict[str, str]]:
    """The rules of ``bprint-rules.json`` by name."""
    text = (contract.contract_directory() / "bprint-rules.json").read_text(encoding="utf-8")
    return {rule["name"]: rule for rule in json.loads(text)["rules"]}


def complaints(dialect: int, document: Any) -> list[str]:
    """What a dialect's JSON Schema has against a document."""
    validator = contract.validator(DIALECTS[dialect])
    return [f"{e.json_path}: {e.message}" for e in validator.iter_errors(document)]


def broken_beyond(document: dict[str, Any]) -> Iterator[str]:
    """The rules beyond JSON Schema that a document breaks."""
    yield from _broken_among(document["fields"], "unique-names")


def _broken_among(fields: list[dict[str, Any]], uniqueness: str) -> Iterator[str]:
    if len({field["name"] for field in fields}) < len(fields):
        yield uniqueness
    for field in fields:
        if field.get("nameOverride") in RESERVED_WORDS:
            yield "reserved-word"
        limits = field.get("constraints", {})
        if limits.get("minLength", 0) > limits.get("maxLength", float("inf")):
            yield "length-order"
        if limits.get("min", float("-inf")) > limits.get("max", float("inf")):
            yield "range-order"
        try:
            re.compile(limits.get("pattern", ""))
        except re.error:
            yield "pattern-compiles"
        while field["type"] == "list":
            field = field["items"]
        yield from _broken_among(field.get("fields", []), "unique-nested-names")
