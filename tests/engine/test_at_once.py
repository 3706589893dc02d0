"""The same event, delivered twice at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.drivers import Invocation
from chaim_conformance.drivers.lambda_driver import LambdaDriver
from chaim_conformance.examples import example
from chaim_conformance.judge import Judge
from chaim_conformance.plane.tenant import Aside, Tenant
from chaim_conformance.scenario import Attempt, Operation, Scenario
from chaim_conformance.strategies.stories import AT_ONCE
from tests.mutants.mutant import BASES

OPERATIONS = (
    Operation(request_type="Create", attempts=(*AT_ONCE, Attempt())),
    Operation(request_type="Delete", attempts=AT_ONCE),
)
TWICE = Scenario(bundles=(example("1.0", "STRICT"),), operations=OPERATIONS, stack=True)


@pytest.mark.parametrize("base", ["reference", "node-provider", "fetch-esm"])
def test_each_delivery_has_its_own_record(base: str, tmp_path: Path) -> None:
    locator = BASES[base].locator(BASES[base].folder)
    provider = ProviderConfig(root=tmp_path, handler=locator)
    with Judge(provider, Settings(profile="quick", report=tmp_path)) as judge:
        t = judge.play(TWICE)
    assert [(r.operation, r.attempt, r.start) for r in t.attempts] == [
        (0, 0, "warm"),
        (0, 1, "beside"),
        (0, 2, "warm"),
        (1, 0, "warm"),
        (1, 1, "beside"),
    ]
    for position, record in enumerate(t.attempts):
        assert record.answer.status == "SUCCESS"
        assert [e.endpoint for e in record.exchanges][:2] == ["presign", "bucket"]
        assert {e.upload_of for e in record.uploads} == {(position, 0)}
    # The one that began first was overtaken.
    verdicts = [(entry.attempt, entry.verdict) for entry in t.tolerant_ledger]
    assert verdicts == [
        (1, "effective"),
        (0, "no-op"),
        (2, "no-op"),
        (4, "effective"),
        (3, "no-op"),
    ]


def test_without_a_second_delivery_no_answer_waits(tmp_path: Path) -> None:
    alone = Operation(request_type="Create", attempts=AT_ONCE[:1])
    scenario = Scenario(bundles=TWICE.bundles, operations=(alone,))
    locator = BASES["reference"].locator(BASES["reference"].folder)
    provider = ProviderConfig(root=tmp_path, handler=locator)
    with Judge(provider, Settings(profile="quick", report=tmp_path)) as judge:
        (record,) = judge.play(scenario).attempts
    assert record.answer.status == "SUCCESS"


def test_an_interrupt_waits_for_nobody_who_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locator = BASES["reference"].locator(BASES["reference"].folder)
    provider = ProviderConfig(root=tmp_path, handler=locator)

    invoke, ends = LambdaDriver.invoke, []

    def watched(driver: LambdaDriver, *arguments: Any, **named: Any) -> Invocation:
        invocation = invoke(driver, *arguments, **named)
        ends.append(invocation.outcome.kind)
        return invocation

    def interrupted(tenant: Tenant) -> Aside:
        monkeypatch.undo()
        raise KeyboardInterrupt

    with Judge(provider, Settings(profile="quick", report=tmp_path)) as judge:
        monkeypatch.setattr(Tenant, "set_aside", interrupted)
        monkeypatch.setattr(LambdaDriver, "invoke", watched)
        with pytest.raises(KeyboardInterrupt):
            judge.play(TWICE)
    assert ends == ["returned"]
