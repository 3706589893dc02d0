"""The conformance suite of binders: for each clause the stimuli that put it to the test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from hypothesis import strategies as st

from chaim_conformance import binder_corners as corners
from chaim_conformance import other_datastores as others
from chaim_conformance.binder_corners import Corners
from chaim_conformance.datastores import DataStore
from chaim_conformance.strategies.app_breakages import AppBreakage, app_breakages
from chaim_conformance.strategies.apps import apps, synth_scenarios
from chaim_conformance.strategies.breakages import rules
from chaim_conformance.strategies.changes import (
    OF_BINDING,
    OF_ENTITIES,
    OF_SCHEMA,
    OF_TABLE,
    Change,
    changes,
)
from chaim_conformance.synth_scenario import Synth, SynthScenario

Source = st.SearchStrategy[SynthScenario]
# Sources of which each is drawn from: one for each kind, so that no seed misses any.
Strata = tuple[Source, ...]


def _no_corners() -> Corners:
    return {}


def _no_resources(store: DataStore) -> Corners:
    return {}


@dataclass(frozen=True, kw_only=True)
class BinderStimulus:
    """What is played for a clause: corners with names, and what is drawn.

    ``resources`` are corners for providers of another kind of data store alone, for whom all else
    is played with resources in place of the tables. ``cost`` divides the number of draws, where one
    takes as long as many of others.
    """

    corners: Callable[[], Corners] = _no_corners
    drawn: Strata = ()
    resources: Callable[[DataStore], Corners] = _no_resources
    cost: int = 1


def _all(*parts: Callable[[], Corners]) -> Callable[[], Corners]:
    """The corners of several functions."""
    return lambda: {name: one for part in parts for name, one in part().items()}


def _changed(*kinds: str, deploys: bool = False) -> Strata:
    return tuple(
        changes(kinds=(kind,)).map(partial(Change.scenario, deploys=deploys)) for kind in kinds
    )


def _broken(*kinds: str, after_whole: bool = True) -> Strata:
    scenario = partial(AppBreakage.scenario, after_whole=after_whole)
    return tuple(app_breakages(kinds=(kind,)).map(scenario) for kind in kinds)


# Drawn once for all clauses that ask for no more.
ONCE = synth_scenarios(apps(constructs=("Table",)))
OF_V2 = synth_scenarios(apps(constructs=("TableV2",), most_stacks=1))
TWICE = synth_scenarios(apps(constructs=("Table",)), synths=((Synth(), Synth()),))
SURROUNDED = synth_scenarios(apps(constructs=("Table",)), synths=((corners.SURROUNDED,),))
PROCESSES = synth_scenarios(
    apps(constructs=("Table",), most_stacks=2),
    synths=((Synth(), Synth(process=1), Synth(process=2)),),
)
DEPLOYED = synth_scenarios(
    apps(constructs=("Table",), most_stacks=2), synths=((Synth(), Synth()),), deploys=True
)
ANY_CONSTRUCT = synth_scenarios(apps(most_stacks=1))
LATE_INDEXES = synth_scenarios(apps(constructs=("Table", "TableV2"), late=True, most_stacks=1))
INVALID = tuple(
    app_breakages(kinds=("invalid-bprint",), rule=rule).map(AppBreakage.scenario)
    for rule in rules(1)
)

UNREADABLE = ("missing-file", "wrong-extension", "broken-json")
DISAGREEING = (
    *("other-app-id", "other-credentials"),
    *("other-app-id-across-stacks", "other-credentials-across-stacks"),
)
BAD_CONFIGS = ("empty-app-id", "no-credentials", "malformed-secret", "empty-key")
HOSTILE = ("hostile-entity", "hostile-table-id", "hostile-table-name")

SOUND = BinderStimulus(
    corners=_all(
        *(corners.tables, corners.schemas, corners.identities),
        *(corners.places, corners.surroundings),
    ),
    drawn=(ONCE, OF_V2),
    resources=others.resources,
)
# Other kinds of tables have their settings elsewhere; the place is part of an ARN.
OF_TABLES = BinderStimulus(
    corners=_all(corners.tables, corners.constructs, corners.places),
    drawn=(ONCE, OF_V2),
    resources=others.resources,
)
PLACED = BinderStimulus(corners=_all(corners.places, corners.identities), drawn=(ONCE,))
# Tokens differ from process to process, so what is made of them does, too.
REPEATED = BinderStimulus(corners=_all(corners.again, corners.processes), drawn=(TWICE,))
CONFIGURED = BinderStimulus(corners=corners.credentials, drawn=(ONCE,))

BINDER_SUITE: dict[str, BinderStimulus] = {
    "B01": PLACED,
    "B02": BinderStimulus(corners=_all(corners.surroundings, corners.places), drawn=(SURROUNDED,)),
    "B03": PLACED,
    "B04": BinderStimulus(
        # That a file is written over shows where something else is to stand in it.
        corners=_all(
            REPEATED.corners, partial(corners.changes, "description-changed", "ttl-enabled")
        ),
        drawn=(*REPEATED.drawn, *_changed("description-changed", "ttl-enabled")),
    ),
    "B05": SOUND,
    "B06": BinderStimulus(corners=_all(corners.schemas, corners.identities), drawn=(ONCE,)),
    "B07": OF_TABLES,
    "B08": OF_TABLES,
    "B09": replace(REPEATED, corners=_all(corners.identities, REPEATED.corners)),
    "B10": BinderStimulus(corners=corners.identities, drawn=(ONCE,)),
    "B11": BinderStimulus(
        corners=_all(
            partial(corners.refused, *DISAGREEING), corners.other_keys, corners.equal_configs
        ),
        drawn=(*_broken(*DISAGREEING), ONCE),
    ),
    "B12": CONFIGURED,
    "B13": CONFIGURED,
    "B14": BinderStimulus(
        corners=_all(corners.surroundings, corners.places), drawn=(SURROUNDED, ONCE)
    ),
    "B15": BinderStimulus(
        corners=_all(
            *(corners.identities, corners.again),
            partial(corners.changes, "description-changed"),
            partial(corners.changed_later, "description-changed"),
        ),
        drawn=(TWICE, *_changed("description-changed")),
    ),
    "B16": SOUND,
    "B17": CONFIGURED,
    "B18": BinderStimulus(corners=_all(corners.context, corners.credentials), drawn=(ONCE,)),
    # What is valid has to be accepted, too.
    "B19": BinderStimulus(
        corners=_all(corners.invalid_files, corners.schemas, corners.identities), drawn=INVALID
    ),
    "B20": BinderStimulus(
        corners=partial(corners.refused, *UNREADABLE), drawn=_broken(*UNREADABLE)
    ),
    "B21": BinderStimulus(
        corners=partial(corners.refused, *BAD_CONFIGS), drawn=_broken(*BAD_CONFIGS)
    ),
    "B22": BinderStimulus(
        corners=_all(corners.processes, partial(corners.changes, "nothing", *OF_SCHEMA, *OF_TABLE)),
        drawn=(PROCESSES, *_changed(*OF_SCHEMA, *OF_TABLE)),
        resources=others.changed,
        cost=2,
    ),
    "B23": BinderStimulus(corners=corners.lives, drawn=(DEPLOYED,), cost=20),
    "B24": BinderStimulus(
        corners=corners.untouched,
        drawn=(apps(constructs=("Table",)).map(corners.without_and_with_bindings),),
        resources=others.untouched,
    ),
    "B25": PLACED,
    "B26": BinderStimulus(
        corners=_all(corners.again, corners.places, corners.another), drawn=(TWICE,)
    ),
    "B27": BinderStimulus(
        corners=_all(*(corners.identities, corners.places), partial(corners.changes, *OF_BINDING)),
        drawn=(ONCE, *_changed("binding-renamed", "binding-moved")),
    ),
    "B28": BinderStimulus(corners=corners.environment, drawn=(SURROUNDED,)),
    "B29": BinderStimulus(corners=_all(corners.schemas, corners.credentials), drawn=(ONCE,)),
    "B30": BinderStimulus(corners=corners.hostile, drawn=_broken(*HOSTILE)),
    "B31": BinderStimulus(
        corners=_all(corners.lives, partial(corners.deployed_changes, *OF_ENTITIES)),
        drawn=_changed(*OF_ENTITIES, deploys=True),
        cost=20,
    ),
    "B32": BinderStimulus(
        corners=_all(corners.again, partial(corners.changes, *OF_ENTITIES)),
        drawn=(TWICE, *_changed(*OF_ENTITIES)),
    ),
    "B33": BinderStimulus(corners=corners.constructs, drawn=(ANY_CONSTRUCT, LATE_INDEXES)),
}
