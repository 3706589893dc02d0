"""Apps of two small schemas, synthesized by a perfect binder, and edits of what it wrote."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chaim_conformance.scenario import Attempt, Bundle, Operation, Scenario
from chaim_conformance.synth_scenario import (
    App,
    Binding,
    Schema,
    Synth,
    SynthScenario,
    SynthStack,
    Table,
)
from chaim_conformance.synth_transcript import Planned, SeenFile, SynthTranscript
from tests.checks import transcripts
from tests.checks.perfect_binder import Document, synthesized

Edit = Callable[[Document], Document]

USER: Document = {
    "schemaVersion": 1.0,
    "entityName": "User",
    "description": "canary000001 users",
    "primaryKey": {"partitionKey": "userId"},
    "fields": [
        {"name": "userId", "type": "string", "required": True},
        {"name": "canary000002Mail", "type": "string", "default": "canary000003"},
    ],
}
ORDER: Document = {
    **USER,
    "entityName": "Order",
    "description": "canary000004 orders",
    "primaryKey": {"partitionKey": "orderId"},
    "fields": [{"name": "orderId", "type": "string"}, {"name": "total", "type": "number"}],
}


def schema(document: Document = USER) -> Schema:
    return Schema(file=f"{document['entityName'].lower()}.bprint", text=json.dumps(document))


def app(
    *tables: Table, documents: tuple[Document, ...] = (USER,), stack: str = "Stack", **more: Any
) -> App:
    """An app of one stack that binds each document to the first table, or each to its own."""
    bound = tuple(
        Binding(
            id=f"{document['entityName']}Binding",
            schema=schema(document),
            table=number if number < len(tables) else 0,
        )
        for number, document in enumerate(documents)
    )
    of_stack = {key: more.pop(key) for key in ("name", "stage", "account", "region") if key in more}
    made = SynthStack(id=stack, tables=tables or (Table(),), bindings=bound, **of_stack)
    return App(stacks=(made,), **more)


def perfect(*apps: App, form: str = "1.0", synths: tuple[Synth, ...] = ()) -> SynthTranscript:
    """What a binder without fault leaves after a synth of each app, in one process each."""
    every = synths or tuple(Synth(app=number, process=number) for number in range(len(apps)))
    return synthesized(SynthScenario(apps=apps, synths=every), form)


def bend(t: SynthTranscript, **fields: Any) -> SynthTranscript:
    """The transcript with other fields in its last synth."""
    return replace(t, records=(*t.records[:-1], replace(t.records[-1], **fields)))


def edited(file: SeenFile, edit: Edit) -> SeenFile:
    return replace(file, content=json.dumps(edit(json.loads(file.content))).encode())


def edit_snapshot(t: SynthTranscript, edit: Edit, position: int = 0) -> SynthTranscript:
    """The transcript with one snapshot of the last synth changed, LOCAL and bundled."""
    synth = t.records[-1]
    old = synth.local[position].content

    def files(some: tuple[SeenFile, ...]) -> tuple[SeenFile, ...]:
        return tuple(edited(one, edit) if one.content == old else one for one in some)

    return bend(
        t,
        local=files(synth.local),
        assets=files(synth.assets),
        publications=tuple(replace(p, files=files(p.files)) for p in synth.publications),
    )


def edit_local(t: SynthTranscript, edit: Edit) -> SynthTranscript:
    """The transcript with the first LOCAL snapshot of the last synth changed, and no bundle."""
    first, *others = t.records[-1].local
    return bend(t, local=(edited(first, edit), *others))


def edit_metadata(t: SynthTranscript, **fields: Any) -> SynthTranscript:
    """The transcript with other metadata in its last snapshot; ``None`` takes a field out."""

    def edit(document: Document) -> Document:
        name = "resource" if "snapshotVersion" in document else "dataStore"
        changed = {**document[name], **fields}
        return {**document, name: {k: v for k, v in changed.items() if v is not None}}

    return edit_snapshot(t, edit)


def edit_publication(t: SynthTranscript, **fields: Any) -> SynthTranscript:
    """The transcript with the first publication of its last synth changed."""
    first, *others = t.records[-1].publications
    return bend(t, publications=(replace(first, **fields), *others))


def edit_resource(t: SynthTranscript, logical_id: str, resource: Document) -> SynthTranscript:
    """The transcript with one resource of its last synth's first stack changed, or added."""
    first, *others = t.records[-1].stacks
    resources = {**first.template["Resources"], logical_id: resource}
    return bend(t, stacks=(replace(first, template={"Resources": resources}), *others))


def deployed(t: SynthTranscript) -> SynthTranscript:
    """The transcript with the life of its last synth's publications, from Create to Delete."""
    synth = t.records[-1]
    bundles = tuple(
        Bundle(snapshot=p.snapshot.content.decode(), app_id="my-app")
        for p in synth.publications
        if p.snapshot is not None
    )
    kinds = ("Create", "Delete")
    planned = tuple(
        Planned(synth=synth.number, stack=p.stack, logical_id=p.logical_id, request_type=kind)
        for kind in kinds
        for p in synth.publications
    )
    operations = tuple(
        Operation(request_type=kind, bundle=number, attempts=(Attempt(),))
        for kind in kinds
        for number in range(len(bundles))
    )
    life = transcripts.perfect(Scenario(bundles=bundles, operations=operations))
    scenario = replace(t.scenario, deploys=True)
    return replace(t, scenario=scenario, deployment=life, planned=planned)
