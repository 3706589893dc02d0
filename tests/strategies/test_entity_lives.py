"""Lives that are told: in any order, of sound apps, and of nothing that no handler could follow."""

from __future__ import annotations

import json
from itertools import pairwise

from chaim_conformance.search import drawn
from chaim_conformance.strategies import entity_lives
from chaim_conformance.strategies.entity_lives import ENTITIES
from chaim_conformance.synth_scenario import SynthScenario
from tests.strategies.app_rules import objections

LIVES: tuple[SynthScenario, ...] = drawn(lambda _: (entity_lives(),), ("1.0",), 80, 0)


def bound(scenario: SynthScenario) -> list[dict[str, tuple[str, str]]]:
    """For each deployment what is bound by which binding: name, and content."""
    return [
        {
            binding.id: (json.loads(text)["entityName"], text)
            for _, binding, _ in app.bound()
            if (text := binding.schema.text)
        }
        for app in scenario.apps
    ]


def test_all_that_can_happen_happens() -> None:
    assert len(LIVES) >= 30
    happened = {"added": 0, "removed": 0, "renamed": 0, "changed": 0, "emptied": 0, "several": 0}
    for life in LIVES:
        assert life.deploys
        assert len(life.apps) == len(life.synths)
        for before, after in pairwise(bound(life)):
            kept = before.keys() & after.keys()
            added, removed = len(after.keys() - before.keys()), len(before.keys() - after.keys())
            renamed = sum(before[one][0] != after[one][0] for one in kept)
            changed = sum(before[one][1] != after[one][1] for one in kept) - renamed
            happened["added"] += added
            happened["removed"] += removed
            happened["renamed"] += renamed
            happened["changed"] += changed
            happened["emptied"] += not after
            happened["several"] += added + removed + renamed + changed > 1
    assert all(count > 2 for count in happened.values()), happened


def test_every_app_is_one_that_is_to_be_accepted() -> None:
    for life in LIVES:
        for app in life.apps:
            # They are marked where that matters; the last entity may go, too.
            unmarked = {"a description without a canary", "no binding"}
            assert set(objections(app)) <= unmarked
            names = [name for name, _ in bound(SynthScenario(apps=(app,)))[0].values()]
            assert len(set(names)) == len(names)


def test_entities_may_be_ones_own() -> None:
    mine = ENTITIES[0].replace("User", "Batch")
    (one, *_) = drawn(lambda _: (entity_lives((mine,)),), ("1.0",), 4, 0)
    names = {name for app in bound(one) for name, _ in app.values()}
    assert names <= {"Batch", "BatchRenamed"}
