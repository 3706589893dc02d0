"""H06, H08 and H09 on hand-made transcripts of a stack's life."""

from __future__ import annotations

import json
from dataclasses import replace

from chaim_conformance.examples import example
from chaim_conformance.plane.registry import Registry, Submission
from chaim_conformance.scenario import Operation, RequestType, Scenario
from chaim_conformance.strategies.stories import UNHEARD, WARM, about
from chaim_conformance.transcript import AttemptRecord, Transcript
from chaim_conformance.verdict import Violation
from tests.checks.transcripts import bend, edit, failures, judged, perfect, resend, verdict

ORDER, NEW_ORDER, CUSTOMER = (
    about(example("1.0", "STRICT"), entity, version)
    for version, entity in enumerate(("Order", "Order", "Customer"))
)


def asked(kind: RequestType, bundle: int, **more: object) -> Operation:
    return Operation(request_type=kind, bundle=bundle, resource=bundle // 2, **more)  # type: ignore[arg-type]


def of(*operations: Operation) -> Transcript:
    bundles = (ORDER, NEW_ORDER, CUSTOMER)
    return processed(perfect(Scenario(bundles=bundles, operations=operations, stack=True)))


def processed(t: Transcript) -> Transcript:
    """The transcript with the trail that a registry makes of its uploads."""
    registry = Registry(lenient=True)
    for number, record in enumerate(t.attempts):
        presigns = (json.loads(presign.body) for presign in record.presigns)
        for fields, upload in zip(presigns, record.uploads, strict=True):
            registry.take(
                Submission(
                    app_id=fields["appId"],
                    event_id=fields["eventId"],
                    content_hash=fields["contentHash"],
                    body=upload.body,
                    attempt=number,
                )
            )
    return replace(t, tolerant_ledger=registry.trail, entities=registry.entities)


def unheard(record: AttemptRecord) -> AttemptRecord:
    """The attempt as it ends when the upload's answer is lost."""
    upload = replace(record.exchanges[1], status=None)
    answer = replace(record.answer, status="FAILED", data=None)
    log = "the connection was reset\n"
    return replace(record, exchanges=(record.exchanges[0], upload), answer=answer, stdout=log)


def twice(record: AttemptRecord, other: AttemptRecord) -> AttemptRecord:
    """The attempt followed by the requests of another one."""
    return replace(record, exchanges=record.exchanges + other.exchanges)


UPDATED = of(asked("Create", 0), asked("Update", 1), asked("Delete", 1, cause="cleanup"))
RETRIED = of(asked("Create", 0), asked("Delete", 0, attempts=(UNHEARD, WARM)))
NEIGHBOURS = of(asked("Create", 0), asked("Create", 2), asked("Delete", 0))


def test_an_update_that_stays_is_well() -> None:
    assert verdict("H06", of(asked("Create", 0), asked("Update", 1))) == "pass"


def test_a_cleanup_that_deletes_the_entity_is_told_with_its_cause() -> None:
    assert verdict("H06", UPDATED) == "fail"
    t = bend(UPDATED, 1, lambda r: replace(r, answer=replace(r.answer, physical_resource_id="x")))
    (violation,) = (one for one in judged("H06", t) if isinstance(one, Violation))
    assert "'x' in place of" in violation.seen
    assert violation.where == t.attempts[2]


def test_a_cleanup_that_publishes_nothing_spares_the_entity() -> None:
    quiet = processed(bend(UPDATED, 2, lambda r: replace(r, exchanges=())))
    assert verdict("H06", quiet) == "pass"
    assert failures(quiet) == set()


def test_an_update_without_effect_is_for_other_clauses() -> None:
    first = json.loads(UPDATED.attempts[0].exchanges[0].body)["eventId"]
    repeated = processed(bend(UPDATED, 1, lambda r: resend(r, eventId=first)))
    assert verdict("H06", repeated) == "blocked by H04"
    elsewhere = processed(bend(UPDATED, 1, lambda r: edit(r, resourceId="T__Other")))
    assert verdict("H06", elsewhere) == "blocked by H40"


def test_a_retry_with_the_same_event_is_one_event() -> None:
    t = bend(RETRIED, 1, unheard)
    assert verdict("H08", t) == "pass"
    assert verdict("H03", t) == "pass"


def test_a_retry_with_an_event_of_its_own_is_for_h03() -> None:
    t = processed(bend(bend(RETRIED, 1, unheard), 2, lambda r: resend(r, eventId="e2")))
    assert verdict("H08", t) == "blocked by H03"
    assert verdict("H03", t) == "fail"


def test_an_attempt_with_two_events_is_no_single_one() -> None:
    again = resend(RETRIED.attempts[1], eventId="e2")
    t = processed(bend(RETRIED, 1, lambda r: twice(unheard(r), again)))
    assert verdict("H08", t) == "fail"
    assert verdict("H03", t) == "blocked by H08"


def test_a_delete_leaves_the_others() -> None:
    assert verdict("H09", NEIGHBOURS) == "pass"
    assert failures(NEIGHBOURS) == set()


def test_a_delete_of_more_than_its_own() -> None:
    other = resend(edit(NEIGHBOURS.attempts[2], resourceId="CustomerTable__Customer"), eventId="e2")
    t = processed(bend(NEIGHBOURS, 2, lambda r: twice(r, other)))
    (violation,) = (one for one in judged("H09", t) if isinstance(one, Violation))
    assert "CustomerTable__Customer is deleted" in violation.seen
    instead = processed(bend(NEIGHBOURS, 2, lambda r: other))
    assert verdict("H09", instead) == "fail"


def test_a_delete_without_effect_is_for_h42() -> None:
    kept = processed(bend(NEIGHBOURS, 2, lambda r: edit(r, action="UPSERT")))
    assert verdict("H09", kept) == "blocked by H42"
