from __future__ import annotations

from collections.abc import Iterable

import pytest

from chaim_conformance import corpus
from chaim_conformance.scenario import Scenario
from chaim_conformance.search import drawn
from chaim_conformance.spreading import group_of
from chaim_conformance.suite import SUITE

FORMATS = ("1.0", "3.0")
DRAWS = 60


@pytest.mark.night
def test_little_is_played_on_two_workers() -> None:
    each = {clause: played(clause) for clause in SUITE}
    groups: dict[str, set[Scenario]] = {}
    for clause, scenarios in each.items():
        groups.setdefault(group_of(f"chaim::{clause}-name"), set()).update(scenarios)
    once = attempts(set().union(*each.values()))
    assert sum(attempts(group) for group in groups.values()) < 1.1 * once
    assert max(attempts(group) for group in groups.values()) < once / 2


def test_providers_are_apart_and_a_binder_is_together() -> None:
    assert group_of("chaim::H01-own-bundle[one]") == group_of("chaim::H02-event-id[one]")
    assert group_of("chaim::H01-own-bundle[one]") != group_of("chaim::H01-own-bundle[other]")
    assert group_of("chaim::B01-local-path") == group_of("chaim::B33-every-table-construct")
    assert group_of("chaim::H26-base-url") != group_of("chaim::H30-upload-url")


def played(clause: str) -> set[Scenario]:
    stimulus = SUITE[clause]
    draws = drawn(stimulus.drawn, FORMATS, DRAWS // stimulus.cost, 0)
    return {*corpus.frozen(clause, FORMATS), *stimulus.fixed(FORMATS), *draws}


def attempts(scenarios: Iterable[Scenario]) -> int:
    return sum(len(o.attempts) for scenario in scenarios for o in scenario.operations)
