"""Scenarios and transcripts survive their JSON form, which the contract's schemas describe."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from chaim_conformance import contract
from chaim_conformance.errors import UsageError
from chaim_conformance.json_form import from_json, read, to_json
from chaim_conformance.scenario import Scenario
from chaim_conformance.strategies import retried_operations
from chaim_conformance.transcript import Transcript
from tests.checks.transcripts import perfect


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(retried_operations())
def test_round_trip(scenario: Scenario) -> None:
    transcript = perfect(scenario)
    broken = replace(transcript.attempts[0].exchanges[0], body=b"\xff\x00", status=None)
    record = replace(transcript.attempts[0], exchanges=(broken,))
    transcript = replace(transcript, attempts=(record, *transcript.attempts[1:]))
    for value, cls in ((scenario, Scenario), (transcript, Transcript)):
        data = json.loads(json.dumps(to_json(value)))
        assert from_json(cls, data) == value
        contract.validator(cls.__name__.lower()).validate(data)


def test_bad_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "scenario.json"
    with pytest.raises(UsageError, match=r"scenario\.json: cannot be read"):
        read(Scenario, path)
    path.write_text("{")
    with pytest.raises(UsageError, match=r"scenario\.json: not JSON"):
        read(Scenario, path)
    path.write_text('{"bundles": [], "operations": [{"request_type": "Destroy"}], "oops": 1}')
    with pytest.raises(UsageError, match=r"scenario\.json: this is no Scenario.*oops"):
        read(Scenario, path)


@pytest.mark.parametrize(
    ("endpoint", "kind"), [("bucket", "held"), ("presign", "late"), ("secrets", "stall")]
)
def test_a_fault_that_its_endpoint_does_not_have(endpoint: str, kind: str) -> None:
    operation = {"request_type": "Create", "attempts": [{endpoint: [{"kind": kind}]}]}
    bundles = [{"snapshot": "{}", "app_id": "a"}]
    with pytest.raises(UsageError, match=f"operations.0.: {endpoint} has no fault '{kind}'"):
        from_json(Scenario, {"bundles": bundles, "operations": [operation]})
