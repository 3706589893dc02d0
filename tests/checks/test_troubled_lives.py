"""The clauses about trouble: what is expected, what fails them alone, what blocks them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chaim_conformance.examples import example
from chaim_conformance.scenario import RESET, Attempt, Fault, Operation, Scenario
from chaim_conformance.strategies import adversity, faults
from chaim_conformance.strategies.bundles import without_action
from chaim_conformance.transcript import AttemptRecord, Transcript
from tests.checks.transcripts import (
    Bend,
    bend,
    edit,
    failing,
    failures,
    life,
    perfect,
    resend,
    told,
    verdict,
)

REFUSED = faults.Trouble(presign=(faults.UNAVAILABLE,))


def troubled(scenario: Scenario, *, status: str) -> Transcript:
    """A perfect transcript in which the troubled attempts end as the failure mode has it."""
    t = perfect(scenario)
    for position, record in enumerate(t.attempts):
        if not t.stimulus(record).is_healthy:
            t = bend(t, position, lambda r: failing(r, status=status))
    return t


def silent(record: AttemptRecord) -> AttemptRecord:
    return replace(record, stdout="published 17\n")


def with_status(status: str | None) -> Bend:
    return lambda r: replace(r, answer=replace(r.answer, status=status))


BEST_EFFORT = adversity.after_a_healthy_life(example("1.0", "BEST_EFFORT"), REFUSED)
STRICT = adversity.after_a_healthy_life(example("1.0", "STRICT"), REFUSED)
TROUBLED = 2  # the first attempt in trouble, of both


def test_perfect_publishers_pass() -> None:
    best_effort, strict = troubled(BEST_EFFORT, status="SUCCESS"), troubled(STRICT, status="FAILED")
    assert failures(best_effort) == failures(strict) == set()
    assert {verdict(clause, best_effort) for clause in ("H34", "H50", "H53")} == {"pass"}
    assert {verdict(clause, strict) for clause in ("H34", "H51")} == {"pass"}


@pytest.mark.parametrize("status", ["FAILED", None])
def test_best_effort_has_to_succeed(status: str | None) -> None:
    t = bend(troubled(BEST_EFFORT, status="SUCCESS"), TROUBLED, with_status(status))
    assert failures(t) == {"H50"}
    assert verdict("H53", t) == "blocked by H50"


@pytest.mark.parametrize("status", ["SUCCESS", None])
def test_strict_has_to_fail(status: str | None) -> None:
    t = bend(troubled(STRICT, status="FAILED"), TROUBLED, with_status(status))
    assert failures(t) == {"H51"}


def test_trouble_proves_nothing_about_a_handler_that_always_fails() -> None:
    t = bend(
        troubled(STRICT, status="FAILED"),
        0,
        lambda r: replace(with_status("FAILED")(r), exchanges=()),
    )
    assert failures(t) == {"H54"}
    assert verdict("H51", t) == "blocked by H54"


def test_best_effort_logs_what_healthy_runs_do_not() -> None:
    t = bend(troubled(BEST_EFFORT, status="SUCCESS"), TROUBLED, silent)
    assert failures(t) == {"H53"}


def test_best_effort_says_so_in_the_data() -> None:
    def claims_success(record: AttemptRecord) -> AttemptRecord:
        return told(record, IngestStatus="SUCCESS")

    t = bend(troubled(BEST_EFFORT, status="SUCCESS"), TROUBLED, claims_success)
    assert failures(t) == {"H53"}


def test_upload_despite_refusal() -> None:
    def uploads(record: AttemptRecord) -> AttemptRecord:
        upload = replace(perfect(STRICT).attempts[TROUBLED].exchanges[1])
        return replace(record, exchanges=(*record.exchanges, upload))

    t = bend(troubled(STRICT, status="FAILED"), TROUBLED, uploads)
    assert failures(t) == {"H34"}


@pytest.mark.parametrize("position", [1, 2])
def test_unset_and_empty_mean_best_effort(position: int) -> None:
    t = troubled(adversity.unset_failure_modes(example("1.0", None), REFUSED), status="SUCCESS")
    assert verdict("H52", t) == "pass"
    assert failures(bend(t, position, with_status("FAILED"))) == {"H52"}


def test_default_mode_is_blocked_by_a_best_effort_that_raises() -> None:
    t = troubled(adversity.unset_failure_modes(example("1.0", None), REFUSED), status="SUCCESS")
    for position in range(3):
        t = bend(t, position, with_status("FAILED"))
    assert verdict("H52", t) == "blocked by H50"


@pytest.mark.parametrize("mode", ["STRICT", "BEST_EFFORT"])
def test_malformed_presign_is_an_ingestion_error(mode: str) -> None:
    status = "FAILED" if mode == "STRICT" else "SUCCESS"
    scenario = adversity.beside_a_refusal(example("1.0", mode), faults.MALFORMED[1])
    t = troubled(scenario, status=status)
    t = bend(t, 2, lambda r: _answered(r, "{}"))
    t = bend(t, 3, lambda r: _answered(r, "{}"))
    assert verdict("H55", t) == "pass"
    t = bend(t, 2, lambda r: told(with_status("SUCCESS")(r), IngestStatus="SUCCESS"))
    assert failures(t) == {"H55"}


def _answered(record: AttemptRecord, answer: str) -> AttemptRecord:
    presign = replace(record.exchanges[0], status=200, answer=answer.encode())
    return replace(record, exchanges=(presign,))


@pytest.mark.parametrize("fault", [faults.UNAVAILABLE, RESET])
def test_retry_after_failure(fault: Fault) -> None:
    attempts = (Attempt(presign=(fault,)), Attempt(start="cold"))
    scenario = life(
        example("1.0", "STRICT"),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Update", attempts=attempts),
        ),
    )
    t = troubled(scenario, status="FAILED")
    assert failures(t) == set()
    assert verdict("H57", t) == "pass"
    assert failures(bend(t, 2, with_status("FAILED"))) == {"H57"}
    other = bend(t, 2, lambda r: resend(r, eventId="11111111-1111-4111-8111-111111111111"))
    assert failures(other) == {"H03"}


def test_legacy_bundle() -> None:
    today = example("1.0", "STRICT")
    scenario = life(
        today,
        without_action(today),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Update", bundle=1),
        ),
    )
    t = perfect(scenario)
    assert verdict("H41", t) == "pass"
    assert failures(bend(t, 1, lambda r: edit(r, action="UPSERT"))) == set()
    assert failures(bend(t, 1, lambda r: edit(r, action=None))) == {"H41"}
    refused = bend(t, 1, lambda r: replace(with_status("FAILED")(r), exchanges=()))
    assert failures(refused) == {"H41"}


def test_base_urls() -> None:
    plain = example("1.0", "STRICT")
    scenario = life(
        plain,
        replace(plain, base_url="trailing-slash"),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Update", bundle=1),
        ),
    )
    t = perfect(scenario)
    assert verdict("H26", t) == "pass"

    def doubled(record: AttemptRecord) -> AttemptRecord:
        stray = replace(record.exchanges[0], endpoint="elsewhere", target="//ingest/presign")
        answer = replace(record.answer, status="FAILED")
        return replace(record, exchanges=(stray,), answer=answer)

    assert failures(bend(t, 1, doubled)) == {"H26"}


def test_second_presign_is_fine_after_a_refusal() -> None:
    attempts = (Attempt(presign=(faults.UNAVAILABLE, Fault(kind="ok"))),)
    scenario = life(
        example("1.0", "STRICT"), operations=(Operation(request_type="Create", attempts=attempts),)
    )
    t = perfect(scenario)

    def tries_again(record: AttemptRecord) -> AttemptRecord:
        first = resend(record, nonce="33333333-3333-4333-8333-333333333333").exchanges[0]
        refused = replace(first, status=503, answer=json.dumps({}).encode())
        return replace(record, exchanges=(refused, *record.exchanges))

    assert failures(bend(t, 0, tries_again)) == set()
