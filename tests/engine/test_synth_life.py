"""What CloudFormation asks of handlers when stacks that were synthesized are deployed in turn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaim_conformance.synth_life import life
from chaim_conformance.synth_transcript import SynthRecord
from tests.checks.synths import app_of, bound, of

BOTH = app_of(bound(), bound("Item", id="Items"))
FEWER = app_of(bound())


def asked(*records: SynthRecord) -> list[tuple[int, str]]:
    lived = life(of(BOTH, FEWER).scenario, records, names={})
    assert lived is not None
    return [(one.synth, one.request_type) for one in lived.planned]


def test_what_is_no_longer_in_the_template_is_deleted_and_at_the_end_the_rest() -> None:
    everything = [(0, "Create"), (0, "Create"), (1, "Delete"), (1, "Delete")]
    assert asked(*of(BOTH, FEWER).records) == everything


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate"])
def test_what_is_retained_is_not_deleted(policy: str) -> None:
    def retained(record: SynthRecord) -> SynthRecord:
        (stack,) = record.stacks
        resources = {p.logical_id: {"DeletionPolicy": policy} for p in record.publications}
        return replace(record, stacks=(replace(stack, template={"Resources": resources}),))

    assert asked(*map(retained, of(BOTH, FEWER).records)) == [(0, "Create"), (0, "Create")]
