"""A transcript is judged again as it was; what redaction took is not run, and never guessed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chaim_conformance import contract, corpus
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.errors import UsageError
from chaim_conformance.examples import example
from chaim_conformance.json_form import (
    from_json,
    read_any_scenario,
    read_any_transcript,
    to_json,
)
from chaim_conformance.judge import Judge
from chaim_conformance.report.redaction import REDACTED, Redactor
from chaim_conformance.scenario import Operation
from chaim_conformance.synth_scenario import SynthScenario
from chaim_conformance.synth_transcript import SynthTranscript
from chaim_conformance.transcript import Transcript
from chaim_conformance.transcript_judge import OF_BODIES, OF_KEYS, OF_URLS, is_redacted, judged
from tests.by_day import some_by_day
from tests.checks.perfect_binder import synthesized
from tests.checks.transcripts import KEYS, bend, life, perfect
from tests.mutants.catalogue import MUTANTS, build

LIFE = life(
    example("1.0", "STRICT"),
    operations=(
        Operation(request_type="Create"),
        Operation(request_type="Update"),
        Operation(request_type="Delete"),
    ),
)
# Faults that put secrets, and what redaction makes of them, into every place that there is.
TELLING = (
    "python-hash-of-redumped",
    "python-key-in-snapshot",
    "python-key-in-answer",
    "python-key-lowercased",
    "python-redirects-followed",
    "python-url-in-answer",
    "python-url-logged",
    "python-headers-logged-on-401",
    "python-credentials-kept-in-a-temporary-file",
    "python-answer-without-event-id",
)
# Of a body, an answer, and what is left behind.
BY_DAY = (
    *("python-hash-of-redumped", "python-key-in-answer"),
    "python-credentials-kept-in-a-temporary-file",
)


def redacted(transcript: Transcript | SynthTranscript) -> Transcript | SynthTranscript:
    """As it is when it was written to a file and read again."""
    text = Redactor.of(transcript)(json.dumps(to_json(transcript), ensure_ascii=False))
    return from_json(type(transcript), json.loads(text))


def outcomes(transcript: Transcript | SynthTranscript) -> dict[str, tuple[str, str]]:
    redact = Redactor.of(transcript)
    return {
        one.clause: (one.status, redact(one.violation.seen) if one.violation else "")
        for one in judged(transcript, contract.clauses())
    }


def assert_judged_alike(transcript: Transcript | SynthTranscript) -> set[str]:
    """Asserts that redaction changes no verdict but to *not run*; returns for which clauses."""
    whole, left = outcomes(transcript), outcomes(redacted(transcript))
    changed = {clause for clause in whole if left[clause] != whole[clause]}
    assert whole.keys() == left.keys()
    assert {left[clause][0] for clause in changed} <= {"not run"}
    return changed


def test_a_perfect_life_is_judged_again() -> None:
    transcript = perfect(LIFE)
    assert set(outcomes(transcript).values()) == {("pass", "")}
    changed = assert_judged_alike(transcript)
    assert changed == {*OF_KEYS, *OF_URLS} & outcomes(transcript).keys()
    assert "H22" in changed
    assert "H30" in changed
    assert "H10" not in changed


@pytest.mark.parametrize("name", some_by_day(TELLING, BY_DAY))
def test_no_verdict_is_made_up(name: str, tmp_path: Path) -> None:
    (mutant,) = (one for one in MUTANTS if one.name == name)
    provider = ProviderConfig(root=tmp_path, handler=build(mutant, tmp_path / "mutant"))
    with Judge(provider, Settings(report=tmp_path)) as judge:
        scenarios = corpus.frozen(mutant.clauses[0], judge.facts.formats)[:6]
        for transcript in map(judge.play, scenarios):
            changed = assert_judged_alike(transcript)
            assert changed <= {*OF_KEYS, *OF_URLS, *OF_BODIES}


def test_a_violation_that_needs_no_secret_stands() -> None:
    def to_bucket(record):  # type: ignore[no-untyped-def]
        presign, upload = record.exchanges
        headers = (*upload.headers, ("Authorization", KEYS.api_secret))
        return replace(record, exchanges=(presign, replace(upload, headers=headers)))

    left = outcomes(redacted(bend(perfect(LIFE), 0, to_bucket)))
    assert left["H32"] == ("fail", "header Authorization")


def test_nothing_is_lost_where_nothing_was_taken_out() -> None:
    assert not is_redacted(perfect(LIFE))
    assert is_redacted(redacted(perfect(LIFE)))


def test_a_publisher_that_is_no_custom_resource_is_judged_by_what_applies() -> None:
    transcript = replace(perfect(LIFE), answer_style="command")
    assert "H10" in outcomes(transcript)
    assert "H05" not in outcomes(transcript)
    assert "H60" not in outcomes(transcript)


def test_selected_clauses_alone() -> None:
    chosen = (contract.clause("H10"), contract.clause("H22"))
    assert [one.clause for one in judged(perfect(LIFE), chosen)] == ["H10", "H22"]


@pytest.mark.parametrize("clause", ["B01", "B07", "B11"])
def test_a_binders_transcript_loses_nothing(clause: str) -> None:
    for scenario in corpus.frozen_synths(clause)[:4]:
        transcript = synthesized(scenario)
        assert outcomes(transcript)
        assert assert_judged_alike(transcript) == set()
        assert is_redacted(redacted(transcript))


def written(folder: Path, value: object) -> Path:
    path = folder / "some.json"
    path.write_text(json.dumps(to_json(value)), encoding="utf-8")
    return path


def test_transcripts_of_both_halves_are_read(tmp_path: Path) -> None:
    for transcript in (perfect(LIFE), synthesized(corpus.frozen_synths("B01")[0])):
        assert read_any_transcript(written(tmp_path, transcript)) == transcript


@pytest.mark.parametrize("scenario", [LIFE, corpus.frozen_synths("B01")[0]])
def test_a_scenario_is_no_transcript_and_the_way_out_is_named(
    scenario: object, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"this is a scenario.*`chaim-conformance replay`"):
        read_any_transcript(written(tmp_path, scenario))


@pytest.mark.parametrize("text", ["[]", "{}", "3", '{"scenario": 1}', '{"verdicts": []}'])
def test_what_is_neither_is_told_so(text: str, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"other.json: this is no transcript: expected"):
        read_any_transcript(path)


def test_a_redacted_scenario_is_not_played(tmp_path: Path) -> None:
    scenario = corpus.frozen_synths("B11")[0]
    transcript = synthesized(scenario)
    assert isinstance(read_any_scenario(written(tmp_path, transcript)), SynthScenario)
    broken = to_json(transcript)
    broken["scenario"]["apps"][0]["configs"][0]["app_id"] = REDACTED
    with pytest.raises(UsageError, match="secrets were taken out of the scenario"):
        read_any_scenario(written(tmp_path, broken))
