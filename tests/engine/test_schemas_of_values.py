"""The contract's schemas of scenarios and transcripts say what the kit's own classes say."""

from __future__ import annotations

import dataclasses
import types
import typing
from typing import Any

import pytest

from chaim_conformance import contract, scenario, synth_scenario, synth_transcript, transcript

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
    ("synth-scenario", "", synth_scenario.SynthScenario),
    ("synth-scenario", "app", synth_scenario.App),
    ("synth-scenario", "stack", synth_scenario.SynthStack),
    ("synth-scenario", "table", synth_scenario.Table),
    ("synth-scenario", "key", synth_scenario.Key),
    ("synth-scenario", "index", synth_scenario.Index),
    ("synth-scenario", "binding", synth_scenario.Binding),
    ("synth-scenario", "schema", synth_scenario.Schema),
    ("synth-scenario", "config", synth_scenario.Config),
    ("synth-scenario", "credentials", synth_scenario.SynthCredentials),
    ("synth-scenario", "synth", synth_scenario.Synth),
    ("synth-transcript", "", synth_transcript.SynthTranscript),
    ("synth-transcript", "record", synth_transcript.SynthRecord),
    ("synth-transcript", "file", synth_transcript.SeenFile),
    ("synth-transcript", "stack", synth_transcript.SeenStack),
    ("synth-transcript", "publication", synth_transcript.Publication),
    ("synth-transcript", "table", synth_transcript.DescribedTable),
    ("synth-transcript", "refusal", synth_transcript.Refusal),
    ("synth-transcript", "planned", synth_transcript.Planned),
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
        if literals := _literals(kind):
            assert set(schema["properties"][key]["enum"]) == literals, key


def _literals(kind: Any) -> set[Any]:
    """What a field may be, where that is a list; also where it may be ``None`` besides."""
    if typing.get_origin(kind) is types.UnionType or typing.get_origin(kind) is typing.Union:
        found = [_literals(one) for one in typing.get_args(kind) if one is not type(None)]
        return found[0] | {None} if found[0] else set()
    return set(typing.get_args(kind)) if typing.get_origin(kind) is typing.Literal else set()


def test_every_part_is_compared() -> None:
    for name in ("scenario", "transcript", "synth-scenario", "synth-transcript"):
        schema: dict[str, Any] = contract.validator(name).schema  # type: ignore[assignment]
        parts = {part for schema_name, part, _ in CLASSES if schema_name == name and part}
        assert set(schema["$defs"]) - {"bytes"} == parts
