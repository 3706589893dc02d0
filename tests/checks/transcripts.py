"""Hand-made transcripts: what a perfect publisher would leave behind, to be bent by tests."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from chaim_conformance.checks import CHECKS
from chaim_conformance.scenario import Attempt, Bundle, Operation, Scenario
from chaim_conformance.transcript import (
    Answer,
    AttemptRecord,
    Credentials,
    Exchange,
    Outcome,
    Transcript,
)
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

NOW = 1_800_000_000.0
KEYS = Credentials(api_key="ck-ghjkmnpqGHJKMNPQghjkmnpq", api_secret="cs-QPNMKJHGqpnmkjhgQPNMKJHG")
UPLOAD_URL = "http://127.0.0.1:9/chaim-ingest/a%20b%2Bc.json?X-Amz-Date=20270115&X-Amz-Signature=00ff00ff00ff00ff00ff"

Bend = Callable[[AttemptRecord], AttemptRecord]


def sign(body: bytes, keys: Credentials = KEYS) -> str:
    return hmac.new(keys.api_secret.encode(), body, hashlib.sha256).hexdigest()


def rotated(times: int) -> Credentials:
    """The credentials after so many rotations."""
    turned = KEYS.api_key[3:][times:] + KEYS.api_key[3:][:times]
    return replace(KEYS, api_key=f"ck-{turned}") if times else KEYS


def presign_exchange(
    fields: dict[str, Any], *, target: str = "/ingest/presign", keys: Credentials = KEYS
) -> Exchange:
    body = json.dumps(fields, ensure_ascii=False).encode()
    return Exchange(
        endpoint="presign",
        method="POST",
        target=target,
        headers=(("x-chaim-key", keys.api_key), ("x-chaim-signature", sign(body, keys))),
        body=body,
        received_at=NOW,
        status=200,
        answer=json.dumps({"uploadUrl": UPLOAD_URL}).encode(),
        upload_url=UPLOAD_URL,
    )


def presign_fields_of(record: AttemptRecord) -> dict[str, Any]:
    return dict(json.loads(record.exchanges[0].body))


def upload_exchange(body: bytes, of: tuple[int, int]) -> Exchange:
    return Exchange(
        endpoint="bucket",
        method="PUT",
        target=UPLOAD_URL.removeprefix("http://127.0.0.1:9"),
        headers=(("Content-Type", "application/json"), ("Content-Length", str(len(body)))),
        body=body,
        received_at=NOW,
        status=200,
        answer=b"",
        upload_of=of,
    )


def perfect(scenario: Scenario) -> Transcript:
    """The transcript of a publisher that makes no mistake, when nothing is in its way."""
    records: list[AttemptRecord] = []
    physical_id = "invented"
    for index, operation in enumerate(scenario.operations):
        request_id = str(uuid.UUID(int=index + 1, version=4))
        event = {"RequestType": operation.request_type, "RequestId": request_id}
        if operation.request_type != "Create":
            event["PhysicalResourceId"] = physical_id
        for number, attempt in enumerate(operation.attempts):
            records.append(_attempt(scenario, index, number, attempt, event, len(records)))
        if operation.request_type == "Create":
            physical_id = request_id
    return Transcript(
        scenario=scenario,
        answer_style="provider-framework",
        credentials=tuple(
            rotated(n) for n in range(1 + sum(o.rotates for o in scenario.operations))
        ),
        attempts=tuple(records),
        operations=scenario.operations,
    )


def _attempt(
    scenario: Scenario,
    index: int,
    number: int,
    attempt: Attempt,
    event: dict[str, Any],
    position: int,
) -> AttemptRecord:
    operation = scenario.operations[index]
    bundle = scenario.bundles[operation.bundle]
    snapshot = json.loads(bundle.snapshot or "{}")
    body = (bundle.text or "").encode()
    rotations = sum(o.rotates for o in scenario.operations[: index + 1])
    if operation.request_type == "Delete":
        captured = {"capturedAt": datetime.fromtimestamp(NOW, UTC).isoformat()}
        body = json.dumps({**snapshot, "action": "DELETE", "schema": None, **captured}).encode()
    fields = {
        "appId": bundle.app_id,
        "eventId": event["RequestId"],
        "contentHash": "sha256:" + hashlib.sha256(body).hexdigest(),
        "timestamp": datetime.fromtimestamp(NOW, UTC).isoformat(),
        "nonce": str(uuid.UUID(int=1000 + position, version=4)),
    }
    return AttemptRecord(
        operation=index,
        attempt=number,
        request_type=operation.request_type,
        start=attempt.start,
        event=event,
        outcome=Outcome(kind="returned", payload="{}"),
        answer=Answer(
            status="SUCCESS",
            physical_resource_id=event.get("PhysicalResourceId", event["RequestId"]),
            data={
                "EventId": fields["eventId"],
                "IngestStatus": "SUCCESS",
                "ContentHash": fields["contentHash"],
            },
            size=600,
        ),
        exchanges=(
            presign_exchange(fields, keys=rotated(rotations)),
            upload_exchange(body, (position, 0)),
        ),
        stdout=f"published {number}\n",
        stderr="",
    )


def failing(
    record: AttemptRecord, *, status: str, log: str = "ingestion failed: 503\n"
) -> AttemptRecord:
    """The attempt as it ends when presign refuses it."""
    presign = replace(record.exchanges[0], status=503, upload_url=None, answer=b"{}")
    failed = {**(record.answer.data or {}), "IngestStatus": "FAILED"}
    data = failed if status == "SUCCESS" else None
    answer = replace(record.answer, status=status, data=data)  # type: ignore[arg-type]
    return replace(record, exchanges=(presign,), answer=answer, stdout=log)


def bend(t: Transcript, position: int, change: Bend) -> Transcript:
    """The transcript with one attempt changed."""
    records = list(t.attempts)
    records[position] = change(records[position])
    return replace(t, attempts=tuple(records))


def resend(record: AttemptRecord, **fields: Any) -> AttemptRecord:
    """The attempt with other fields in its presign body, signed anew; None takes a field out."""
    sent = {**json.loads(record.exchanges[0].body), **fields}
    kept = {key: value for key, value in sent.items() if value is not None}
    data = {**(record.answer.data or {}), "EventId": kept.get("eventId")}
    return replace(
        record,
        exchanges=(presign_exchange(kept), *record.exchanges[1:]),
        answer=replace(record.answer, data=data),
    )


def reupload(record: AttemptRecord, body: bytes, *, rehash: bool = True) -> AttemptRecord:
    """The attempt with other bytes uploaded, and their hash submitted."""
    headers = (("Content-Type", "application/json"), ("Content-Length", str(len(body))))
    upload = replace(record.exchanges[1], body=body, headers=headers)
    changed = replace(record, exchanges=(record.exchanges[0], upload))
    digest = "sha256:" + hashlib.sha256(body).hexdigest()
    if not rehash:
        return changed
    answer = replace(changed.answer, data={**(changed.answer.data or {}), "ContentHash": digest})
    return resend(replace(changed, answer=answer), contentHash=digest)


def told(record: AttemptRecord, **data: Any) -> AttemptRecord:
    """The attempt with other data in its answer; None takes an item out."""
    items = {**(record.answer.data or {}), **data}
    kept = {key: value for key, value in items.items() if value is not None}
    return replace(record, answer=replace(record.answer, data=kept))


def edit(record: AttemptRecord, **fields: Any) -> AttemptRecord:
    """The attempt with fields of the uploaded document changed."""
    document = {**json.loads(record.exchanges[1].body), **fields}
    return reupload(record, json.dumps(document).encode())


def judged(clause: str, t: Transcript) -> list[Finding]:
    return list(CHECKS[clause](t))


def verdict(clause: str, t: Transcript) -> str:
    """See :func:`in_short`."""
    return in_short(judged(clause, t))


def in_short(findings: list[Finding]) -> str:
    """``pass``, ``fail``, ``blocked by …``, or ``nothing`` where it was not put to the test."""
    if any(isinstance(finding, Violation) for finding in findings):
        return "fail"
    blocked = [finding.by for finding in findings if isinstance(finding, Blocked)]
    if blocked:
        return f"blocked by {blocked[0]}"
    return "pass" if any(isinstance(finding, Upheld) for finding in findings) else "nothing"


def failures(t: Transcript) -> set[str]:
    """The clauses that this transcript violates."""
    return {clause for clause in CHECKS if verdict(clause, t) == "fail"}


def life(*bundles: Bundle, operations: tuple[Operation, ...]) -> Scenario:
    return Scenario(bundles=bundles, operations=operations)
