"""B05 and B06: the LOCAL snapshot is valid, says whose it is, and holds the schema as written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chaim_conformance import contract
from chaim_conformance.checks.binder.bound import Bound, snapshots
from chaim_conformance.checks.binder.evidence import (
    STACK,
    Expected,
    ended,
    is_stale,
    is_token,
    section,
    unsuccessful,
)
from chaim_conformance.checks.binder.registry import judges
from chaim_conformance.checks.binder.resource_metadata import form_complaint
from chaim_conformance.checks.content import MISSING, first_difference
from chaim_conformance.checks.content_hints import explain_absence, explain_value
from chaim_conformance.checks.evidence import shown
from chaim_conformance.synth_transcript import SynthTranscript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

# What a field has where its file does not say.
DEFAULTS = {"required": False, "nullable": False}

# So many complaints of a JSON Schema are told at once.
MOST_SHOWN = 8

Complaint = tuple[str, str, str]


@judges("B05")
def snapshot_is_valid(t: SynthTranscript) -> Iterator[Finding]:
    """Each binding has a snapshot: valid in its format, an UPSERT, and identified rightly."""
    for record in t.records:
        blocked = unsuccessful(t, record)
        if blocked is not None and blocked.by == "B05":
            yield Violation(expected="a snapshot of each binding", seen=ended(record), where=record)
    for item in snapshots(t):
        if isinstance(item, Blocked):
            if item.by != "B05":
                yield item
        elif complaint := _form_complaint(item.snapshot):
            yield _found(t, item, complaint)
        elif not contract.validator(_format(item.snapshot)).is_valid(item.snapshot):
            # The schema is no `.bprint` document, so it is not the one that was bound.
            yield Blocked(by="B06", where=item.record)
        else:
            yield _identified(t, item)


@judges("B06")
def schema_is_the_documents(t: SynthTranscript) -> Iterator[Finding]:
    """The snapshot's schema is what stands in the ``.bprint`` file, as JSON values."""
    for item in snapshots(t):
        if isinstance(item, Blocked):
            yield item
        elif complaint := _schema_complaint(item.binding.document, item.snapshot.get("schema")):
            yield _found(t, item, complaint)
        else:
            yield Upheld(where=item.record)


def _found(t: SynthTranscript, item: Bound, complaint: Complaint) -> Violation | Blocked:
    if is_stale(t, item.record, item.binding):
        return Blocked(by="B04", where=item.record)
    expected, seen, hint = complaint
    return Violation(
        expected=f"{item.binding}: {expected}",
        seen=f"{item.file.path}: {seen}",
        where=item.record,
        hint=hint,
    )


def _form_complaint(snapshot: Any) -> Complaint | None:
    name = _format(snapshot)
    wrong = [
        f"{error.json_path}: {error.message[:200]}"
        for error in contract.validator(name).iter_errors(snapshot)
        if "schema" not in list(error.absolute_path)[:1]
    ]
    if wrong:
        more = f"; and {len(wrong) - MOST_SHOWN} more" if len(wrong) > MOST_SHOWN else ""
        seen = "; ".join(wrong[:MOST_SHOWN]) + more
        return f"a document valid against {name}.schema.json", seen, ""
    if snapshot.get("action") != "UPSERT":
        return '`action`: "UPSERT"', "no `action`", ""
    return None


def _format(snapshot: Any) -> str:
    return f"snapshot-{'3.0' if 'snapshotVersion' in snapshot else '1.0'}"


def _identified(t: SynthTranscript, item: Bound) -> Finding:
    """Whether all that identifies the binding is right."""
    snapshot, nested = item.snapshot, "snapshotVersion" in item.snapshot
    for place, (path, value) in enumerate(_identity(item.binding, nested).items()):
        *outer, key = path.split(".")
        have = (section(snapshot, outer[0]) if outer else snapshot).get(key)
        # What is not known yet may be any text; an unresolved token in its place is B25's matter.
        if value is None or is_token(have) or have == value:
            continue
        if item.file.path.split("/")[place : place + 1] == [have]:
            return Blocked(by="B01", where=item.record)  # the path has the same mistake
        if place == STACK:  # the consumer filters by it
            return Blocked(by="B26", where=item.record)
        return _found(t, item, (f"`{path}`: {shown(value)}", f"`{path}`: {shown(have)}", ""))
    if nested and (complaint := _joined(snapshot["identity"])):
        return _found(t, item, complaint)
    kinds = [section(snapshot, "resource").get(key) for key in ("type", "kind")]
    wanted = item.binding.datastore
    if nested and wanted not in [str(kind).lower() for kind in kinds]:
        seen = f"`resource.type`: {shown(kinds[0])}"
        return _found(t, item, (f'`resource.type`: "{wanted}"', seen, ""))
    if complaint := form_complaint(t, item):
        return _found(t, item, complaint)
    return Upheld(where=item.record)


def _identity(binding: Expected, nested: bool) -> dict[str, str | None]:
    """Where a format has what identifies a binding, and what stands there.

    The first ones come in the order of the LOCAL path.
    """
    stack = binding.stack
    if nested:
        return {
            "providerIdentity.cloud": "aws",
            "providerIdentity.accountId": stack.account,
            "providerIdentity.region": stack.region,
            "providerIdentity.deploymentId": binding.stack_name,
            "identity.appId": binding.config.app_id,
            "identity.entityName": binding.entity,
        }
    return {
        "provider": "aws",
        "accountId": stack.account,
        "region": stack.region,
        "stackName": binding.stack_name,
        "datastoreType": binding.datastore,
        "appId": binding.config.app_id,
    }


def _joined(identity: Mapping[str, str]) -> Complaint | None:
    """What is wrong with the ids that are made of others; tokens in them are B25's matter.

    The stable resource key, which stands in the middle of the second one, is B27's.
    """
    app_id, entity = identity["appId"], identity["entityName"]
    for name, middle in (("entityId", ":"), ("bindingId", f":{identity['stableResourceKey']}:")):
        have, wanted = identity[name], f"{app_id}{middle}{entity}"
        key = have.removeprefix(f"{app_id}:").removesuffix(f":{entity}")
        of_another_key = name == "bindingId" and have == f"{app_id}:{key}:{entity}"
        if have != wanted and not of_another_key and not is_token(have):
            return f"`identity.{name}`: {shown(wanted)}", f"`identity.{name}`: {shown(have)}", ""
    return None


def _schema_complaint(document: Any, schema: Any) -> Complaint | None:
    if found := first_difference(document, schema):
        path, want, have = found
        expected = f"`schema.{path}`: {shown(want)}, as in the file"
        if have is MISSING:
            return expected, f"no `schema.{path}`", explain_absence(want)
        return expected, f"`schema.{path}`: {shown(have)}", explain_value(want, have)
    if path := next(_added(document, schema), ""):
        return f"no `schema.{path}`, as in the file", f"`schema.{path}` was added", ""
    return None


def _added(document: Any, schema: Any, path: str = "") -> Iterator[str]:
    """What stands in the schema, and neither in the document nor among the format's defaults."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            inner = f"{path}.{key}" if path else key
            if key in document:
                yield from _added(document[key], value, inner)
            elif not ("fields" in path and key in DEFAULTS and value is DEFAULTS[key]):
                yield inner
    elif isinstance(schema, list):
        for number, (one, other) in enumerate(zip(document, schema, strict=True)):
            yield from _added(one, other, f"{path}[{number}]")
