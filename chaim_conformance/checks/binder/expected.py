"""What comes of each binding of an app, by the contract."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from chaim_conformance.synth_scenario import App, Binding, Config, SynthStack, Table


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
        except (ValueError, RecursionError):
            return None

    @property
    def entity(self) -> str:
        """The entity's name; empty where the document gives none."""
        name = self.document.get("entityName") if isinstance(self.document, dict) else None
        return name if isinstance(name, str) else ""

    @property
    def resource_name(self) -> str:
        """The table's physical name, else its construct id."""
        return self.table.name if self.table.name is not None else self.table.id

    @property
    def resource_id(self) -> str:
        """As it is without a collision."""
        return f"{self.resource_name}__{self.entity}"

    @property
    def datastore(self) -> str:
        """The kind of data store, as it stands in the path."""
        return self.table.datastore

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
