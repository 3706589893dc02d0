"""The app that every binder can bind, and what others ask for beyond it."""

from __future__ import annotations

import json

from chaim_conformance.synth_scenario import (
    App,
    Binding,
    Schema,
    SynthScenario,
    SynthStack,
    Table,
)

PLAIN_DOCUMENT = {
    "schemaVersion": 1.0,
    "entityName": "Payment",
    "description": "canary000001",
    "primaryKey": {"partitionKey": "id"},
    "fields": [{"name": "id", "type": "string", "required": True}],
}
PLAIN = SynthScenario(
    apps=(
        App(
            stacks=(
                SynthStack(
                    tables=(Table(),),
                    bindings=(
                        Binding(
                            id="Binding",
                            schema=Schema(
                                file="schemas/payment.bprint", text=json.dumps(PLAIN_DOCUMENT)
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
)


def needs(scenario: SynthScenario) -> set[str]:
    """The constructs and features of an app that a driver has to know to play this."""
    found: set[str] = set()
    for app in scenario.apps:
        found |= {"context"} if app.context else set()
        found |= {"several-stacks"} if len(app.stacks) > 1 else set()
        for stack in app.stacks:
            found |= {"stages"} if stack.stage else set()
            found |= {"stack-names"} if stack.name else set()
            found |= set() if stack.account and stack.region else {"unknown-environment"}
            nested = [one.scopes for one in stack.tables] + [one.scopes for one in stack.bindings]
            found |= {"scopes"} if any(nested) else set()
            for table in stack.tables:
                found.add(table.construct if table.is_table else table.datastore)
                late = any(i.late for i in (*table.global_indexes, *table.local_indexes))
                found |= {"late-indexes"} if late else set()
    return found
