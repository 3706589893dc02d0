"""Makes the binders' part of the corpus: corners, and what else it takes to kill each mutant.

    python -m tests.binder.distil

A mutant that no corner shows is looked for in what is drawn; the first draw that shows it is frozen
too. One that nothing shows is an error: a check, or a strategy, has a gap.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from chaim_conformance.binder_judge import DRAWN, BinderJudge
from chaim_conformance.binder_suite import BINDER_SUITE
from chaim_conformance.checks.binder import BINDER_CHECKS
from chaim_conformance.config import Settings
from chaim_conformance.corpus import SynthEntry, write_synths
from chaim_conformance.search import drawn
from chaim_conformance.synth_scenario import SynthScenario
from chaim_conformance.verdict import Violation
from tests.binder.catalogue import MUTANTS
from tests.binder.mutant import BinderMutant, provider_of

DRAWS = 40
WORKERS = 2


def named() -> dict[SynthScenario, tuple[str, tuple[str, ...]]]:
    """Every corner once, with its name and the clauses that it is for."""
    found: dict[SynthScenario, tuple[str, tuple[str, ...]]] = {}
    for clause, stimulus in BINDER_SUITE.items():
        for name, scenario in stimulus.corners().items():
            first, clauses = found.get(scenario, (name, ()))
            found[scenario] = first, (*clauses, clause)
    return found


def wanted(mutant: BinderMutant) -> list[tuple[str, SynthScenario]]:
    """What has to be frozen for a mutant beside the corners, by clause."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(report=Path(folder) / "report")
        with BinderJudge(provider_of(mutant, Path(folder)), settings) as judge:
            return [found for clause in mutant.clauses for found in _wanted(judge, clause, mutant)]


def _wanted(
    judge: BinderJudge, clause: str, mutant: BinderMutant
) -> Iterator[tuple[str, SynthScenario]]:
    corners = BINDER_SUITE[clause].corners().values()
    if any(_kills(judge, clause, scenario) for scenario in corners):
        return
    for scenario in drawn(DRAWN[clause].drawn, ("1.0",), DRAWS, 0):
        if _kills(judge, clause, scenario):
            yield clause, scenario
            return
    raise SystemExit(f"{mutant}: nothing that was played shows that it violates {clause}")


def _kills(judge: BinderJudge, clause: str, scenario: SynthScenario) -> bool:
    transcript = judge.play(scenario)
    return any(isinstance(one, Violation) for one in BINDER_CHECKS[clause](transcript))


def main() -> None:
    """Writes the corpus."""
    made = {SynthEntry(name=name, clauses=clauses): one for one, (name, clauses) in named().items()}
    with ProcessPoolExecutor(max_workers=WORKERS) as pool:
        for mutant, found in zip(MUTANTS, pool.map(wanted, MUTANTS), strict=True):
            for clause, scenario in found:
                made.setdefault(SynthEntry(name=f"drawn-{mutant}", clauses=(clause,)), scenario)
                print(f"{mutant}: drawn for {clause}", file=sys.stderr)
    names = [entry.name for entry in made]
    assert len(set(names)) == len(names), "two corners have one name"
    write_synths(made)
    print(f"{len(made)} scenarios")


if __name__ == "__main__":
    main()
