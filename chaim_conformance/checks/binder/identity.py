"""B09, B10, B25 and B27: what a binding is known by, and that it stays what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chaim_conformance.checks.binder.evidence import (
    Expected,
    absence,
    bundled_of,
    deployed_name,
    ended,
    expected,
    first_absence,
    is_hostile,
    is_proper,
    is_token,
    is_twin,
    listed,
    local_of,
    resource_id,
    section,
    stack_name,
    successes,
    table_of,
    unpublished,
)
from chaim_conformance.checks.binder.registry import judges
from chaim_conformance.checks.evidence import shown
from chaim_conformance.synth_scenario import App, Table
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

# The fields that say whose snapshot it is, by the section that has them; "" is the top.
IDENTITY_FIELDS = {
    "": (
        "appId",
        "provider",
        "accountId",
        "region",
        "stackName",
        "datastoreType",
        "resourceId",
    ),
    "providerIdentity": ("cloud", "accountId", "region", "deploymentId"),
    "identity": (
        "appId",
        "entityName",
        "resourceId",
        "entityId",
        "stableResourceKey",
        "bindingId",
    ),
}
TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")

Snapshots = Mapping[Expected, Mapping[str, Any]]


def _snapshots(record: SynthRecord, app: App) -> dict[Expected, Mapping[str, Any]]:
    return {one: file.json for one, file in local_of(record, app).items()}


@judges("B09")
def resource_id_is_its_own(t: SynthTranscript) -> Iterator[Finding]:
    """Every resourceId is made of table and entity, is one binding's, and is the same next time."""
    seen: dict[tuple[App, Expected], tuple[SynthRecord, str]] = {}
    for record in successes(t):
        if isinstance(record, Blocked):
            yield _not_numbered(record) if record.by == "B09" else record
            continue
        app = t.app(record)
        found = _snapshots(record, app)
        for one in expected(app):
            if one not in found:
                if (clause := absence(t, record, one)) == "B09":
                    yield _overwritten(record, one, found)
                elif clause:
                    yield Blocked(by=clause, where=record)
                continue
            given = resource_id(found[one])
            if not isinstance(given, str) or not given:
                yield Blocked(by="B05", where=record)
                continue
            earlier, before = seen.setdefault((app, one), (record, given))
            if complaint := _complaint(app, one, given, found):
                yield Violation(
                    expected=complaint,
                    seen=f"resourceId {shown(given)}, of {one}",
                    where=record,
                    hint=_name_hint(record, app, one, given),
                )
            elif before != given:
                yield Violation(
                    expected=f"resourceId {shown(before)} of {one}, as in {earlier}",
                    seen=f"resourceId {shown(given)}",
                    where=record,
                    hint="what is on the disk from an earlier synth is no collision",
                )
            else:
                yield Upheld(where=record)


def _not_numbered(blocked: Blocked) -> Violation:
    assert isinstance(blocked.where, SynthRecord)
    return Violation(
        expected="a number behind a resourceId that is taken: __2, and so on",
        seen=ended(blocked.where),
        where=blocked.where,
    )


def _complaint(app: App, one: Expected, given: str, found: Snapshots) -> str:
    """What one expects of a resourceId where this is wrong; empty: it is right."""
    beside = {
        other: resource_id(snapshot)
        for other, snapshot in found.items()
        if other.stack == one.stack and other != one
    }
    sharer = next(
        (
            other
            for other, taken in beside.items()
            if taken == given and not is_twin(app, one, other)
        ),
        None,
    )
    if sharer is not None:
        return f"one that {sharer} has not: table or entity differs"
    if is_hostile(one):
        return ""
    if not is_proper(one, given):
        return f"{one.resource_id}, or with __2 and so on where that is taken"
    if any(other.stack == one.stack and other not in found for other in expected(app)):
        return ""  # nobody can tell which number that one has
    number = given.removeprefix(one.resource_id).removeprefix("__")
    lower = [f"{one.resource_id}__{n}" for n in range(2, int(number or 0))]
    names = (one.resource_id, *lower) if number else ()
    free = [name for name in names if name not in beside.values()]
    return f"{free[0]}, which no other binding of the stack has" if free else ""


def _name_hint(record: SynthRecord, app: App, one: Expected, given: str) -> str:
    """What the name is that a resourceId begins with where it is not the table's."""
    if is_token(given):
        return "a name that is a token at synth is known to the table's own definition"
    if given.startswith(tuple(f"{name}__" for name in _logical_ids(record, app, one))):
        return (
            "it begins with the table's logical id; the resource's name is the physical one,"
            " else the table's construct id"
        )
    return ""


def _overwritten(record: SynthRecord, one: Expected, found: Snapshots) -> Violation:
    beside = ", ".join(
        f"{shown(resource_id(snapshot))} of {other}"
        for other, snapshot in found.items()
        if other.stack == one.stack
    )
    return Violation(
        expected=f"a resourceId of its own for {one}, so a snapshot",
        seen=f"none; there is {beside}",
        where=record,
        hint="the snapshot was overwritten by the binding whose resourceId is the same",
    )


@judges("B10")
def each_entity_has_its_own(t: SynthTranscript) -> Iterator[Finding]:
    """Where a table has several entities, each has a snapshot, a bundle and a publication."""
    for record in successes(t, lambda app: bool(_companions(app))):
        if isinstance(record, Blocked):
            yield record
        else:
            findings = list(_each(t, record))
            yield from findings or [Upheld(where=record)]


def _companions(app: App) -> list[Expected]:
    """The bindings whose table has others."""
    bindings = expected(app)
    tables = [table_of(app, one) for one in bindings]
    return [one for one, table in zip(bindings, tables, strict=True) if tables.count(table) > 1]


def _each(t: SynthTranscript, record: SynthRecord) -> Iterator[Finding]:
    app = t.app(record)
    local, bundled = local_of(record, app), bundled_of(record, app)
    for one in _companions(app):
        clause = absence(t, record, one) if one not in local else None
        if clause == "B10":
            seen = listed([file.path for file in record.local])
            yield _lacks(record, one, "LOCAL snapshot", f"none, beside {seen}")
        elif clause:
            yield Blocked(by=clause, where=record)
        elif one in local and one not in bundled:
            yield _without_bundle(t, record, one)
    for stack in app.stacks:
        bound = [one for one in expected(app) if one.stack == stack]
        distinct = {(table_of(app, one), one.entity) for one in bound}
        names = {stack.id, *(deployed_name(record, one) for one in bound)}
        own = [p for p in record.publications if p.stack in names]
        if not own and bound:
            yield Blocked(by=unpublished(t), where=record)
        elif len(own) < len(distinct):
            yield Violation(
                expected=f"{len(distinct)} publications in stack {stack.id}, one a binding",
                seen=f"{len(own)}: {', '.join(p.logical_id for p in own)}",
                where=record,
                hint="each entity is created, changed and removed alone",
            )


def _lacks(record: SynthRecord, one: Expected, what: str, seen: str) -> Violation:
    return Violation(expected=f"a {what} of its own for {one}", seen=seen, where=record)


def _without_bundle(t: SynthTranscript, record: SynthRecord, one: Expected) -> Finding:
    app = t.app(record)
    beside = [
        file
        for other, file in bundled_of(record, app).items()
        if table_of(app, other) == table_of(app, one)
    ]
    folders = [file.path.split("/")[-2:-1] for file in beside]
    if not beside:
        return Blocked(by="B14" if "aws-cdk" in t.capabilities else "B23", where=record)
    if any(f and f != [resource_id(b.json)] for f, b in zip(folders, beside, strict=True)):
        return Blocked(by="B15", where=record)
    return _lacks(record, one, "bundle", f"none, beside {listed([b.path for b in beside])}")


@judges("B25")
def no_tokens_in_identity(t: SynthTranscript) -> Iterator[Finding]:
    """What a snapshot is known by says something, and the same at every synth."""
    for record in successes(t):
        if isinstance(record, Blocked):
            yield record
            continue
        found = local_of(record, t.app(record))
        if not found and expected(t.app(record)):
            yield Blocked(by=first_absence(t, record), where=record)
        for one, file in found.items():
            tokens = {
                f"{name}.{field}".lstrip("."): value
                for name, fields in IDENTITY_FIELDS.items()
                for field in fields
                if is_token(value := (section(file.json, name) if name else file.json).get(field))
            }
            told = {field: _told_by(t, field, value, file.path) for field, value in tokens.items()}
            new = [field for field, clause in told.items() if clause is None]
            if new:
                yield Violation(
                    expected="unknown, or nothing, for what is not known at synth",
                    seen=", ".join(f"{field} {shown(tokens[field])}" for field in new),
                    where=record,
                    hint=f"in the snapshot of {one}; such a text may be another one at each synth",
                )
            else:
                blocked = (Blocked(by=clause, where=record) for clause in told.values() if clause)
                yield next(blocked, Upheld(where=record))


def _told_by(t: SynthTranscript, field: str, value: Any, path: str) -> str | None:
    """The clause that tells of a token in this field anyway."""
    match field.rpartition(".")[2]:
        case "resourceId":
            return "B09"
        case "stackName" | "deploymentId":
            return "B26"
        case "stableResourceKey" | "bindingId" if "aws-cdk" in t.capabilities:
            return "B27"
        case _:
            return "B03" if value in path else None


@judges("B27")
def stable_key_is_the_tables(t: SynthTranscript) -> Iterator[Finding]:
    """Where there is a stable resource key, it is the table's, whatever becomes of the binding."""
    seen: dict[tuple[str, Table], tuple[SynthRecord, str]] = {}
    for record in successes(t):
        if isinstance(record, Blocked):
            yield record
            continue
        app = t.app(record)
        for one, snapshot in _snapshots(record, app).items():
            key = section(snapshot, "identity").get("stableResourceKey")
            if key is None:
                continue
            wanted = _stable_keys(record, app, one)
            place = (app.stacks[table_of(app, one)[0]].id, one.table)
            earlier, before = seen.setdefault(place, (record, str(key)))
            if wanted and key not in wanted:
                yield Violation(
                    expected=" or ".join(wanted),
                    seen=f"stableResourceKey {shown(key)}, of {one}",
                    where=record,
                    hint="the key is the table's, not the binding's"
                    if isinstance(key, str) and one.binding.id in key
                    else "",
                )
            elif key != before:
                yield Violation(
                    expected=f"stableResourceKey {shown(before)}, as in {earlier}",
                    seen=f"{shown(key)}, of {one}",
                    where=record,
                )
            else:
                yield Upheld(where=record)


def _stable_keys(record: SynthRecord, app: App, one: Expected) -> list[str]:
    """The keys that a table can have; empty where nobody can tell."""
    if one.table.name is not None:
        return [f"{one.datastore}:tableName:{one.table.name}"]
    return [f"{one.datastore}:logicalId:{name}" for name in _logical_ids(record, app, one)]


def _logical_ids(record: SynthRecord, app: App, one: Expected) -> list[str]:
    """The table's logical id, or all that may be it where the template does not say."""
    stack = app.stacks[table_of(app, one)[0]]
    if one.table.construct == "imported":
        return []
    place = "/".join(("", stack.id, *one.table.scopes, one.table.id, ""))
    tables = {
        name: f"/{resource.get('Metadata', {}).get('aws:cdk:path', '')}/"
        for seen in record.stacks
        if seen.name == stack_name(stack) or seen.id == stack.id
        for name, resource in seen.template.get("Resources", {}).items()
        if resource.get("Type") in TABLES or not one.table.is_table
    }
    return [name for name, path in tables.items() if place in path] or list(tables)
