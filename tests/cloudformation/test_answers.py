"""What CloudFormation hears, by the rules of both answer styles."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chaim_conformance.cloudformation import CustomResource, read_answer
from chaim_conformance.cloudformation.answers import CREATE_FAILED
from chaim_conformance.transcript import Answer, Exchange, Outcome

RESOURCE = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "l"}
CREATE = {"RequestType": "Create", **RESOURCE}
UPDATE = {"RequestType": "Update", "PhysicalResourceId": "old", **RESOURCE}
DELETE = {"RequestType": "Delete", "PhysicalResourceId": "old", **RESOURCE}
RAISED = Outcome(kind="raised", error_type="IngestError", error_message="no")


def returned(payload: Any) -> Outcome:
    return Outcome(kind="returned", payload=json.dumps(payload))


# The framework's rules, as its own unmodified code was seen to apply them.
FRAMEWORK = [
    (CREATE, returned({}), "SUCCESS", "r"),
    (CREATE, returned({"PhysicalResourceId": "new"}), "SUCCESS", "new"),
    (CREATE, RAISED, "FAILED", CREATE_FAILED),
    (UPDATE, returned({}), "SUCCESS", "old"),
    (UPDATE, returned({"PhysicalResourceId": "new"}), "SUCCESS", "new"),
    (UPDATE, RAISED, "FAILED", "old"),
    (DELETE, returned({}), "SUCCESS", "old"),
    (DELETE, returned({"PhysicalResourceId": "new"}), "FAILED", "new"),
    (UPDATE, returned(None), "SUCCESS", "old"),
    (UPDATE, returned("text"), "SUCCESS", "old"),
    (UPDATE, returned([1]), "SUCCESS", "old"),
    (UPDATE, Outcome(kind="returned", payload="{"), "FAILED", "old"),
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
    event: dict[str, Any], outcome: Outcome, status: str, physical_id: str
) -> None:
    answer = read_answer("provider-framework", event, outcome, ())
    assert (answer.status, answer.physical_resource_id) == (status, physical_id)


def put(document: object) -> Exchange:
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


@pytest.mark.parametrize(
    ("document", "status", "reason"),
    [
        ({**GOOD, "Data": "x" * 4096}, "FAILED", "too long"),
        ({**GOOD, "PhysicalResourceId": ""}, "FAILED", "Invalid PhysicalResourceId"),
        ({**GOOD, "PhysicalResourceId": "x" * 1025}, "FAILED", "Invalid PhysicalResourceId"),
        ({**GOOD, "RequestId": "other"}, None, "RequestId"),
        ({**GOOD, "Status": "OK"}, None, "'OK'"),
        (b"<xml/>", None, "not JSON"),
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
    resource = CustomResource("one")

    def event(kind: Any) -> dict[str, Any]:
        return resource.event(kind, request_id="r", fingerprint=kind, response_url="...")

    assert "PhysicalResourceId" not in event("Create")
    invented = event("Delete")["PhysicalResourceId"]
    assert 1 <= len(invented) <= 1024
    resource.take(Answer(status="FAILED", physical_resource_id="failed"))
    assert event("Delete")["PhysicalResourceId"] == invented
    resource.take(Answer(status="SUCCESS", physical_resource_id="mine"))
    update = event("Update")
    assert update["PhysicalResourceId"] == "mine"
    assert update["OldResourceProperties"] != update["ResourceProperties"]
