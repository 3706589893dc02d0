"""What is played of an author's own apps for each clause about binders, before anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from chaim_conformance.binder_corners import KEYS, SURROUNDED, without_and_with_bindings
from chaim_conformance.binder_suite import BAD_CONFIGS, DISAGREEING, UNREADABLE
from chaim_conformance.strategies.app_breakages import all_of
from chaim_conformance.strategies.changes import (
    OF_BINDING,
    OF_ENTITIES,
    OF_SCHEMA,
    OF_TABLE,
    changed,
)
from chaim_conformance.synth_scenario import App, Synth, SynthScenario

Make = Callable[[App], Iterator[SynthScenario]]


def once(app: App) -> Iterator[SynthScenario]:
    """One synth of it."""
    yield SynthScenario(apps=(app,))


def _twice(app: App) -> Iterator[SynthScenario]:
    yield SynthScenario(apps=(app,), synths=(Synth(), Synth()))


def _surrounded(app: App) -> Iterator[SynthScenario]:
    yield SynthScenario(apps=(app,), synths=(SURROUNDED,))


def _in_processes(app: App) -> Iterator[SynthScenario]:
    yield SynthScenario(apps=(app,), synths=(Synth(), Synth(process=1)))


def _bound_later(app: App) -> Iterator[SynthScenario]:
    yield without_and_with_bindings(app)


def _changes(*kinds: str, deploys: bool = False) -> Make:
    """Changes of the first table that has a binding, and of its entities."""

    def make(app: App) -> Iterator[SynthScenario]:
        # With a secret it would take the SDK to deploy. Nobody changes tables of other kinds.
        one = replace(app, configs=(KEYS,)) if deploys else app
        is_plain = all(table.construct == "Table" for _, _, table in app.bound())
        for kind in kinds:
            if is_plain or kind not in OF_TABLE:
                yield changed(kind, one).scenario(deploys=deploys)

    return make


def _refused(*kinds: str) -> Make:
    """The first way of each kind: whatever is wrong with them, these are the author's tables."""
    return lambda app: (all_of(kind, app)[0].scenario() for kind in kinds)


def _all(*parts: Make) -> Make:
    return lambda app: (one for part in parts for one in part(app))


# Every other clause is put to the test by a synth.
OWN: dict[str, Make] = {
    "B02": _surrounded,
    "B04": _all(_twice, _changes("description-changed")),
    "B09": _twice,
    "B11": _all(once, _refused(*DISAGREEING)),
    "B14": _all(once, _surrounded),
    "B15": _all(_twice, _changes("description-changed")),
    "B20": _refused(*UNREADABLE),
    "B21": _refused(*BAD_CONFIGS),
    "B22": _all(_in_processes, _changes(*OF_SCHEMA, *OF_TABLE)),
    "B23": _changes("description-changed", deploys=True),
    "B24": _bound_later,
    "B26": _twice,
    "B27": _all(once, _changes(*OF_BINDING)),
    "B28": _surrounded,
    "B31": _changes(*OF_ENTITIES, deploys=True),
    "B32": _all(_twice, _changes(*OF_ENTITIES)),
}


def own_stimuli(clause: str, apps: tuple[App, ...]) -> tuple[SynthScenario, ...]:
    """The scenarios made of these apps for a clause."""
    make = OWN.get(clause, once)
    return tuple(one for app in apps for one in make(app))
