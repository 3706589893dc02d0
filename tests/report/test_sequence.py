"""In the diagram of a violation the message is marked that a person would point at."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chaim_conformance import contract
from chaim_conformance.checks.binder import BINDER_CHECKS
from chaim_conformance.events import Message
from chaim_conformance.examples import example
from chaim_conformance.report.sequence import (
    APP,
    ASSEMBLY,
    CLOUDFORMATION,
    DISK,
    LOG,
    MOST,
    NETWORK,
    PLACES,
    sequence,
)
from chaim_conformance.scenario import Attempt, Fault, Operation
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript
from chaim_conformance.transcript import AttemptRecord, LeftFile, Transcript
from chaim_conformance.verdict import Violation
from tests.checks import binder_verdicts, synths
from tests.checks.synths import app_of, bound, bprint, of, refuse
from tests.checks.transcripts import (
    KEYS,
    UPLOAD_URL,
    Bend,
    bend,
    edit,
    judged,
    life,
    perfect,
    presign_fields_of,
    resend,
    reupload,
    told,
)

WARM = Attempt()
LIFE = life(
    example("1.0", "STRICT"),
    operations=(
        Operation(request_type="Create", attempts=(WARM, Attempt(start="cold"))),
        Operation(request_type="Delete"),
    ),
)
CREATE, AGAIN, DELETE = "1. Create", "1. Create, again, cold", "2. Delete"
FIRST, SECOND, THIRD = range(3)
ANOTHER_ID = "9f8b2c1e-5d4a-4e3b-8a7c-0123456789ab"


def diagram(clause: str, t: Transcript) -> tuple[Message, ...]:
    """The messages for the first violation of a clause."""
    violation = next(one for one in judged(clause, t) if isinstance(one, Violation))
    return sequence(t, violation, clause=contract.clause(clause))


def guilty(messages: tuple[Message, ...]) -> list[tuple[str, str]]:
    """In which chapter, and to whom, each guilty message went."""
    return [(one.chapter, one.target) for one in messages if one.guilty]


def also(record: AttemptRecord, number: int, **fields: object) -> AttemptRecord:
    """The attempt with one more request at its end, like one that it made."""
    more = replace(record.exchanges[number], **fields)  # type: ignore[arg-type]
    return replace(record, exchanges=(*record.exchanges, more))


def changing(number: int, **fields: object) -> Bend:
    """The attempt with one of its requests changed."""

    def bent(record: AttemptRecord) -> AttemptRecord:
        exchanges = list(record.exchanges)
        exchanges[number] = replace(exchanges[number], **fields)  # type: ignore[arg-type]
        return replace(record, exchanges=tuple(exchanges))

    return bent


def answering(**fields: object) -> Bend:
    """The attempt with another answer."""
    return lambda r: replace(r, answer=replace(r.answer, **fields))  # type: ignore[arg-type]


def returning(payload: str) -> Bend:
    return lambda record: replace(record, outcome=replace(record.outcome, payload=payload))


def printing(text: str) -> Bend:
    return lambda record: replace(record, stdout=text)


def event_id_of_the_first(record: AttemptRecord) -> AttemptRecord:
    return resend(record, eventId=presign_fields_of(perfect(LIFE).attempts[FIRST])["eventId"])


def nonce_of_the_first(record: AttemptRecord) -> AttemptRecord:
    return resend(record, nonce=presign_fields_of(perfect(LIFE).attempts[FIRST])["nonce"])


@pytest.mark.parametrize(
    ("clause", "attempt", "fault", "where"),
    [
        ("H02", SECOND, lambda r: resend(r, eventId="7"), (AGAIN, "presign")),
        ("H03", SECOND, lambda r: resend(r, eventId=ANOTHER_ID), (AGAIN, "presign")),
        ("H04", THIRD, event_id_of_the_first, (DELETE, "presign")),
        ("H05", FIRST, answering(physical_resource_id="x"), (CREATE, CLOUDFORMATION)),
        ("H10", FIRST, lambda r: reupload(r, b"{}", rehash=False), (CREATE, "presign")),
        ("H11", SECOND, lambda r: edit(r, more=1), (AGAIN, "bucket")),
        ("H12", FIRST, lambda r: told(r, ContentHash="sha256:0"), (CREATE, CLOUDFORMATION)),
        ("H20", FIRST, lambda r: also(r, 0), (CREATE, "presign")),
        ("H20", FIRST, lambda r: also(r, 0, endpoint="elsewhere"), (CREATE, "elsewhere")),
        ("H22", FIRST, changing(0, body=b"{ }"), (CREATE, "presign")),
        ("H23", THIRD, nonce_of_the_first, (DELETE, "presign")),
        ("H24", FIRST, lambda r: resend(r, appId="other"), (CREATE, "presign")),
        ("H30", FIRST, changing(1, target="/other"), (CREATE, "bucket")),
        ("H31", FIRST, changing(1, method="POST"), (CREATE, "bucket")),
        ("H32", FIRST, changing(1, headers=(("Authorization", ""),)), (CREATE, "bucket")),
        ("H33", FIRST, lambda r: also(r, 1), (CREATE, "bucket")),
        ("H40", SECOND, lambda r: edit(r, appId="other"), (AGAIN, "bucket")),
        ("H42", THIRD, lambda r: edit(r, schema={}), (DELETE, "bucket")),
        ("H43", FIRST, lambda r: reupload(r, b"[]"), (CREATE, "bucket")),
        ("H54", SECOND, answering(status="FAILED"), (AGAIN, CLOUDFORMATION)),
        ("H60", FIRST, answering(size=5000), (CREATE, CLOUDFORMATION)),
        ("H61", FIRST, lambda r: told(r, EventId=None), (CREATE, CLOUDFORMATION)),
        ("H70", SECOND, printing(f"one\n{KEYS.api_secret}\n"), (AGAIN, LOG)),
        ("H71", FIRST, changing(0, target=f"/?key={KEYS.api_key}"), (CREATE, "presign")),
        ("H71", FIRST, returning(KEYS.api_key), (CREATE, CLOUDFORMATION)),
        ("H72", FIRST, printing(UPLOAD_URL), (CREATE, LOG)),
        ("H73", FIRST, changing(1, trusted=False), (CREATE, "bucket")),
        ("H74", FIRST, lambda r: also(r, 0, endpoint="stranger"), (CREATE, "another host")),
        ("H81", FIRST, changing(0, headers=(("x-chaim-key", "x"),)), (CREATE, "presign")),
    ],
)
def test_the_guilty_message_is_the_one_that_a_person_would_point_at(
    clause: str, attempt: int, fault: Bend, where: tuple[str, str]
) -> None:
    messages = diagram(clause, bend(perfect(LIFE), attempt, fault))
    assert guilty(messages) == [where]
    assert messages[-1].chapter == where[0]  # what came later is not told


def test_of_two_requests_that_are_alike_the_second_one_is_guilty() -> None:
    messages = diagram("H33", bend(perfect(LIFE), FIRST, lambda r: also(r, 1)))
    uploads = [one.guilty for one in messages if one.target == "bucket"]
    assert uploads == [False, True]


def test_where_a_request_is_missing_the_answer_is_guilty() -> None:
    silent = bend(perfect(LIFE), FIRST, lambda r: replace(r, exchanges=r.exchanges[:1]))
    messages = diagram("H40", silent)
    assert guilty(messages) == [(CREATE, CLOUDFORMATION)]
    assert messages[-1].guilty


def test_a_log_says_how_much_was_printed_and_only_where_it_is_guilty() -> None:
    t = bend(perfect(LIFE), SECOND, printing(f"one\n{KEYS.api_secret}\n"))
    assert [one.text for one in diagram("H70", t) if one.target == LOG] == ["2 lines"]
    wrong_too = bend(t, SECOND, lambda r: resend(r, appId="other"))
    assert all(one.target != LOG for one in diagram("H24", wrong_too))


def test_a_file_that_was_left_is_guilty_after_all_attempts() -> None:
    left = LeftFile(path="tmp/x", content=KEYS.api_key.encode())
    messages = diagram("H75", replace(perfect(LIFE), left_behind=(left,)))
    assert guilty(messages) == [(DELETE, DISK)]
    assert messages[-1].text == "1 file left behind"


def test_an_answer_that_is_a_request_is_one_message() -> None:
    def put(record: AttemptRecord) -> AttemptRecord:
        return also(record, 1, endpoint="response-url", upload_of=None)

    t = replace(bend(perfect(LIFE), FIRST, put), answer_style="response-url")
    t = bend(t, FIRST, lambda r: told(r, ContentHash="sha256:0"))
    messages = diagram("H12", t)
    assert [one.target for one in messages].count(CLOUDFORMATION) == 1
    assert guilty(messages) == [(CREATE, CLOUDFORMATION)]


def test_each_attempt_is_a_chapter_of_its_own_that_says_how_it_came() -> None:
    attempts = WARM, Attempt(start="beside"), Attempt(start="cold"), WARM
    operations = (
        Operation(request_type="Create", attempts=attempts),
        Operation(request_type="Update", cause="rollback"),
        Operation(request_type="Delete", cause="cleanup"),
    )
    t = perfect(life(example("1.0", "STRICT"), operations=operations))
    last = Violation(expected="", seen="", where=t.attempts[-1])
    messages = sequence(t, last, clause=contract.clause("H54"))
    assert list(dict.fromkeys(one.chapter for one in messages)) == [
        "1. Create",
        "1. Create, again, at the same time",
        "1. Create, again (attempt 3), cold",
        "1. Create, again (attempt 4)",
        "2. rollback Update",
        "3. cleanup Delete",
    ]


def test_what_the_service_scripted_or_objected_to_stands_beside_the_arrow() -> None:
    fault = Fault(kind="answer", status=503)
    t = bend(perfect(LIFE), FIRST, changing(0, fault=fault, status=503))
    last = Violation(expected="", seen="", where=t.attempts[FIRST])
    answer = sequence(t, last, clause=contract.clause("H54"))[2]
    assert (answer.text, answer.note, answer.failed) == ("503", f"scripted: {fault}", True)


@pytest.mark.parametrize(
    ("number", "before", "after"),
    [(0, 0, 162), (18, 0, 162), (19, 2, 160), (58, 80, 82), (59, 82, 80), (99, 162, 0)],
)
def test_the_guilty_message_is_kept_however_long_the_diagram(
    number: int, before: int, after: int
) -> None:
    def busy(record: AttemptRecord) -> AttemptRecord:
        return replace(record, exchanges=tuple(replace(e) for e in record.exchanges * 50))

    t = bend(perfect(LIFE), FIRST, busy)
    record = t.attempts[FIRST]
    violation = Violation(expected="", seen="", where=record, exchange=record.exchanges[number])
    messages = sequence(t, violation, clause=contract.clause("H20"))
    assert len(messages) == MOST
    assert guilty(messages) == [(CREATE, ("presign", "bucket")[number % 2])]
    noted = {n: message.note for n, message in enumerate(messages) if message.note}
    assert noted == {
        **({0: f"{before} messages left out before this"} if before else {}),
        **({MOST - 1: f"{after} messages left out after this"} if after else {}),
    }


def test_no_message_has_what_stands_in_queries_headers_or_bodies() -> None:
    t = bend(perfect(LIFE), FIRST, changing(0, target=f"/ingest/presign?key={KEYS.api_key}"))
    fields = presign_fields_of(t.attempts[FIRST])
    secrets = {*UPLOAD_URL.split("?")[1].split("&"), "00ff00ff", fields["nonce"]}
    for record in t.attempts:
        secrets |= {record.exchanges[0].header("x-chaim-signature") or ""}
    for clause in ("H70", "H71", "H54"):
        last = Violation(expected="", seen="", where=t.attempts[-1])
        text = json.dumps([vars(m) for m in sequence(t, last, clause=contract.clause(clause))])
        assert not [one for one in (*secrets, KEYS.api_key, KEYS.api_secret) if one in text]


INVALID = app_of(bound(text=bprint(entityName="")))
BOUND = of(app_of())


def other_mode(record: SynthRecord) -> SynthRecord:
    wrong = replace(record.publications[0], environment={"FAILURE_MODE": "STRICT"})
    return replace(record, publications=(wrong,))


def no_handler(record: SynthRecord) -> SynthRecord:
    only = tuple(file for file in record.assets if file.name == "snapshot.json")
    return replace(record, assets=only)


def written(record: SynthRecord) -> SynthRecord:
    refused = refuse("order.bprint: entityName must not be empty")(record)
    return replace(refused, local=BOUND.records[0].local)


@pytest.mark.parametrize(
    ("clause", "t", "fault", "place"),
    [
        ("B01", BOUND, synths.moved("/Stack/", "/Other/"), DISK),
        ("B05", BOUND, synths.said(action=None), DISK),
        ("B05", BOUND, synths.crash, APP),
        ("B09", BOUND, synths.said(resourceId="other"), DISK),
        ("B12", BOUND, other_mode, ASSEMBLY),
        ("B13", BOUND, lambda r: replace(r, calls=("POST secretsmanager", "again")), NETWORK),
        ("B13", BOUND, lambda r: replace(r, secret_values=("cdk.out/x",)), APP),
        ("B14", BOUND, no_handler, ASSEMBLY),
        ("B17", BOUND, lambda r: replace(r, publications=()), ASSEMBLY),
        ("B19", of(INVALID), refuse("no"), APP),
        ("B19", of(INVALID), synths.crash, APP),
        ("B19", of(INVALID), written, DISK),
    ],
)
def test_of_a_synth_what_it_wrote_or_how_it_ended_is_guilty(
    clause: str, t: SynthTranscript, fault: synths.Bend, place: str
) -> None:
    t = synths.bend(t, fault)
    violation = binder_verdicts.violation(clause, t)
    messages = sequence(t, violation, clause=contract.clause(clause))
    assert guilty(messages) == [("1. synth", place)]


def test_of_several_synths_the_later_one_is_guilty() -> None:
    again = synths.twice(app_of())
    t = synths.bend(again, synths.moved("Shop__Order.json", "Shop__Order-2.json"), 1)
    violation = binder_verdicts.violation("B04", t)
    messages = sequence(t, violation, clause=contract.clause("B04"))
    assert guilty(messages) == [("2. synth", DISK)]


def test_each_clause_of_a_binder_has_a_place() -> None:
    families = {one.family for one in contract.clauses() if one.id in BINDER_CHECKS}
    assert families <= PLACES.keys()
    assert {key for key in PLACES if key not in families} <= BINDER_CHECKS.keys()
