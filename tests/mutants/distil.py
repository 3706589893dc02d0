"""Distils the corpus: ``python -m tests.mutants.distil``, from the repository's root.

In it are all corners, for they have names and reasons, and of grids and draws the fewest scenarios
by which every mutant dies. Each snapshot format has a corpus of its own.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from chaim_conformance import corpus
from chaim_conformance.config import Settings
from chaim_conformance.corners import Formats
from chaim_conformance.corpus import Entry
from chaim_conformance.judge import Judge
from chaim_conformance.scenario import Scenario
from chaim_conformance.search import drawn
from chaim_conformance.strategies.bundles import Format
from chaim_conformance.suite import SUITE
from tests.mutants.catalogue import MUTANTS, Mutant, provider_of
from tests.mutants.killing import DRAWS, kills

FORMATS: Formats = ("1.0", "3.0")
# They wait for handlers as much as they work.
WORKERS = 1 + (os.cpu_count() or 1)


def corners(form: Format) -> dict[str, tuple[Scenario, tuple[str, ...]]]:
    """Each corner in this format, with the clauses that it is for."""
    found: dict[str, tuple[Scenario, tuple[str, ...]]] = {}
    for clause, stimulus in SUITE.items():
        for name, scenario in stimulus.corners((form,)).items():
            _, clauses = found.get(name, (scenario, ()))
            found[name] = scenario, (*clauses, clause)
    return found


def survivors_of_corners(clauses: tuple[str, ...], judge: Judge, form: Format) -> Iterator[str]:
    """The clauses by which a provider has to die, and does not by corners alone."""
    for clause in clauses:
        named = SUITE[clause].corners((form,)).values()
        if not any(kills(scenario, clause, judge) for scenario in named):
            yield clause


Killers = dict[tuple[str, str], set[Scenario]]


def killers_of(form: Format, workers: ProcessPoolExecutor) -> Killers:
    """For mutants and clauses that survive the corners: the grid's killers, else drawn ones."""
    killers: Killers = {}
    for found in workers.map(partial(_killers, form), MUTANTS):
        killers |= found
    return killers


def _killers(form: Format, mutant: Mutant) -> Killers:
    killers: Killers = {}
    with tempfile.TemporaryDirectory() as folder:
        provider = replace(provider_of(mutant, Path(folder)), formats=(form,))
        # What waits is not in the corpus, which is quick.
        waits = mutant.timeout is not None
        clauses = tuple(
            c
            for c in mutant.clauses
            if SUITE[c].fixed((form,)) and not (waits and SUITE[c].waiting((form,)))
        )
        with Judge(provider, Settings(report=Path(folder))) as judge:
            for clause in survivors_of_corners(clauses, judge, form):
                pool = SUITE[clause].grid((form,))
                found = {s for s in pool if kills(s, clause, judge)}
                if not found:
                    pool = drawn(SUITE[clause].drawn, (form,), DRAWS, 0)
                    found = {s for s in pool if kills(s, clause, judge)}
                killers[mutant.name, clause] = found
                print(f"{form} {mutant.name} {clause}: {len(found)} kill", file=sys.stderr)
    return killers


def cover(killers: Killers) -> dict[Scenario, set[str]]:
    """A small set of scenarios that has a killer for each: always the one that kills most."""
    chosen: dict[Scenario, set[str]] = defaultdict(set)
    alive = {victim: scenarios for victim, scenarios in killers.items() if scenarios}
    while alive:
        counts: dict[Scenario, int] = defaultdict(int)
        for scenarios in alive.values():
            for scenario in scenarios:
                counts[scenario] += 1
        best = max(counts, key=lambda s: (counts[s], -len(repr(s)), repr(s)))
        for (_, clause), scenarios in killers.items():
            if best in scenarios:
                chosen[best].add(clause)
        alive = {victim: s for victim, s in alive.items() if best not in s}
    return chosen


def name_of(scenario: Scenario) -> str:
    """The trouble of a scenario's last operation, as a file's name."""
    operation = scenario.operations[-1]
    bundle = scenario.bundles[operation.bundle]
    attempt = operation.attempts[-1]
    words = [bundle.failure_mode or "no-mode", operation.request_type]
    for endpoint, script in zip(("presign", "bucket", "secrets"), attempt.scripts, strict=True):
        words += [endpoint] if script else []
        for fault in script:
            what = {
                "refuse": fault.code or fault.status,
                "answer": fault.status,
                "redirect": f"{fault.status}-{fault.code}",
            }
            words.append(str(what.get(fault.kind, fault.kind)))
            words += ["retry-after"] if fault.retry_after else []
            if fault.kind == "answer":
                digest = hashlib.sha256(fault.body.encode()).hexdigest()[:4]
                words.append(f"{len(fault.body.encode())}-bytes-{digest}")
    if bundle.snapshot is None or len(bundle.snapshot) < 100:
        words.append("no-snapshot" if bundle.snapshot is None else "broken-snapshot")
    words += [bundle.credentials] if bundle.credentials != "environment" else []
    words += ["limit"] if bundle.max_snapshot_bytes else []
    words += [bundle.base_url] if bundle.base_url in ("https", "untrusted") else []
    return "-".join(words).lower().replace("_", "-")


def main() -> None:
    """Writes the corpus."""
    both = {s for one in SUITE.values() for s in one.corners(FORMATS).values()}
    made: dict[Entry, Scenario] = {}
    with ProcessPoolExecutor(max_workers=WORKERS) as workers:
        killers = {form: killers_of(form, workers) for form in FORMATS}
    alive = [{v for v, s in killers[form].items() if not s} for form in FORMATS]
    if immortal := set.intersection(*alive):  # a fault may lie in the handling of one format
        raise SystemExit(f"nothing kills {sorted(immortal)}")
    for form in FORMATS:
        for name, (scenario, clauses) in corners(form).items():
            every = form != FORMATS[0] and scenario in both
            name = name if form in name or form == FORMATS[0] else f"{name}-{form}"
            made[Entry(name=name, format=form, every=every, clauses=clauses)] = scenario
        extra = {name_of(one): (one, found) for one, found in cover(killers[form]).items()}
        for name, (scenario, found) in sorted(extra.items()):
            clauses = tuple(sorted(found))
            entry = Entry(name=f"{name}-{form}", format=form, every=False, clauses=clauses)
            made[entry] = scenario
    corpus.write(corpus.HERE, made)
    print(f"{len(made)} scenarios", file=sys.stderr)


if __name__ == "__main__":
    main()
