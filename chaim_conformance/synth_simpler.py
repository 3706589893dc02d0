"""Makes a violation's scenario smaller: the same, with one thing less."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields, replace
from functools import partial

from chaim_conformance.synth_scenario import Index, SynthScenario, SynthStack, Table

# Fields of a table that are what they are by chance; not by which constructs are told apart.
_ITS_OWN = ("id", "scopes", "source", "datastore")
PLAIN = tuple(field.name for field in fields(Table) if field.name not in _ITS_OWN)


def simpler_synths(scenario: SynthScenario) -> Iterator[SynthScenario]:
    """Scenarios with one thing less, the greatest omissions first.

    What is left out of one app is left out of all, so that they differ in nothing new.
    """
    synths = scenario.synths
    for number in reversed(range(len(synths))):
        if len(synths) > 1:
            yield replace(scenario, synths=synths[:number] + synths[number + 1 :])
    if scenario.deploys:
        yield replace(scenario, deploys=False)
    stacks = tuple(enumerate(scenario.apps[0].stacks))
    for number, stack in stacks:
        for binding in stack.bindings:
            yield from _everywhere(scenario, number, partial(_without_binding, id=binding.id))
    for number, stack in stacks:
        for place in reversed(range(len(stack.tables))):
            if _is_unbound(scenario, number, place):
                yield from _everywhere(scenario, number, partial(_without_table, place=place))
    for number, stack in stacks:
        for place in range(len(stack.tables)):
            for name in PLAIN:
                yield from _everywhere(scenario, number, partial(_plain, place=place, name=name))
    bare = tuple(replace(app, context=()) for app in scenario.apps)
    if bare != scenario.apps:
        yield replace(scenario, apps=bare)


def _everywhere(
    scenario: SynthScenario, stack: int, change: Callable[[SynthStack], SynthStack]
) -> Iterator[SynthScenario]:
    """The scenario with every app's stack of this number changed, if that is another scenario."""
    apps = []
    for app in scenario.apps:
        stacks = list(app.stacks)
        if stack < len(stacks):
            stacks[stack] = change(stacks[stack])
        apps.append(replace(app, stacks=tuple(stacks)))
    if tuple(apps) != scenario.apps:
        with suppress(ValueError):  # it no longer fits together
            yield replace(scenario, apps=tuple(apps))


def _without_binding(stack: SynthStack, id: str) -> SynthStack:
    return replace(stack, bindings=tuple(b for b in stack.bindings if b.id != id))


def _is_unbound(scenario: SynthScenario, number: int, place: int) -> bool:
    """Whether nothing is bound to this table in any app, and no stack counts another's tables."""
    stacks = [(n, stack) for app in scenario.apps for n, stack in enumerate(app.stacks)]
    return all(
        one.table_of is None and (n, one.table) != (number, place)
        for n, stack in stacks
        for one in stack.bindings
    )


def _without_table(stack: SynthStack, place: int) -> SynthStack:
    """Without a table that nothing is bound to."""
    bindings = tuple(replace(b, table=b.table - (b.table > place)) for b in stack.bindings)
    tables = stack.tables[:place] + stack.tables[place + 1 :]
    return replace(stack, tables=tables, bindings=bindings)


def _plain(stack: SynthStack, place: int, name: str) -> SynthStack:
    """One field of one table as it is by default, if it can be."""
    if place >= len(stack.tables):
        return stack
    tables = list(stack.tables)
    if name == "sort_key" and tables[place].local_indexes:
        return stack  # they need one
    tables[place] = replace(tables[place], **{name: getattr(Table(), name)})
    return replace(stack, tables=tuple(tables)) if _fits_together(tables[place]) else stack


def _fits_together(table: Table) -> bool:
    """Whether its keys, indexes and name go with one another, as DynamoDB asks for."""
    indexes = (*table.global_indexes, *table.local_indexes)
    own = (table.partition_key, table.sort_key)
    holders: tuple[Table | Index, ...] = (table, *indexes)
    keys = [key for one in holders for key in (one.partition_key, one.sort_key) if key]
    types = {key.name: key.type for key in keys}
    others = {name for index in indexes for name in index.non_key_attributes}
    return (
        all(types[key.name] == key.type for key in keys)
        and types.keys().isdisjoint({*others, table.ttl_attribute})
        and (table.sort_key is None or table.sort_key.name != table.partition_key.name)
        and (table.sort_key is not None or not table.local_indexes)
        and not any(index.sort_key in own for index in table.local_indexes)
        and (table.name is not None or table.construct != "imported")
    )
