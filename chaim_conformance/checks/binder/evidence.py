"""What several checks of binders read out of a transcript."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from chaim_conformance.checks.binder.expected import Expected, expected, stack_name
from chaim_conformance.checks.binder.grounds import (
    acts_as_path,
    is_hostile,
    is_twin,
    succeeded,
    successes,
    table_of,
    unsuccessful,
)
from chaim_conformance.checks.binder.placeholders import is_token
from chaim_conformance.datastores import OF_THE_FORMAT, DataStore
from chaim_conformance.synth_scenario import App, Index, Key, Table
from chaim_conformance.synth_transcript import (
    TREE,
    Publication,
    SeenFile,
    SynthRecord,
    SynthTranscript,
)

__all__ = [
    "DEPTH",
    "STACK",
    "TEMPORARY",
    "TREE",
    "Expected",
    "absence",
    "acts_as_path",
    "bundled_of",
    "captured_at",
    "deployed_name",
    "differs",
    "ended",
    "expected",
    "first_absence",
    "is_hostile",
    "is_proper",
    "is_renamed",
    "is_stale",
    "is_token",
    "is_twin",
    "listed",
    "local_of",
    "metadata",
    "published_of",
    "resource_id",
    "section",
    "stack_name",
    "stack_of",
    "succeeded",
    "successes",
    "table_of",
    "unpublished",
    "unsuccessful",
]

# How many parts the path of a LOCAL snapshot has, and which of them is the stack.
DEPTH, STACK = 6, 3
# What is to become a snapshot, and stays behind (B26).
TEMPORARY = re.compile(r"\.json.|\.(?:tmp|temp|part|swp)$|~$", re.IGNORECASE)


def app_id(snapshot: Mapping[str, Any]) -> Any:
    """The appId, from wherever its format has it."""
    return snapshot.get("appId", section(snapshot, "identity").get("appId"))


def resource_id(snapshot: Mapping[str, Any]) -> Any:
    """The resourceId, from wherever its format has it."""
    return snapshot.get("resourceId", section(snapshot, "identity").get("resourceId"))


def stack_of(snapshot: Mapping[str, Any]) -> Any:
    """The deployed stack's name, from wherever its format has it."""
    return snapshot.get("stackName", section(snapshot, "providerIdentity").get("deploymentId"))


def section(snapshot: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object inside a snapshot; empty where there is none."""
    value = snapshot.get(name)
    return value if isinstance(value, dict) else {}


def metadata(snapshot: Mapping[str, Any]) -> Mapping[str, Any]:
    """The table's metadata, from wherever the format has it."""
    return section(snapshot, "resource" if "snapshotVersion" in snapshot else "dataStore")


def local_of(record: SynthRecord, app: App) -> dict[Expected, SeenFile]:
    """The LOCAL snapshot of each binding, by what it says, whatever its path.

    A file is a binding's if its schema is that of the binding's file, or names the same entity, and
    its stack is the binding's. Where several bindings have one schema, the table tells them apart,
    by the ``resourceId``, else by its keys; what is alike in all that is given in order. A file
    without a schema is known by its ``resourceId`` alone.
    """
    files = tuple(file for file in record.local if not TEMPORARY.search(file.name))
    return _attributed(files, app)


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
            (-fit, not _is_called_so(one), number, place)
            for number, binding in enumerate(expected(app))
            for place, one in enumerate(free)
            if (fit := _fit(binding, one.json)) > 0
        ),
    )
    bindings = expected(app)
    taken: set[int] = set()
    for *_, number, place in fits:
        if bindings[number] not in found and place not in taken:
            found[bindings[number]] = free[place]
            taken.add(place)
    return found


def _is_called_so(file: SeenFile) -> bool:
    """Whether a file is named after what it says that it is; a copy of it is not."""
    return file.name == f"{resource_id(file.json)}.json"


def _fit(binding: Expected, snapshot: Mapping[str, Any]) -> int:
    """How well a snapshot fits a binding; 0: it is another's."""
    schema = section(snapshot, "schema")
    if schema == binding.document:
        fit = 100
    elif binding.entity and schema.get("entityName") == binding.entity:
        fit = 50
    elif not schema and binding.entity and is_proper(binding, resource_id(snapshot)):
        fit = 25
    else:
        return 0
    fit += 40 * bool(stack_of(snapshot) == binding.stack_name)
    fit += 20 * str(resource_id(snapshot)).startswith(binding.resource_id)
    about = metadata(snapshot)
    if not binding.table.is_table:
        return fit + 5 * _declares(binding.table, about)
    fit += 10 * bool(about.get("tableName") == binding.table.name)
    fit += 5 * bool(about.get("partitionKey") == binding.table.partition_key.name)
    return fit


def _declares(table: Table, about: Mapping[str, Any]) -> bool:
    """Whether metadata says of a resource what was declared of it, and nothing else."""
    there = {k: v for k, v in about.items() if k not in OF_THE_FORMAT and v}
    return there == {name: value for name, value in table.properties if value}


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
    if not record.local and any(TREE.search(stray) for stray in record.strays):
        return "B02"
    if any(map(is_hostile, expected(app))):
        return "B30"
    if one.table.construct != "Table":
        return "B33"
    # Without CHAIM_SNAPSHOT_DIR it may be anywhere, also where nobody looks.
    if not record.local and (
        record.synth.default_base or any(stray.endswith(".json") for stray in record.strays)
    ):
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
    return "B10" if any(table_of(app, one) == table_of(app, other) for other in found) else "B01"


def first_absence(t: SynthTranscript, record: SynthRecord) -> str:
    """The clause by which the first of the LOCAL snapshots is missing."""
    clauses = (absence(t, record, one) for one in expected(t.app(record)))
    return next(filter(None, clauses), "B01")


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


def unpublished(t: SynthTranscript) -> str:
    """The clause by which a binding has nothing that publishes it."""
    return "B17" if "aws-cdk" in t.capabilities else "B23"


def deployed_name(record: SynthRecord, one: Expected) -> str:
    """The name of the stack as it was synthesized, where that is to be seen."""
    names = {stack.name for stack in record.stacks}
    of_its_id = [stack.name for stack in record.stacks if stack.id == one.stack.id]
    return one.stack_name if one.stack_name in names or len(of_its_id) != 1 else of_its_id[0]


def captured_at(snapshot: Mapping[str, Any]) -> datetime | None:
    """When a snapshot was captured; ``None`` where that is no time. One without a zone is UTC."""
    said = snapshot.get("capturedAt")
    if not isinstance(said, str) or "T" not in said.upper():
        return None
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def differs(
    t: SynthTranscript, one: Expected, before: Expected
) -> Literal["", "schema", "table", "appId"]:
    """In what the snapshots of two bindings have to differ; empty: in nothing.

    Not in what binders may fill in or leave out, or may not see (B33).
    """
    if _plain(one.document) != _plain(before.document):
        return "schema"
    if _captured(t, one.table) != _captured(t, before.table):
        return "table"
    return "appId" if one.config.app_id != before.config.app_id else ""


def _plain(document: Any) -> Any:
    """A document without what it says as well by silence."""
    match document:
        case dict():
            silent = [key for key in ("required", "nullable") if document.get(key) is False]
            return {key: _plain(value) for key, value in document.items() if key not in silent}
        case list():
            return [_plain(one) for one in document]
        case _:
            return document


def _captured(t: SynthTranscript, table: Table) -> Table:
    """A table with nothing but what snapshots tell of it."""
    if table.construct == "imported":
        return Table(id=table.id, name=table.name)
    if not table.is_table:
        store = DataStore(text=t.datastore)
        declared = tuple(one for one in table.properties if not store.is_silence(*one))
        return replace(table, scopes=(), properties=declared)
    return Table(
        id=table.id,
        name=table.name,
        partition_key=replace(table.partition_key, type="S"),
        sort_key=_untyped(table.sort_key),
        global_indexes=_seen(table.global_indexes),
        local_indexes=_seen(table.local_indexes),
        ttl_attribute=table.ttl_attribute,
        stream=table.stream,
        billing=table.billing,
    )


def _untyped(key: Key | None) -> Key | None:
    return None if key is None else replace(key, type="S")


def _seen(indexes: tuple[Index, ...]) -> tuple[Index, ...]:
    """The indexes that are there when a binding is made; the types of keys nobody tells."""
    return tuple(
        replace(one, partition_key=_untyped(one.partition_key), sort_key=_untyped(one.sort_key))
        for one in indexes
        if not one.late
    )


def is_stale(t: SynthTranscript, record: SynthRecord, one: Expected) -> bool:
    """Whether a binding's LOCAL snapshot is that of an earlier synth, though it should differ.

    Then B04 is violated, and its content is no matter of other clauses.
    """
    file = local_of(record, t.app(record)).get(one)
    if file is None:
        return False
    for earlier in t.records[: t.records.index(record)]:
        if earlier.synth.default_base != record.synth.default_base or not succeeded(t, earlier):
            continue
        for before, old in local_of(earlier, t.app(earlier)).items():
            if old == file and before.stack_name == one.stack_name and differs(t, one, before):
                return True
    return False


def is_renamed(t: SynthTranscript, record: SynthRecord, one: Expected) -> bool:
    """Whether a binding had another resourceId in an earlier synth of the same app, against B09."""
    app = t.app(record)
    file = local_of(record, app).get(one)
    earlier = (
        local_of(before, app).get(one)
        for before in t.records[: t.records.index(record)]
        if t.app(before) == app and succeeded(t, before)
    )
    return file is not None and any(
        old is not None and resource_id(old.json) != resource_id(file.json) for old in earlier
    )


def ended(record: SynthRecord) -> str:
    """How a synth ended, for the 'seen' of a violation."""
    match record.outcome:
        case "synthesized":
            return "the synth succeeded"
        case "refused":
            return f"refused: {record.refusal.message[:500] if record.refusal else ''}"
        case "crashed":
            return f"the process died: {record.log[-300:].strip()}"
        case "timed-out":
            return f"no end after {record.seconds:.0f} s"


def listed(paths: list[str]) -> str:
    """Some of these paths, in a line."""
    if not paths:
        return "no file"
    more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
    return ", ".join(paths[:5]) + more
