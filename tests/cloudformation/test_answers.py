"""What CloudFormation hears, by the rules of both answer styles."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest

from chaim_conformance.cloudformation import Stack, answered_without_handler, read_answer
from chaim_conformance.cloudformation.framework import CREATE_FAILED
from chaim_conformance.scenario import Operation
from chaim_conformance.transcript import Answer, Exchange, Objection, Outcome

RESOURCE = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "l"}
CREATE = {"RequestType": "Create", **RESOURCE}
UPDATE = {"RequestType": "Update", "PhysicalResourceId": "old", **RESOURCE}
DELETE = {"RequestType": "Delete", "PhysicalResourceId": "old", **RESOURCE}
RAISED = Outcome(kind="raised", error_type="IngestError", error_message="no")


def returned(payload: Any) -> Outcome:
    return Outcome(kind="returned", payload=json.dumps(payload))


# The framework's rules in short; tests/framework holds them against its own code.
FRAMEWORK = [
    (CREATE, returned({}), "SUCCESS", "r"),
    (CREATE, returned({"PhysicalResourceId": "new"}), "SUCCESS", "new"),
    (CREATE, RAISED, "FAILED", CREATE_FAILED),
    (UPDATE, returned({}), "SUCCESS", "old"),
    (UPDATE, returned({"PhysicalResourceId": "new"}), "SUCCESS", "new"),
    (UPDATE, RAISED, "FAILED", "old"),
    (DELETE, returned({}), "SUCCESS", "old"),
    (DELETE, returned({"PhysicalResourceId": "new"}), "FAILED", "old"),
    (UPDATE, returned(None), "SUCCESS", "old"),
    (UPDATE, Outcome(kind="returned", payload=""), "SUCCESS", "old"),
    (UPDATE, returned("text"), "SUCCESS", "old"),
    (UPDATE, returned([1]), "SUCCESS", "old"),
    (UPDATE, Outcome(kind="returned", payload="{"), "FAILED", "old"),
    (UPDATE, returned({"PhysicalResourceId": "x" * 1025}), "FAILED", None),
    (UPDATE, returned({"RequestId": "other"}), None, None),
    (UPDATE, Outcome(kind="timed-out"), "FAILED", "old"),
    (UPDATE, Outcome(kind="crashed"), "FAILED", "old"),
    (UPDATE, Outcome(kind="init-failed"), "FAILED", "old"),
]


def test_half_a_character_is_no_trouble() -> None:
    payload = '{"Data": {"Error": "cut \\ud83e"}}'
    answer = read_answer(
        "provider-framework", UPDATE, Outcome(kind="returned", payload=payload), ()
    )
    assert answer.status == "SUCCESS"
    assert answer.data == {"Error": "cut \ud83e"}


@pytest.mark.parametrize(("event", "outcome", "status", "physical_id"), FRAMEWORK)
def test_provider_framework(
    event: dict[str, Any], outcome: Outcome, status: str | None, physical_id: str | None
) -> None:
    answer = read_answer("provider-framework", event, outcome, ())
    assert (answer.status, answer.physical_resource_id) == (status, physical_id)


def test_a_failure_says_why_in_one_line() -> None:
    refused = read_answer("provider-framework", DELETE, returned({"PhysicalResourceId": "new"}), ())
    assert refused.reason == (
        'DELETE: cannot change the physical resource ID from "old" to "new" during deletion'
    )
    assert "no" in read_answer("provider-framework", UPDATE, RAISED, ()).reason


def test_a_delete_after_a_failed_create_never_reaches_the_handler_under_the_framework() -> None:
    leftover = {**DELETE, "PhysicalResourceId": CREATE_FAILED}
    answer = answered_without_handler("provider-framework", leftover)
    assert answer is not None
    assert (answer.status, answer.physical_resource_id) == ("SUCCESS", CREATE_FAILED)
    for event in (DELETE, UPDATE, CREATE):
        assert answered_without_handler("provider-framework", event) is None
    assert answered_without_handler("response-url", leftover) is None


def put(document: object, *objections: Objection) -> Exchange:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Exchange(
        endpoint="response-url",
        method="PUT",
        target="/",
        headers=(),
        body=body,
        received_at=0.0,
        status=200,
        answer=b"",
        objections=objections,
    )


GOOD = {"Status": "SUCCESS", "PhysicalResourceId": "p", "Data": {"a": 1}, "Reason": "", **RESOURCE}


def raw(*documents: object) -> Answer:
    return read_answer("response-url", UPDATE, RAISED, [put(document) for document in documents])


def test_raw_answer_counts_even_if_the_handler_then_raises() -> None:
    answer = raw(GOOD)
    size = len(json.dumps(GOOD))
    assert answer == Answer(status="SUCCESS", physical_resource_id="p", data={"a": 1}, size=size)


def test_first_raw_answer_wins() -> None:
    assert raw(GOOD, {**GOOD, "Status": "FAILED"}).status == "SUCCESS"
    assert raw({**GOOD, "Status": "FAILED"}, GOOD).status == "FAILED"


def test_what_the_handler_puts_itself_comes_before_the_frameworks_answer() -> None:
    sent = [put({**GOOD, "Status": "FAILED", "Reason": "mine"})]
    answer = read_answer("provider-framework", UPDATE, returned({}), sent)
    assert (answer.status, answer.reason) == ("FAILED", "mine")


CHUNKED = Objection(status=501, code="NotImplemented", message="A header you provided")


def test_an_answer_that_s3_refuses_is_not_heard() -> None:
    refused = put({**GOOD, "Status": "FAILED"}, CHUNKED)
    answer = read_answer("response-url", UPDATE, RAISED, [refused])
    assert answer.status is None
    assert answer.reason == "S3 refuses the PUT to ResponseURL: 501 NotImplemented"
    assert read_answer("response-url", UPDATE, RAISED, [refused, put(GOOD)]).status == "SUCCESS"


@pytest.mark.parametrize("physical_id", ["x", "x" * 1024, "é" * 512, " ", "\ud83e"])
def test_ids_of_one_byte_to_one_kilobyte(physical_id: str) -> None:
    answer = raw({**GOOD, "PhysicalResourceId": physical_id})
    assert (answer.status, answer.physical_resource_id) == ("SUCCESS", physical_id)


def test_a_document_of_4096_bytes_is_heard() -> None:
    document = {**GOOD, "Data": {"a": ""}}
    document["Data"] = {"a": "x" * (4096 - len(json.dumps(document)))}
    assert (raw(document).status, raw(document).size) == ("SUCCESS", 4096)
    longer = raw(json.dumps(document).encode() + b" ")
    assert longer == Answer(status="FAILED", reason="Response object is too long.", size=4097)


@pytest.mark.parametrize(
    ("document", "status", "reason"),
    [
        ({**GOOD, "Data": "x" * 4096}, "FAILED", "too long"),
        ({**GOOD, "PhysicalResourceId": ""}, "FAILED", "Invalid PhysicalResourceId"),
        ({**GOOD, "PhysicalResourceId": "x" * 1025}, "FAILED", "Invalid PhysicalResourceId"),
        ({**GOOD, "PhysicalResourceId": "é" * 513}, "FAILED", "Invalid PhysicalResourceId"),
        ({**GOOD, "PhysicalResourceId": 5}, "FAILED", "Invalid PhysicalResourceId"),
        ({**GOOD, "PhysicalResourceId": None}, "FAILED", "Invalid PhysicalResourceId"),
        ({k: v for k, v in GOOD.items() if k != "PhysicalResourceId"}, "FAILED", "Invalid"),
        ({**GOOD, "RequestId": "other"}, None, "RequestId"),
        ({**GOOD, "StackId": "other"}, None, "StackId"),
        ({**GOOD, "LogicalResourceId": None}, None, "LogicalResourceId"),
        ({**GOOD, "Status": "OK"}, None, "'OK'"),
        ({**GOOD, "Data": float("nan")}, None, "not JSON"),
        (b"<xml/>", None, "not JSON"),
        (b"", None, "not JSON"),
        (b"\xff{}", None, "not JSON"),
        ([1], None, "no JSON object"),
    ],
)
def test_raw_answers_that_do_not_count(document: object, status: str | None, reason: str) -> None:
    answer = raw(document)
    assert answer.status == status
    assert reason in answer.reason


def test_raw_handler_that_never_answers_is_not_heard() -> None:
    answer = read_answer("response-url", UPDATE, returned({"PhysicalResourceId": "p"}), ())
    assert answer.status is None


def test_a_command_says_itself_whether_it_succeeded() -> None:
    data = {"EventId": "no UUID, which is for H02 to judge"}
    said = returned({"status": "FAILED", "reason": "refused", "data": data})
    answer = read_answer("command", DELETE, said, ())
    assert answer == Answer(status="FAILED", reason="refused", data=data)


def test_a_resource_holds_the_id_of_its_last_success() -> None:
    stack = Stack("one")

    def event(kind: Any, answer: Answer, bundle: int = 0) -> dict[str, Any]:
        requests = stack.listed(Operation(request_type=kind, bundle=bundle))
        made = stack.event(next(requests), request_id="r", response_url="...")
        with suppress(StopIteration):
            requests.send(answer)
        return made

    failed = Answer(status="FAILED", physical_resource_id="failed")
    assert "PhysicalResourceId" not in event("Create", failed)
    invented = event("Delete", failed)["PhysicalResourceId"]
    assert 1 <= len(invented) <= 1024
    succeeded = Answer(status="SUCCESS", physical_resource_id="mine")
    assert event("Delete", succeeded)["PhysicalResourceId"] == invented
    update = event("Update", succeeded, bundle=1)
    assert update["PhysicalResourceId"] == "mine"
    assert update["OldResourceProperties"] != update["ResourceProperties"]
