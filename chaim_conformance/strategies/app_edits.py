"""Apps with one thing changed: what changes and breakages are made of."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from chaim_conformance.strategies.app_schemas import marked
from chaim_conformance.strategies.bprint_fields import Document
from chaim_conformance.strategies.bundles import as_text
from chaim_conformance.synth_scenario import App, Binding, Config, Schema, SynthStack, Table

ADDED_FILE, ADDED_ENTITY = 98, "Added"


@dataclass(frozen=True, kw_only=True)
class Spot:
    """The first binding of an app, by numbers: its stack, and its table and that one's stack."""

    app: App
    stack: int
    table_of: int
    table: int

    @property
    def bound(self) -> Binding:
        """The binding."""
        return self.app.stacks[self.stack].bindings[0]

    @property
    def of(self) -> Table:
        """Its table."""
        return self.app.stacks[self.table_of].tables[self.table]

    @property
    def config(self) -> Config:
        """Its configuration."""
        return self.app.configs[self.bound.config]

    @property
    def document(self) -> Document:
        """Its schema."""
        document: Document = json.loads(self.bound.schema.text or "")
        return document

    def with_binding(self, binding: Binding) -> App:
        """Another binding in place of it."""
        stack = self.app.stacks[self.stack]
        return with_stack(
            self.app, self.stack, replace(stack, bindings=(binding, *stack.bindings[1:]))
        )

    def with_table(self, table: Table) -> App:
        """Another table in place of its own."""
        stack = self.app.stacks[self.table_of]
        tables = (*stack.tables[: self.table], table, *stack.tables[self.table + 1 :])
        return with_stack(self.app, self.table_of, replace(stack, tables=tables))

    def with_text(self, text: str | None, *, file: str | None = None) -> App:
        """Another text of its file, for all that are bound by it, or another file altogether."""
        old, new = self.bound.schema.file, Schema(file=file or self.bound.schema.file, text=text)
        return replace(
            self.app,
            stacks=tuple(
                replace(
                    stack,
                    bindings=tuple(
                        replace(one, schema=new) if one.schema.file == old else one
                        for one in stack.bindings
                    ),
                )
                for stack in self.app.stacks
            ),
        )

    def with_document(self, document: Document) -> App:
        """Another schema in its file."""
        return self.with_text(as_text(document))

    def with_config(self, config: Config) -> App:
        """A configuration of this binding alone."""
        app = replace(self.app, configs=(*self.app.configs, config))
        binding = replace(self.bound, config=len(app.configs) - 1)
        return replace(self, app=app).with_binding(binding)

    def another(self) -> Binding:
        """A second entity of the same table, under the same configuration."""
        document = marked({**self.document, "entityName": ADDED_ENTITY}, ADDED_FILE)
        return Binding(
            id="AddedBinding",
            schema=Schema(file="schemas/added.bprint", text=as_text(document)),
            table=self.table,
            table_of=None if self.table_of == self.stack else self.table_of,
            config=self.bound.config,
        )

    def with_another(self, binding: Binding) -> App:
        """One binding more in its stack, the last one there."""
        stack = self.app.stacks[self.stack]
        return with_stack(self.app, self.stack, replace(stack, bindings=(*stack.bindings, binding)))


def first_bound(app: App) -> Spot:
    """Where the app's first binding is; every drawn app has one."""
    number, stack = next((n, stack) for n, stack in enumerate(app.stacks) if stack.bindings)
    binding = stack.bindings[0]
    of = number if binding.table_of is None else binding.table_of
    return Spot(app=app, stack=number, table_of=of, table=binding.table)


def with_stack(app: App, number: int, stack: SynthStack) -> App:
    """Another stack in place of the one of this number."""
    return replace(app, stacks=(*app.stacks[:number], stack, *app.stacks[number + 1 :]))
