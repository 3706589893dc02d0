"""In the diagram of a real violation one message is guilty: the one that a person points at."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance import contract, corpus
from chaim_conformance.checks import CHECKS
from chaim_conformance.config import Settings
from chaim_conformance.confirmation import first_violation
from chaim_conformance.judge import Judge
from chaim_conformance.report.sequence import CLOUDFORMATION, DISK, LOG, MOST, sequence
from tests.by_day import some_by_day
from tests.mutants.catalogue import MUTANTS, provider_of

# The clause, and to whom the guilty message goes.
GUILTY = {
    "python-event-id-random": ("H03", "presign"),
    "python-answers-update-with-a-new-id": ("H06", CLOUDFORMATION),
    "python-undoes-what-it-did-not-hear-of": ("H08", "bucket"),
    "python-deletes-the-neighbours": ("H09", "bucket"),
    "node-raw-hash-before-added-field": ("H10", "presign"),
    "python-time-of-run-inside": ("H11", "bucket"),
    "python-announces-completion": ("H20", "elsewhere"),
    "python-nonce-is-event-id": ("H23", "presign"),
    "python-path-prefix-dropped": ("H26", "presign"),
    "python-url-of-an-earlier-attempt": ("H33", "bucket"),
    "python-legacy-refused": ("H41", CLOUDFORMATION),
    "python-schema-kept-on-delete": ("H42", "bucket"),
    "node-raw-strict-answers-success": ("H51", CLOUDFORMATION),
    "python-secret-logged": ("H70", LOG),
    "python-key-in-presign-body": ("H71", "presign"),
    "python-key-in-answer": ("H71", CLOUDFORMATION),
    "python-redirects-followed": ("H74", "another host"),
    "python-credentials-kept-in-a-temporary-file": ("H75", DISK),
    "python-key-lowercased": ("H81", "presign"),
    "python-limit-after-presign": ("H91", "presign"),
}


# One for each place that there is, the last as it happens.
BY_DAY = {target: name for name, (_, target) in GUILTY.items()}


@pytest.mark.parametrize("name", some_by_day(GUILTY, BY_DAY.values()))
def test_the_guilty_message_is_where_the_fault_shows(name: str, tmp_path: Path) -> None:
    clause, target = GUILTY[name]
    (mutant,) = (one for one in MUTANTS if one.name == name)
    with Judge(provider_of(mutant, tmp_path), Settings(report=tmp_path)) as judge:
        played = map(judge.play, corpus.frozen(clause, judge.facts.formats))
        found = ((t, first_violation(CHECKS[clause], t)) for t in played)
        transcript, violation = next((t, v) for t, v in found if v is not None)
    messages = sequence(transcript, violation, clause=contract.clause(clause))
    assert len(messages) <= MOST
    assert [one.target for one in messages if one.guilty] == [target]
