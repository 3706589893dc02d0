"""Scenarios about tables as scenarios about resources of another kind of data store.

Most of what is asked of a binder concerns no table in particular. So whoever binds another kind
is asked the same, with resources in place of the tables; what the kind's schema names is put to
the test by corners of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chaim_conformance.binder_corners import Corners, without_and_with_bindings
from chaim_conformance.binder_examples import app, stack
from chaim_conformance.datastores import DataStore
from chaim_conformance.synth_scenario import App, Property, Synth, SynthScenario, Table

Declared = tuple[tuple[str, Property], ...]


def declarations(store: DataStore) -> tuple[Declared, ...]:
    """What resources of a kind declare: everything at once, each value alone, and nothing."""
    full = tuple((name, values[0]) for name, values in sorted(store.values.items()))
    alone = (((name, one),) for name, values in sorted(store.values.items()) for one in values)
    return tuple(dict.fromkeys((full, *alone, ())))


def of_kind(
    scenario: SynthScenario, store: DataStore, declared: Sequence[Declared] | None = None
) -> SynthScenario:
    """The scenario with a resource of this kind in place of each table, and all else as it was.

    A plain table becomes a resource that declares nothing; tables that differ in what DynamoDB has
    become resources that differ in what is ``declared``, as far as that goes. So a table that is
    changed is a resource that is changed.
    """
    kinds = declarations(store) if declared is None else declared
    met: dict[Table, Declared] = {}

    def resource(table: Table) -> Table:
        if not table.is_table:  # it was meant so
            return table
        features = replace(table, id="", scopes=(), name=None)
        if features == Table(id=""):
            properties: Declared = ()
        else:
            properties = met.setdefault(features, kinds[len(met) % len(kinds)])
        named = table.name is not None and store.takes_name(table.name)
        return Table(
            id=table.id,
            scopes=table.scopes,
            name=table.name if named else None,
            datastore=store.type,
            properties=properties,
        )

    def converted(one: App) -> App:
        stacks = (replace(each, tables=tuple(map(resource, each.tables))) for each in one.stacks)
        return replace(one, stacks=tuple(stacks))

    return replace(scenario, apps=tuple(map(converted, scenario.apps)))


def resources(store: DataStore) -> Corners:
    """A resource that declares nothing, each value of each property alone, and all together."""
    return {
        f"resource-{_named(one)}": SynthScenario(apps=(_app(store, one),))
        for one in declarations(store)
    }


def changed(store: DataStore) -> Corners:
    """Each property declared from one synth to the next, and no longer declared."""
    plain = _app(store, ())
    pairs = {
        f"{how}-{_named(one)}": pair
        for one in declarations(store)
        if not all(store.is_silence(*declaration) for declaration in one)
        for how, pair in (
            ("declared", (plain, _app(store, one))),
            ("dropped", (_app(store, one), plain)),
        )
    }
    return {
        name: SynthScenario(apps=pair, synths=(Synth(), Synth(app=1)))
        for name, pair in pairs.items()
    }


def untouched(store: DataStore) -> Corners:
    """An app without its bindings, and then with them, for each resource."""
    return {
        f"untouched-{_named(one)}": without_and_with_bindings(_app(store, one))
        for one in declarations(store)
    }


def _app(store: DataStore, declared: Declared) -> App:
    return app(stack(Table(id="Store", datastore=store.type, properties=declared)))


def _named(declared: Declared) -> str:
    return "-".join(f"{name}={value}" for name, value in declared) or "plain"
