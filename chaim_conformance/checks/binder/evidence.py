"""What several checks of binders read out of a transcript."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from chaim_conformance.checks.binder.expected import DATASTORE, Expected, expected, stack_name
from chaim_conformance.checks.binder.grounds import (
    is_hostile,
    is_twin,
    succeeded,
    successes,
    table_of,
    unsuccessful,
    valid,
)
from chaim_conformance.synth_scenario import App
from chaim_conformance.synth_transcript import Publication, SeenFile, SynthRecord, SynthTranscript

__all__ = [
    "DATASTORE",
    "Expected",
    "absence",
    "app_id",
    "bundled_of",
    "expected",
    "is_proper",
    "is_token",
    "local_of",
    "metadata",
    "published_of",
    "resource_id",
    "section",
    "stack_name",
    "succeeded",
    "successes",
    "synthesized",
    "unsuccessful",
    "valid",
]


def synthesized(t: SynthTranscript) -> Iterator[SynthRecord]:
    """The synths that succeeded."""
    return (record for record in t.records if record.outcome == "synthesized")


def app_id(snapshot: Mapping[str, Any]) -> Any:
    """The appId, from wherever its format has it."""
    return snapshot.get("appId", section(snapshot, "identity").get("appId"))


def resource_id(snapshot: Mapping[str, Any]) -> Any:
    """The resourceId, from wherever its format has it."""
    return snapshot.get("resourceId", section(snapshot, "identity").get("resourceId"))


def section(snapshot: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object inside a snapshot; empty where there is none."""
    value = snapshot.get(name)
    return value if isinstance(value, dict) else {}


def metadata(snapshot: Mapping[str, Any]) -> Mapping[str, Any]:
    """The table's metadata, from wherever the format has it."""
    return section(snapshot, "resource" if "snapshotVersion" in snapshot else "dataStore")


def is_token(value: Any) -> bool:
    """Whether a text holds what CDK puts for a value that is not known yet."""
    return isinstance(value, str) and "${Token[" in value


def local_of(record: SynthRecord, app: App) -> dict[Expected, SeenFile]:
    """The LOCAL snapshot of each binding, by what it says, whatever its path.

    A file is a binding's if its schema is that of the binding's file, or names the same entity, and
    its stack is the binding's. Where several bindings have one schema, the table tells them apart,
    by the ``resourceId``, else by its keys; what is alike in all that is given in order.
    """
    return _attributed(record.local, app)


def bundled_of(record: SynthRecord, app: App) -> dict[Expected, SeenFile]:
    """The bundled snapshot of each binding, likewise."""
    files = tuple(one for one in record.assets if one.name == "snapshot.json") or tuple(
        p.snapshot for p in record.publications if p.snapshot is not None
    )
    return _attributed(files, app)


def _attributed(files: tuple[SeenFile, ...], app: App) -> dict[Expected, SeenFile]:
    found: dict[Expected, SeenFile] = {}
    free = [one for one in files if isinstance(one.json, dict)]
    # The best fit first, whatever the order of the bindings.
    fits = sorted(
        (
            (-fit, number, place)
            for number, binding in enumerate(expected(app))
            for place, one in enumerate(free)
            if (fit := _fit(binding, one.json)) > 0
        ),
    )
    bindings = expected(app)
    taken: set[int] = set()
    for _, number, place in fits:
        if bindings[number] not in found and place not in taken:
            found[bindings[number]] = free[place]
            taken.add(place)
    return found


def _fit(binding: Expected, snapshot: Mapping[str, Any]) -> int:
    """How well a snapshot fits a binding; 0: it is another's."""
    schema = section(snapshot, "schema")
    if schema == binding.document:
        fit = 100
    elif isinstance(binding.document, dict) and schema.get("entityName") == binding.entity:
        fit = 50
    else:
        return 0
    stack = snapshot.get("stackName", section(snapshot, "providerIdentity").get("deploymentId"))
    fit += 40 * bool(stack == binding.stack_name)
    fit += 20 * str(resource_id(snapshot)).startswith(binding.resource_id)
    about = metadata(snapshot)
    fit += 10 * bool(about.get("tableName") == binding.table.name)
    fit += 5 * bool(about.get("partitionKey") == binding.table.partition_key.name)
    return fit


def is_proper(one: Expected, found: Any) -> bool:
    """Whether a resourceId is the binding's, with or without a number (B09)."""
    number = str(found).removeprefix(one.resource_id)
    return found == one.resource_id or (
        str(found).startswith(one.resource_id) and bool(re.fullmatch(r"__([2-9]|[1-9]\d+)", number))
    )


def absence(t: SynthTranscript, record: SynthRecord, one: Expected) -> str | None:
    """The clause by which a binding's LOCAL snapshot is missing that :func:`local_of` lacks.

    ``None`` where it may be: another binding, of the same table and entity, has one.
    """
    app = t.app(record)
    found = local_of(record, app)
    if any(is_twin(app, one, other) for other in found):
        return None
    if any(map(is_hostile, expected(app))):
        return "B30"
    if not record.local and any(stray.endswith(".json") for stray in record.strays):
        return "B02"
    if any(file.json is None for file in record.local if file.name.endswith(".json")):
        return "B26"
    beside = {
        other: resource_id(file.json) for other, file in found.items() if other.stack == one.stack
    }
    if any(
        taken == one.resource_id or not is_proper(other, taken) for other, taken in beside.items()
    ):
        return "B09"
    return "B10" if any(table_of(app, one) == table_of(app, other) for other in beside) else "B01"


def published_of(record: SynthRecord, app: App) -> dict[Expected, Publication]:
    """What publishes each binding, by the bundled snapshot, else by what remains in the stack."""
    of = {id(p.snapshot): p for p in record.publications if p.snapshot is not None}
    files = tuple(p.snapshot for p in record.publications if p.snapshot is not None)
    found = {one: of[id(file)] for one, file in _attributed(files, app).items()}
    for stack in app.stacks:
        names = {stack.id, stack_name(stack)}
        left = [one for one in expected(app) if one.stack == stack and one not in found]
        free = [p for p in record.publications if p.stack in names and p not in found.values()]
        if len(left) == len(free) == 1:
            found[left[0]] = free[0]
    return found
