"""Each clause on a healthy life: the perfect transcript passes, a bent one fails it alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chaim_conformance.cloudformation.framework import ID_CHANGED
from chaim_conformance.examples import example
from chaim_conformance.scenario import Attempt, Operation
from tests.checks.transcripts import (
    NOW,
    Bend,
    bend,
    edit,
    failures,
    life,
    perfect,
    presign_exchange,
    resend,
    reupload,
    told,
    verdict,
)

CREATE, RETRY, UPDATE, ROLLBACK, DELETE = range(5)
LIFE = life(
    example("1.0", "STRICT"),
    example("3.0", "STRICT"),
    operations=(
        Operation(request_type="Create", attempts=(Attempt(), Attempt(start="cold"))),
        Operation(request_type="Update", bundle=1),
        Operation(request_type="Update", bundle=0),
        Operation(request_type="Delete", bundle=1),
    ),
)
JUDGED = (
    *("H01", "H02", "H03", "H04", "H05", "H07", "H10", "H11", "H12", "H20", "H21", "H22"),
    *("H23", "H24", "H25", "H30", "H31", "H32", "H33", "H40", "H42", "H43", "H54"),
)


@pytest.mark.parametrize("clause", JUDGED)
def test_perfect_life_passes(clause: str) -> None:
    assert verdict(clause, perfect(LIFE)) == "pass"


def _with_presign(**changes: object) -> Bend:
    def change(record):
        return replace(
            record, exchanges=(replace(record.exchanges[0], **changes), *record.exchanges[1:])
        )

    return change


def _with_upload(**changes: object) -> Bend:
    def change(record):
        return replace(
            record, exchanges=(record.exchanges[0], replace(record.exchanges[1], **changes))
        )

    return change


def _with_answer(**changes: object) -> Bend:
    return lambda record: replace(record, answer=replace(record.answer, **changes))


def _body(record) -> bytes:
    return record.exchanges[1].body


BENT: dict[str, tuple[str, int, Bend]] = {
    "a decoy is published": ("H01", CREATE, lambda r: edit(r, resourceId="decoy__Decoy")),
    "eventId is no v4": (
        "H02",
        UPDATE,
        lambda r: resend(r, eventId="6c84fb90-12c4-11e1-840d-7b25c5ee775a"),
    ),
    "a retry has an eventId of its own": (
        "H03",
        RETRY,
        lambda r: resend(
            _with_answer(physical_resource_id="11111111-1111-4111-8111-111111111111")(r),
            eventId="11111111-1111-4111-8111-111111111111",
        ),
    ),
    "an Update has the Create's eventId": (
        "H04",
        UPDATE,
        lambda r: resend(r, eventId=r.event["PhysicalResourceId"]),
    ),
    "the id lacks the eventId": ("H05", CREATE, _with_answer(physical_resource_id="table")),
    "Delete gives a new id": (
        "H07",
        DELETE,
        _with_answer(physical_resource_id="new"),
    ),
    "the framework refuses the new id of a Delete": (
        "H07",
        DELETE,
        _with_answer(status="FAILED", reason=f'{ID_CHANGED} from "old" to "new"', data=None),
    ),
    "the hash has no prefix": (
        "H10",
        UPDATE,
        lambda r: told(
            resend(r, contentHash=r.answer.data["ContentHash"].removeprefix("sha256:")),
            ContentHash=None,
        ),
    ),
    "the bytes differ in a rollback": (
        "H11",
        ROLLBACK,
        lambda r: reupload(r, _body(r) + b"\n"),
    ),
    "the bytes hold the time of the run": ("H11", UPDATE, lambda r: edit(r, publishedAt=NOW)),
    "the bytes hold the nonce": (
        "H11",
        UPDATE,
        lambda r: edit(r, run=json.loads(r.exchanges[0].body)["nonce"]),
    ),
    "the answer names another hash": ("H12", UPDATE, lambda r: told(r, ContentHash="other")),
    "the answer is too long": (
        "H60",
        CREATE,
        _with_answer(status="FAILED", physical_resource_id=None, data=None, size=4097),
    ),
    "the answer lacks the eventId": ("H61", UPDATE, lambda r: told(r, EventId=None)),
    "the answer has another eventId": ("H61", DELETE, lambda r: told(r, EventId="another")),
    "the answer lacks the status": ("H61", UPDATE, lambda r: told(r, IngestStatus=None)),
    "the answer holds a description": (
        "H61",
        CREATE,
        lambda r: replace(r, outcome=replace(r.outcome, payload='"canary000001"')),
    ),
    "the answer holds the upload URL": (
        "H61",
        CREATE,
        lambda r: replace(r, outcome=replace(r.outcome, error_message=r.exchanges[0].upload_url)),
    ),
    "presign is elsewhere": (
        "H20",
        UPDATE,
        _with_presign(endpoint="elsewhere", target="/presign", status=404),
    ),
    "presigned twice": (
        "H20",
        UPDATE,
        lambda r: replace(
            r,
            exchanges=(
                *r.exchanges,
                presign_exchange(
                    {
                        **json.loads(r.exchanges[0].body),
                        "nonce": "22222222-2222-4222-8222-222222222222",
                    }
                ),
            ),
        ),
    ),
    "the timestamp has no zone": (
        "H21",
        CREATE,
        lambda r: resend(r, timestamp="2027-01-15T08:00:00"),
    ),
    "the timestamp is old": ("H21", CREATE, lambda r: resend(r, timestamp="2026-01-15T08:00:00Z")),
    "the nonce is no UUID": ("H21", CREATE, lambda r: resend(r, nonce="abc")),
    "a field is missing": ("H21", CREATE, lambda r: resend(r, timestamp=None)),
    "the signature is another": (
        "H22",
        UPDATE,
        _with_presign(
            headers=(("x-chaim-key", "ck-ghjkmnpqGHJKMNPQghjkmnpq"), ("x-chaim-signature", "00"))
        ),
    ),
    "the key is missing": ("H22", UPDATE, _with_presign(headers=())),
    "a nonce comes again": (
        "H23",
        UPDATE,
        lambda r: resend(r, nonce="00000000-0000-4000-8000-0000000003e8"),
    ),
    "the appId is missing": ("H24", UPDATE, lambda r: resend(r, appId=None)),
    "the schema is inline": ("H25", CREATE, lambda r: resend(r, names=["canary000002Amount"])),
    "the presign body is large": ("H25", CREATE, lambda r: resend(r, padding="x" * 9000)),
    "a plus is unescaped": (
        "H30",
        CREATE,
        lambda r: _with_upload(target=r.exchanges[1].target.replace("%2B", "+"))(r),
    ),
    "a parameter is lost": (
        "H30",
        CREATE,
        lambda r: _with_upload(target=r.exchanges[1].target.partition("&")[0])(r),
    ),
    "chunked": (
        "H31",
        CREATE,
        _with_upload(
            headers=(("content-type", "application/json"), ("Transfer-Encoding", "chunked"))
        ),
    ),
    "no content type": (
        "H31",
        CREATE,
        lambda r: _with_upload(headers=(("content-length", str(len(_body(r)))),))(r),
    ),
    "the bucket gets the key": (
        "H32",
        CREATE,
        lambda r: _with_upload(headers=(*r.exchanges[1].headers, ("x-chaim-key", "a")))(r),
    ),
    "uploaded twice": (
        "H33",
        CREATE,
        lambda r: replace(r, exchanges=(*r.exchanges, r.exchanges[1])),
    ),
    "uploaded to an old URL": ("H33", UPDATE, _with_upload(upload_of=(0, 0))),
    "a field is lost": (
        "H40",
        UPDATE,
        lambda r: reupload(
            r,
            json.dumps({k: v for k, v in json.loads(_body(r)).items() if k != "x-extra"}).encode(),
        ),
    ),
    "a number is rounded": ("H40", UPDATE, lambda r: edit(r, **{"x-extra": {"fraction": 1}})),
    "the action is lowercase": ("H40", UPDATE, lambda r: edit(r, action="upsert")),
    "true became 1": ("H40", UPDATE, lambda r: edit(r, resolution="", resource={"hasTokens": 0})),
    "nothing is published, and nobody says so": (
        "H40",
        UPDATE,
        lambda r: replace(r, exchanges=()),
    ),
    "DELETE keeps the schema": ("H42", DELETE, lambda r: edit(r, schema={"entityName": "Payment"})),
    "DELETE keeps capturedAt": (
        "H42",
        DELETE,
        lambda r: edit(r, capturedAt="2026-01-15T14:30:00Z"),
    ),
    "a BOM": ("H43", UPDATE, lambda r: reupload(r, b"\xef\xbb\xbf" + _body(r))),
    "Latin-1": (
        "H43",
        UPDATE,
        lambda r: reupload(r, _body(r).decode().encode("latin-1", "replace")),
    ),
    "a healthy run fails": (
        "H54",
        UPDATE,
        lambda r: replace(r, exchanges=(), answer=replace(r.answer, status="FAILED")),
    ),
    "a healthy run says that it failed": (
        "H54",
        UPDATE,
        lambda r: told(r, IngestStatus="FAILED"),
    ),
}


@pytest.mark.parametrize("what", BENT)
def test_one_fault_fails_one_clause(what: str) -> None:
    clause, position, change = BENT[what]
    assert failures(bend(perfect(LIFE), position, change)) == {clause}


HARMLESS: dict[str, tuple[int, Bend]] = {
    "an added field": (UPDATE, lambda r: edit(r, publishedBy={"name": "x", "version": "1"})),
    "a private key dropped": (
        UPDATE,
        lambda r: reupload(
            r,
            json.dumps(
                {k: v for k, v in json.loads(_body(r)).items() if not k.startswith("_")}
            ).encode(),
        ),
    ),
    "a publisher's section replaced": (
        UPDATE,
        lambda r: edit(r, producer={"component": "h", "version": "2", "runtime": "go"}),
    ),
    "hex case and order of the query": (
        CREATE,
        lambda r: _with_upload(
            target="/chaim-ingest/a%20b%2bc.json?X-Amz-Signature=00ff00ff00ff00ff00ff&X-Amz-Date=20270115"
        )(r),
    ),
    "further fields in presign": (CREATE, lambda r: resend(r, resourceId="a", action="UPSERT")),
    "an uppercase eventId": (
        CREATE,
        lambda r: resend(r, eventId=json.loads(r.exchanges[0].body)["eventId"].upper()),
    ),
    "an item of a list extended": (
        UPDATE,
        lambda r: edit(
            r, dataStore={**json.loads(_body(r)).get("dataStore", {}), "added": [{"a": 1}]}
        ),
    ),
    "no hash in the answer": (CREATE, lambda r: told(r, ContentHash=None)),
    "an offset instead of Z": (
        CREATE,
        lambda r: resend(r, timestamp="2027-01-15T10:00:00.000000000+02:00"),
    ),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_other_styles_pass(what: str) -> None:
    position, change = HARMLESS[what]
    assert failures(bend(perfect(LIFE), position, change)) == set()
