"""Whether a scenario, or what a seed draws, is enough to see a fault."""

from __future__ import annotations

from collections.abc import Iterable

from chaim_conformance.checks import CHECKS
from chaim_conformance.errors import SdkMissing
from chaim_conformance.judge import Judge
from chaim_conformance.scenario import Scenario
from chaim_conformance.search import drawn
from chaim_conformance.suite import SUITE
from chaim_conformance.verdict import Violation

# As many as the default profile draws.
DRAWS = 60


def kills(scenario: Scenario, clause: str, judge: Judge) -> bool:
    """Whether the clause is violated when the provider plays this, and can."""
    try:
        transcript = judge.play(scenario)
    except SdkMissing:  # a secret is named; where the SDK is, the environment `examples` looks
        return False
    return any(isinstance(one, Violation) for one in CHECKS[clause](transcript))


def outlived(judge: Judge, clause: str, *, seeds: Iterable[int]) -> list[int]:
    """The seeds whose draws alone do not show that the provider violates the clause."""
    return [
        seed
        for seed in seeds
        if not any(
            kills(scenario, clause, judge)
            for scenario in drawn(SUITE[clause].drawn, judge.facts.formats, DRAWS, seed)
        )
    ]
