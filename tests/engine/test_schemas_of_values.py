"""The contract's schemas of scenarios and transcripts say what the kit's own classes say."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

import pytest

from chaim_conformance import contract, scenario, transcript

CLASSES = [
    ("scenario", "", scenario.Scenario),
    ("scenario", "bundle", scenario.Bundle),
    ("scenario", "operation", scenario.Operation),
    ("scenario", "attempt", scenario.Attempt),
    ("scenario", "fault", scenario.Fault),
    ("transcript", "", transcript.Transcript),
    ("transcript", "record", transcript.AttemptRecord),
    ("transcript", "exchange", transcript.Exchange),
    ("transcript", "outcome", transcript.Outcome),
    ("transcript", "answer", transcript.Answer),
    ("transcript", "objection", transcript.Objection),
    ("transcript", "credentials", transcript.Credentials),
    ("transcript", "ledgerEntry", transcript.LedgerEntry),
    ("transcript", "entity", transcript.Entity),
    ("transcript", "leftFile", transcript.LeftFile),
]


@pytest.mark.parametrize(("name", "part", "cls"), CLASSES, ids=lambda value: str(value)[-20:])
def test_schema_and_class_agree(name: str, part: str, cls: Any) -> None:
    schema: dict[str, Any] = contract.validator(name).schema  # type: ignore[assignment]
    schema = schema["$defs"][part] if part else schema
    fields = dataclasses.fields(cls)
    assert set(schema["properties"]) == {field.name for field in fields}
    needed = {field.name for field in fields if field.default is dataclasses.MISSING}
    assert set(schema.get("required", ())) == needed
    for key, kind in typing.get_type_hints(cls).items():
        if typing.get_origin(kind) is typing.Literal:
            assert set(schema["properties"][key]["enum"]) == set(typing.get_args(kind)), key


def test_every_part_is_compared() -> None:
    for name in ("scenario", "transcript"):
        schema: dict[str, Any] = contract.validator(name).schema  # type: ignore[assignment]
        parts = {part for schema_name, part, _ in CLASSES if schema_name == name and part}
        assert set(schema["$defs"]) - {"bytes"} == parts
