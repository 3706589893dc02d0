"""What several checks of binders read out of a transcript."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chaim_conformance.synth_scenario import App, Binding, Config, SynthStack, Table
from chaim_conformance.synth_transcript import SeenFile, SynthRecord, SynthTranscript

DATASTORE = "dynamodb"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """One binding of an app and what the contract says that comes of it.

    ``stack_name`` is the deployed stack's; ``resource_id`` the one without a number (B09).
    """

    stack: SynthStack
    binding: Binding
    table: Table
    config: Config
    stack_name: str

    @property
    def document(self) -> Any:
        """The ``.bprint`` document; ``None`` where it is none."""
        try:
            return json.loads(self.binding.schema.text or "")
        except ValueError:
            return None

    @property
    def entity(self) -> str:
        """The entity's name."""
        return str(self.document["entityName"])

    @property
    def resource_name(self) -> str:
        """The table's physical name, else its construct id."""
        return self.table.name if self.table.name is not None else self.table.id

    @property
    def resource_id(self) -> str:
        """As it is without a collision."""
        return f"{self.resource_name}__{self.entity}"

    @property
    def account(self) -> str:
        """As it stands in the path."""
        return self.stack.account or "unknown"

    @property
    def region(self) -> str:
        """As it stands in the path."""
        return self.stack.region or "unknown"

    def __str__(self) -> str:
        where = "/".join((self.stack.id, *self.binding.scopes, self.binding.id))
        return f"binding {where} ({self.binding.schema.file} on table {self.resource_name})"


def stack_name(stack: SynthStack) -> str:
    """The name of the deployed stack: the one given, else CDK's: the Stage's and its own id."""
    if stack.name is not None:
        return stack.name
    return f"{stack.stage}-{stack.id}" if stack.stage else stack.id


def expected(app: App) -> tuple[Expected, ...]:
    """The app's bindings, in order."""
    return tuple(
        Expected(
            stack=stack,
            binding=binding,
            table=table,
            config=app.configs[binding.config],
            stack_name=stack_name(stack),
        )
        for stack, binding, table in app.bound()
    )


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
