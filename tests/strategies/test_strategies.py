"""What is drawn is valid by the contract's own JSON Schemas, and as rich as it claims to be."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chaim_conformance import contract
from chaim_conformance.checks.evidence import bundled, is_sound
from chaim_conformance.scenario import Bundle, Scenario
from chaim_conformance.strategies import (
    bundles,
    healthy_lives,
    retried_operations,
    snapshots,
)
from chaim_conformance.strategies.bundles import app_id_of, without_action
from chaim_conformance.strategies.lives import base_urls, legacy_lives, uploads_to_telling_urls

QUICK = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def complaints(name: str, document: Any) -> list[str]:
    return [f"{e.json_path}: {e.message}" for e in contract.validator(name).iter_errors(document)]


@QUICK
@given(snapshots())
def test_snapshots_are_valid(document: dict[str, Any]) -> None:
    form = document.get("snapshotVersion") or document["schemaVersion"]
    assert complaints(f"snapshot-{form}", document) == []


@QUICK
@given(bundles(formats=("1.0",)))
def test_legacy_bundles_lack_the_action_alone(bundle: Bundle) -> None:
    legacy = bundled(without_action(bundle))
    assert {**legacy, "action": "UPSERT"} == bundled(bundle)
    assert complaints("snapshot-1.0", legacy) == []


@QUICK
@given(
    st.one_of(
        healthy_lives(),
        retried_operations(),
        legacy_lives(),
        base_urls(),
        uploads_to_telling_urls(),
    )
)
def test_lives_are_what_cloudformation_sends(scenario: Scenario) -> None:
    exists = False
    for operation in scenario.operations:
        assert exists is (operation.request_type != "Create")
        exists = operation.request_type != "Delete"
    for bundle in scenario.bundles:
        assert is_sound(bundle)
        assert app_id_of(bundled(bundle)) == bundle.app_id
    assert len({bundle.app_id for bundle in scenario.bundles}) == 1
