"""Apps of one small stack, synthesized by a perfect binder, and synths that end otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

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
from chaim_conformance.synth_transcript import Refusal, SeenFile, SynthRecord, SynthTranscript
from tests.checks.perfect_binder import synthesized

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
    return synthesized(SynthScenario(apps=apps, synths=each), **more)


def twice(app: App) -> SynthTranscript:
    """One app, synthesized in two processes."""
    return of(app, synths=(Synth(), Synth(process=1)))


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
