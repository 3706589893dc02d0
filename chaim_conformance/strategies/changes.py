"""What happens to an app from one synth to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from hypothesis import strategies as st

from chaim_conformance.errors import UsageError
from chaim_conformance.strategies.app_edits import Spot, first_bound
from chaim_conformance.strategies.app_schemas import marked
from chaim_conformance.strategies.apps import apps
from chaim_conformance.strategies.bprint_fields import Dialect
from chaim_conformance.strategies.tables import MOST_GLOBAL
from chaim_conformance.synth_scenario import App, Index, Synth, SynthScenario

Pair = tuple[App, App]


@dataclass(frozen=True, kw_only=True)
class Change:
    """An app, and the same app with one thing changed: its ``kind``, one of :data:`CHANGES`."""

    kind: str
    before: App
    after: App

    def scenario(self, *, deploys: bool = False) -> SynthScenario:
        """A synth of the one and then a synth of the other."""
        return SynthScenario(
            apps=(self.before, self.after), synths=(Synth(), Synth(app=1)), deploys=deploys
        )


def _nothing(at: Spot) -> Pair:
    return at.app, at.app


def _field_added(at: Spot) -> Pair:
    field = {"name": "canary000000Added", "type": "string"}
    document = at.document
    return at.app, at.with_document({**document, "fields": [*document["fields"], field]})


def _description_changed(at: Spot) -> Pair:
    return at.app, at.with_document(marked({**at.document, "description": "changed"}, 99))


def _entity_renamed(at: Spot) -> Pair:
    return at.app, at.with_document({**at.document, "entityName": "Renamed"})


def _index_added(at: Spot) -> Pair:
    added = Index(name="added", partition_key=at.of.partition_key, projection="KEYS_ONLY")
    fewer = replace(at.of, global_indexes=at.of.global_indexes[: MOST_GLOBAL - 1])
    more = replace(fewer, global_indexes=(*fewer.global_indexes, added))
    return at.with_table(fewer), at.with_table(more)


def _ttl_enabled(at: Spot) -> Pair:
    return (
        at.with_table(replace(at.of, ttl_attribute=None)),
        at.with_table(replace(at.of, ttl_attribute="ttl")),
    )


def _stream_changed(at: Spot) -> Pair:
    return (
        at.with_table(replace(at.of, stream="NEW_IMAGE")),
        at.with_table(replace(at.of, stream="OLD_IMAGE")),
    )


def _billing_changed(at: Spot) -> Pair:
    return (
        at.with_table(replace(at.of, billing="PAY_PER_REQUEST")),
        at.with_table(replace(at.of, billing="PROVISIONED")),
    )


def _binding_added(at: Spot) -> Pair:
    return at.app, at.with_another(at.another())


def _binding_renamed(at: Spot) -> Pair:
    return at.app, at.with_binding(replace(at.bound, id=f"{at.bound.id}Renamed"))


def _binding_moved(at: Spot) -> Pair:
    return at.app, at.with_binding(replace(at.bound, scopes=(*at.bound.scopes, "Moved")))


def _mode_changed(at: Spot) -> Pair:
    strict = at.config.failure_mode == "STRICT"
    return at.app, at.with_config(
        replace(at.config, failure_mode="BEST_EFFORT" if strict else "STRICT")
    )


def _reversed(make: Callable[[Spot], Pair]) -> Callable[[Spot], Pair]:
    def undo(at: Spot) -> Pair:
        before, after = make(at)
        return after, before

    return undo


# What is changed in schema or table (B22); what is bound (B31, B32); where a binding is, and how.
OF_SCHEMA: dict[str, Callable[[Spot], Pair]] = {
    "field-added": _field_added,
    "description-changed": _description_changed,
}
OF_TABLE: dict[str, Callable[[Spot], Pair]] = {
    "index-added": _index_added,
    "index-removed": _reversed(_index_added),
    "ttl-enabled": _ttl_enabled,
    "stream-changed": _stream_changed,
    "billing-changed": _billing_changed,
}
OF_ENTITIES: dict[str, Callable[[Spot], Pair]] = {
    "entity-renamed": _entity_renamed,
    "binding-added": _binding_added,
    "binding-removed": _reversed(_binding_added),
}
OF_BINDING: dict[str, Callable[[Spot], Pair]] = {
    "binding-renamed": _binding_renamed,
    "binding-moved": _binding_moved,
    "mode-changed": _mode_changed,
}
CHANGES = {"nothing": _nothing, **OF_SCHEMA, **OF_TABLE, **OF_ENTITIES, **OF_BINDING}


def changed(kind: str, app: App) -> Change:
    """A change of this kind of this app; it may need another app to begin with."""
    before, after = CHANGES[kind](first_bound(app))
    return Change(kind=kind, before=before, after=after)


def changes(
    *, kinds: tuple[str, ...] = tuple(CHANGES), dialect: Dialect = 1, most_stacks: int = 2
) -> st.SearchStrategy[Change]:
    """Drawn apps, each with one thing changed, or nothing.

    ``kinds`` are some of ``nothing``, ``field-added``, ``description-changed``, ``index-added``,
    ``index-removed``, ``ttl-enabled``, ``stream-changed``, ``billing-changed``, ``entity-renamed``,
    ``binding-added``, ``binding-removed``, ``binding-renamed``, ``binding-moved``,
    ``mode-changed``. Where a binding is removed, another stays in its stack.

    >>> from hypothesis import given
    >>> from chaim_conformance.strategies import changes
    >>> @given(changes(kinds=("binding-renamed", "binding-moved")))
    ... def test_my_keys(change):
    ...     assert len(change.before.bound()) == len(change.after.bound())
    >>> test_my_keys()
    """
    unknown = [kind for kind in kinds if kind not in CHANGES]
    if unknown or not kinds:
        raise UsageError(f"changes(kinds={kinds!r}): expected some of {', '.join(CHANGES)}")
    return _changes(tuple(kinds), dialect, most_stacks)


@cache
def _changes(
    kinds: tuple[str, ...], dialect: Dialect, most_stacks: int
) -> st.SearchStrategy[Change]:
    # Nobody changes a table that is imported, and of TableV2 B33 alone asks.
    drawn = apps(constructs=("Table",), dialect=dialect, most_stacks=most_stacks)
    return st.builds(changed, st.sampled_from(kinds), drawn)
