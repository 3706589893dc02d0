"""Hand-made transcripts of binders: what a perfect one would leave behind, to be bent by tests."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from chaim_conformance.checks.binder import BINDER_CHECKS
from chaim_conformance.checks.binder.evidence import DATASTORE, Expected, expected, table_of
from chaim_conformance.checks.binder.grounds import must_refuse
from chaim_conformance.synth_scenario import (
    App,
    Binding,
    Config,
    Schema,
    Synth,
    SynthScenario,
    SynthStack,
    Table,
)
from chaim_conformance.synth_transcript import (
    Publication,
    Refusal,
    SeenFile,
    SeenStack,
    SynthRecord,
    SynthTranscript,
)
from chaim_conformance.transcript import Credentials
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

NOW = 1_800_000_000
SECRET = Credentials(api_key="ck-ghjkmnpqGHJK", api_secret="cs-QPNMKJHGqpnm")

Bend = Callable[[SynthRecord], SynthRecord]


def bprint(entity: str = "Order", **changed: Any) -> str:
    """The text of a small schema; ``None`` takes a key out."""
    document = {
        "schemaVersion": 1.0,
        "entityName": entity,
        "description": "what is ordered",
        "primaryKey": {"partitionKey": "pk"},
        "fields": [{"name": "pk", "type": "string", "required": True}],
        **changed,
    }
    return json.dumps({key: value for key, value in document.items() if value is not None})


def bound(
    entity: str = "Order", id: str = "Orders", *, text: str | None = None, **more: Any
) -> Binding:
    """A binding of a small schema, or of this text, in a file of the entity's name."""
    file = more.pop("file", f"schemas/{entity.lower()}.bprint")
    return Binding(id=id, schema=Schema(file=file, text=text or bprint(entity)), **more)


def app_of(
    *bindings: Binding,
    tables: tuple[Table, ...] = (Table(name="Shop"),),
    configs: tuple[Config, ...] = (Config(),),
    **stack: Any,
) -> App:
    """An app of one stack."""
    only = SynthStack(tables=tables, bindings=bindings or (bound(),), **stack)
    return App(stacks=(only,), configs=configs)


def of(*apps: App, synths: tuple[Synth, ...] = (), **more: Any) -> SynthTranscript:
    """The transcript of a perfect binder over these apps, each synthesized once, or as said."""
    each = synths or tuple(Synth(app=number) for number in range(len(apps)))
    return perfect(SynthScenario(apps=apps, synths=each), **more)


def twice(app: App) -> SynthTranscript:
    """One app, synthesized in two processes."""
    return of(app, synths=(Synth(), Synth(process=1)))


def perfect(scenario: SynthScenario, form: str = "1.0") -> SynthTranscript:
    """The transcript of a binder that makes no mistake."""
    records: list[SynthRecord] = []
    for number, synth in enumerate(scenario.synths):
        app = scenario.apps[synth.app]
        before = records[-1] if records else None
        if must_refuse(app):
            records.append(_refused(app, number, synth, before))
        else:
            records.append(_synthesized(app, number, synth, before, form))
    return SynthTranscript(
        scenario=scenario,
        capabilities=("core", "aws-cdk"),
        records=tuple(records),
        secret=SECRET,
    )


def _refused(app: App, number: int, synth: Synth, before: SynthRecord | None) -> SynthRecord:
    first = expected(app)[0]
    message = f"{first.binding.schema.file}: not found"
    return SynthRecord(
        number=number,
        synth=synth,
        outcome="refused",
        refusal=Refusal(where="binding", type="Error", message=message, binding=first.binding.id),
        local=before.local if before else (),
        assets=before.assets if before else (),
    )


def _synthesized(
    app: App, number: int, synth: Synth, before: SynthRecord | None, form: str
) -> SynthRecord:
    local, assets, publications = [], [], []
    ids = resource_ids(app)
    for one in expected(app):
        document = snapshot(app, one, ids[one], form, NOW + number)
        content = json.dumps(document).encode()
        where = f"aws/{one.account}/{one.region}/{one.stack_name}/{DATASTORE}"
        local.append(SeenFile(path=f"{where}/{ids[one]}.json", content=content))
        bundle = SeenFile(path=f"{one.stack_name}/{ids[one]}/snapshot.json", content=content)
        handler = SeenFile(path=f"{one.stack_name}/{ids[one]}/index.js", content=b"//")
        assets += [bundle, handler]
        publications.append(_publication(one, document, content))
    kept = () if before is None else tuple(f for f in before.assets if not _in(f, assets))
    return SynthRecord(
        number=number,
        synth=synth,
        outcome="synthesized",
        base="/sandbox/snapshots",
        local=tuple(sorted(local, key=lambda file: file.path)),
        assets=(*kept, *assets),
        stacks=tuple(_stack(app, number) for number in range(len(app.stacks))),
        publications=tuple(publications),
    )


def _in(file: SeenFile, files: list[SeenFile]) -> bool:
    return any(one.path == file.path for one in files)


def resource_ids(app: App) -> dict[Expected, str]:
    """The resourceId of each binding, numbered where two tables would have one."""
    found: dict[Expected, str] = {}
    for one in expected(app):
        taken = {name for other, name in found.items() if other.stack == one.stack}
        names = (one.resource_id, *(f"{one.resource_id}__{n}" for n in range(2, 9)))
        found[one] = next(name for name in names if name not in taken)
    return found


def logical_id(*names: str) -> str:
    """As CDK makes one."""
    path = "/".join((*names, "Resource"))
    human = "".join(re.sub(r"[^A-Za-z0-9]", "", name) for name in names)
    return human + hashlib.md5(path.encode()).hexdigest()[:8].upper()


def _stack(app: App, number: int) -> SeenStack:
    stack = app.stacks[number]
    names = [one.stack_name for one in expected(app) if one.stack == stack]
    place = "/".join(filter(None, (stack.stage, stack.id)))
    resources = {
        logical_id(*table.scopes, table.id): {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {},
            "Metadata": {"aws:cdk:path": "/".join((place, *table.scopes, table.id, "Resource"))},
        }
        for table in stack.tables
        if table.construct != "imported"
    }
    name = names[0] if names else stack.name or stack.id
    return SeenStack(id=stack.id, name=name, template={"Resources": resources})


def _publication(one: Expected, document: dict[str, Any], content: bytes) -> Publication:
    stable = {key: value for key, value in document.items() if key != "capturedAt"}
    digest = hashlib.sha256(json.dumps(stable, sort_keys=True).encode()).hexdigest()
    mode = one.config.failure_mode
    return Publication(
        stack=one.stack.id,
        logical_id=logical_id(*one.binding.scopes, one.binding.id),
        properties={"ServiceToken": {"Fn::GetAtt": ["Provider", "Arn"]}, "Snapshot": digest},
        environment={"APP_ID": one.config.app_id, **({"FAILURE_MODE": mode} if mode else {})},
        files=(SeenFile(path="snapshot.json", content=content),),
    )


def snapshot(app: App, one: Expected, name: str, form: str, moment: float) -> dict[str, Any]:
    """The snapshot of a binding, in either format."""
    captured = datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")
    table = app.stacks[table_of(app, one)[0]].tables[one.binding.table]
    named = f"tableName:{table.name}"
    key = f"{DATASTORE}:" + (
        named if table.name else f"logicalId:{logical_id(*table.scopes, table.id)}"
    )
    about = {"partitionKey": table.partition_key.name}
    if table.name is not None:
        about["tableName"] = table.name
    if form == "1.0":
        return {
            "schemaVersion": "1.0",
            "action": "UPSERT",
            "provider": "aws",
            "accountId": one.account,
            "region": one.region,
            "stackName": one.stack_name,
            "appId": one.config.app_id,
            "datastoreType": DATASTORE,
            "resourceId": name,
            "identity": {"stableResourceKey": key},
            "schema": one.document,
            "dataStore": {"type": DATASTORE, **about},
            "capturedAt": captured,
            "x-extra": {"more": 1},
        }
    return {
        "snapshotVersion": "3.0",
        "action": "UPSERT",
        "capturedAt": captured,
        "providerIdentity": {
            "cloud": "aws",
            "accountId": one.account,
            "region": one.region,
            "deploymentSystem": "cloudformation",
            "deploymentId": one.stack_name,
        },
        "identity": {
            "appId": one.config.app_id,
            "entityName": one.entity,
            "stableResourceKeyStrategy": key.split(":")[1],
            "stableResourceKey": key,
            "resourceId": name,
            "entityId": f"{one.config.app_id}:{one.entity}",
            "bindingId": f"{one.config.app_id}:{key}:{one.entity}",
        },
        "resolution": {"mode": "synth", "hasTokens": False},
        "schema": one.document,
        "resource": {
            "type": DATASTORE,
            "kind": "table",
            "id": table.id,
            "name": one.resource_name,
            "region": one.region,
            **about,
        },
        "producer": {"component": "binder", "version": "1.0.0", "runtime": "test"},
    }


def bend(t: SynthTranscript, change: Bend, number: int = 0) -> SynthTranscript:
    """The transcript with one synth changed."""
    records = list(t.records)
    records[number] = change(records[number])
    return replace(t, records=tuple(records))


def refuse(message: str, where: str = "binding") -> Bend:
    """The synth as it ends when the provider refuses it with these words."""
    refusal = Refusal(where=where, type="Error", message=message)  # type: ignore[arg-type]
    return lambda record: replace(record, outcome="refused", refusal=refusal)


def crash(record: SynthRecord) -> SynthRecord:
    """The synth as it ends when the process dies."""
    return replace(record, outcome="crashed", refusal=None, stderr="Segmentation fault\n")


def moved(old: str, new: str) -> Bend:
    """The synth with a part of each LOCAL path written otherwise."""
    return lambda record: replace(
        record,
        local=tuple(replace(file, path=file.path.replace(old, new)) for file in record.local),
    )


def said(**fields: Any) -> Bend:
    """The synth with fields of every snapshot changed; ``a__b`` is b in the section a."""

    def change(file: SeenFile) -> SeenFile:
        if not isinstance(file.json, dict):
            return file
        document = json.loads(file.content)
        for name, value in fields.items():
            section, _, field = name.rpartition("__")
            (document[section] if section else document)[field] = value
        return replace(file, content=json.dumps(document).encode())

    return lambda record: replace(
        record,
        local=tuple(map(change, record.local)),
        assets=tuple(change(file) for file in record.assets),
        publications=tuple(
            replace(p, files=tuple(map(change, p.files))) for p in record.publications
        ),
    )


def judged(clause: str, t: SynthTranscript) -> list[Finding]:
    return list(BINDER_CHECKS[clause](t))


def verdict(clause: str, t: SynthTranscript) -> str:
    """``pass``, ``fail``, ``blocked by …``, or ``nothing`` where it was not put to the test."""
    findings = judged(clause, t)
    if any(isinstance(finding, Violation) for finding in findings):
        return "fail"
    blocked = [finding.by for finding in findings if isinstance(finding, Blocked)]
    if blocked:
        return f"blocked by {blocked[0]}"
    return "pass" if any(isinstance(finding, Upheld) for finding in findings) else "nothing"


def failures(t: SynthTranscript) -> set[str]:
    """The clauses that this transcript violates."""
    return {clause for clause in BINDER_CHECKS if verdict(clause, t) == "fail"}


def violation(clause: str, t: SynthTranscript) -> Violation:
    """The first violation of a clause."""
    return next(one for one in judged(clause, t) if isinstance(one, Violation))
