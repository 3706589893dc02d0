"""The binder's clauses in a stack that nobody drew: other functions, roles and custom resources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chaim_conformance.checks.binder import BINDER_CHECKS
from chaim_conformance.synth_runner import SynthRunner
from chaim_conformance.synth_scenario import Synth, SynthScenario
from chaim_conformance.synth_transcript import SynthTranscript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation
from tests.stacks.cody_batch import ENTITIES, TTL_LOST, app, document, needs_cdk, real_stack

pytestmark = needs_cdk

# What this app and its life put to the test; the others are about other tables or wrong input.
ABOUT_IT = (
    *("B01", "B02", "B04", "B05", "B06", "B07", "B08", "B09", "B12", "B13", "B14", "B15", "B16"),
    *("B17", "B18", "B22", "B23", "B24", "B25", "B26", "B27", "B29", "B31", "B32"),
)


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynthRunner]:
    with real_stack(tmp_path_factory.mktemp("whole")) as made:
        yield made


def judged(transcript: SynthTranscript) -> dict[str, list[Finding]]:
    """What each check found, of those that found anything."""
    found = {clause: list(check(transcript)) for clause, check in BINDER_CHECKS.items()}
    return {clause: findings for clause, findings in found.items() if findings}


def not_upheld(transcript: SynthTranscript) -> dict[str, list[Finding]]:
    wrong = {
        clause: [one for one in findings if isinstance(one, Violation | Blocked)]
        for clause, findings in judged(transcript).items()
    }
    return {clause: findings for clause, findings in wrong.items() if findings}


def test_every_clause_about_it_holds_from_its_first_deployment_to_its_last(
    runner: SynthRunner,
) -> None:
    """Before Chaim; bound, in three processes; with a new field; with one entity less; deleted."""
    job = document("Job")
    noted = {**job, "fields": [*job["fields"], {"name": "note", "type": "string"}]}
    transcript = runner.play(
        SynthScenario(
            apps=(app(), app(*ENTITIES), app(*ENTITIES, Job=noted), app("Job", Job=noted)),
            synths=(
                Synth(app=0, process=0),
                Synth(app=1, process=0),
                Synth(app=1, process=1),
                Synth(app=1, process=2),
                Synth(app=2, process=2),
                Synth(app=3, process=2),
            ),
            deploys=True,
        )
    )
    assert not_upheld(transcript) == {}
    upheld = {
        clause
        for clause, findings in judged(transcript).items()
        if any(isinstance(one, Upheld) for one in findings)
    }
    assert set(ABOUT_IT) - upheld == set()
    assert [(one.request_type, one.synth) for one in transcript.planned] == [
        ("Create", 1),
        ("Create", 1),
        ("Update", 4),
        ("Delete", 5),
        ("Delete", 5),
    ]


def test_only_chaims_custom_resources_are_taken_for_publications(runner: SynthRunner) -> None:
    """CDK's own, for the bucket and what is in it, publish nothing; and no account is known."""
    transcript = runner.play(SynthScenario(apps=(app(*ENTITIES, account=None),)))
    assert not_upheld(transcript) == {}
    (record,) = transcript.records
    resources = record.stacks[0].template["Resources"]
    kinds = {one["Type"] for one in resources.values() if one["Type"].startswith("Custom::")}
    assert kinds == {
        "Custom::CDKBucketDeployment",
        "Custom::ChaimBinding",
        "Custom::S3AutoDeleteObjects",
    }
    published = [resources[one.logical_id]["Type"] for one in record.publications]
    assert published == ["Custom::ChaimBinding"] * len(ENTITIES)
    assert {path.split("/")[1] for path in (one.path for one in record.local)} == {"unknown"}


@pytest.mark.night
def test_a_time_to_live_that_is_lost_is_noticed(tmp_path: Path) -> None:
    with real_stack(tmp_path, TTL_LOST) as faulty:
        transcript = faulty.play(SynthScenario(apps=(app(*ENTITIES),)))
    assert list(not_upheld(transcript)) == ["B07"]
