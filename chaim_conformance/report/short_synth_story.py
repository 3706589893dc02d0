"""The story of several synths in a line: what was bound, what changed between, how each ended."""

from __future__ import annotations

from collections.abc import Iterator

from chaim_conformance.report.synth_story import entity_of, shown, surroundings
from chaim_conformance.synth_scenario import App, Binding, SynthStack, Table
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript

MARKS = {"synthesized": "✓", "refused": "refused", "crashed": "✗", "timed-out": "✗"}
NAMES_SHOWN = 4

# Where a binding stands: the stack, the scopes and its own id.
Place = tuple[str, tuple[str, ...], str]


def short_synth_story(t: SynthTranscript, guilty: SynthRecord | None = None) -> str:
    """``synth Order, Customer ✓ → Customer removed → synth ✓``, up to the guilty synth."""
    return " → ".join(_chapters(t, guilty))


def _chapters(t: SynthTranscript, guilty: SynthRecord | None) -> Iterator[str]:
    before: SynthRecord | None = None
    for record in t.records:
        app = t.app(record)
        words = "synth"
        if before is None:
            words = f"synth {_some([_name(one) for _, one, _ in app.bound()]) or 'no binding'}"
        else:
            if app != t.app(before):
                yield _some(list(_changes(t.app(before), app))) or "the app changed"
            if record.synth.process != before.synth.process:
                words += " in another process"
        words = ", ".join((words, *surroundings(record.synth)))
        if guilty is not None and (record is guilty or record == guilty):
            yield words
            return
        yield f"{words} {MARKS[record.outcome]}"
        before = record


def _some(names: list[str]) -> str:
    different = list(dict.fromkeys(names))
    more = len(different) - NAMES_SHOWN
    return ", ".join(different[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _name(binding: Binding) -> str:
    entity = entity_of(binding.schema)
    return shown(binding.schema.file if entity is None else entity)


def _changes(before: App, after: App) -> Iterator[str]:
    """What a reader of both apps would say is new."""
    old, new = _places(before), _places(after)
    gone = {place: name for place, name in _names(old).items() if place not in new}
    come = {place: name for place, name in _names(new).items() if place not in old}
    for name in gone.values():
        yield f"{name} moved" if name in come.values() else f"{name} removed"
    for name in come.values():
        if name not in gone.values():
            yield f"{name} added"
    for place, binding in old.items():
        if place in new:
            yield from _changes_of_binding(binding, new[place], before, after)
    tables = {(stack.id, table.scopes, table.id): table for stack, table in _tables(before)}
    for stack, table in _tables(after):
        if tables.get((stack.id, table.scopes, table.id), table) != table:
            yield f"table {shown(table.id)} changed"
    if before.context != after.context:
        yield "context changed"


def _changes_of_binding(old: Binding, new: Binding, before: App, after: App) -> Iterator[str]:
    name, now = _name(old), _name(new)
    if name != now:
        yield f"{name} becomes {now}"
    elif old.schema != new.schema:
        yield f"{name} changed"
    if before.configs[old.config] != after.configs[new.config]:
        yield "config changed"


def _places(app: App) -> dict[Place, Binding]:
    return {(stack.id, one.scopes, one.id): one for stack, one, _ in app.bound()}


def _names(places: dict[Place, Binding]) -> dict[Place, str]:
    return {place: _name(binding) for place, binding in places.items()}


def _tables(app: App) -> Iterator[tuple[SynthStack, Table]]:
    return ((stack, table) for stack in app.stacks for table in stack.tables)
