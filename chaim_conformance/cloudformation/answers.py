"""What CloudFormation receives: the rules of its answer styles, over how an invocation ended.

Under CDK's Provider framework the handler's return value is the answer, and the framework fills
in the rest; in the raw style the handler PUTs a response document to ``ResponseURL`` itself. A
command is no CloudFormation resource: :mod:`chaim_conformance.command_protocol` reads its answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chaim_conformance.command_protocol import read_command_answer
from chaim_conformance.transcript import Answer, AnswerStyle, Exchange, Outcome

MAX_RESPONSE_BYTES = 4096
TOO_LONG = "Response object is too long."
CREATE_FAILED = "AWSCDK::CustomResourceProviderFramework::CREATE_FAILED"


def read_answer(
    style: AnswerStyle, event: Mapping[str, Any], outcome: Outcome, exchanges: Sequence[Exchange]
) -> Answer:
    """The answer of one attempt, as CloudFormation, or who deploys instead, would hear it."""
    if style == "provider-framework":
        return _through_framework(event, outcome)
    if style == "command":
        return read_command_answer(outcome)
    documents = [e for e in exchanges if e.endpoint == "response-url" and e.accepted]
    if not documents:
        return Answer(status=None, reason=f"nothing was PUT to ResponseURL; {_ending(outcome)}")
    return _from_document(event, documents[0].body)


def _through_framework(event: Mapping[str, Any], outcome: Outcome) -> Answer:
    kind = event["RequestType"]
    held = event.get("PhysicalResourceId")
    failed_id = CREATE_FAILED if kind == "Create" else held
    if outcome.kind != "returned":
        failed = Answer(status="FAILED", physical_resource_id=failed_id, reason=_ending(outcome))
        return _measured(event, failed, reason=_stack(outcome))
    try:
        payload = json.loads(outcome.payload or "")
    except ValueError:
        failed = Answer(
            status="FAILED", physical_resource_id=failed_id, reason="the payload is no JSON text"
        )
        return _measured(event, failed, reason=f"{failed.reason}: {outcome.payload}")
    result = payload if isinstance(payload, dict) else {}
    given = result.get("PhysicalResourceId")
    data = result.get("Data")
    physical_id = given or held or event["RequestId"]
    if kind == "Delete" and physical_id != held:
        failed = Answer(
            status="FAILED",
            physical_resource_id=str(physical_id),
            reason="DELETE: cannot change the physical resource ID",
        )
        return _measured(event, failed, reason=f"{failed.reason} from {held} to {physical_id}")
    succeeded = Answer(
        status="SUCCESS",
        physical_resource_id=str(physical_id),
        data=data if isinstance(data, dict) else None,
    )
    return _measured(event, succeeded, reason="SUCCESS", data=data)


def _measured(
    event: Mapping[str, Any], answer: Answer, *, reason: str, data: object = None
) -> Answer:
    """The answer with the size of the document that the framework makes of it."""
    document = {
        "Status": answer.status,
        "Reason": reason,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "PhysicalResourceId": answer.physical_resource_id,
        "LogicalResourceId": event["LogicalResourceId"],
    } | ({} if data is None else {"Data": data})
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_RESPONSE_BYTES:
        return Answer(status="FAILED", reason=TOO_LONG, size=size)
    return replace(answer, size=size)


def _stack(outcome: Outcome) -> str:
    """What the framework gives as the reason: the error's message, then its stack, if any."""
    return "\n".join((outcome.error_message or "error", "", "Logs: ", "", *outcome.trace[1:]))


def _from_document(event: Mapping[str, Any], body: bytes) -> Answer:
    size = len(body)
    if size > MAX_RESPONSE_BYTES:
        return Answer(status="FAILED", reason=TOO_LONG, size=size)
    try:
        document = json.loads(body)
    except ValueError:
        return Answer(status=None, reason="the document PUT to ResponseURL is not JSON", size=size)
    if not isinstance(document, dict):
        return Answer(
            status=None, reason="the document PUT to ResponseURL is no JSON object", size=size
        )
    for key in ("StackId", "RequestId", "LogicalResourceId"):
        if document.get(key) != event[key]:
            return Answer(status=None, reason=f"the document's {key} is not the event's", size=size)
    status = document.get("Status")
    physical_id = document.get("PhysicalResourceId")
    if status not in ("SUCCESS", "FAILED"):
        return Answer(status=None, reason=f"the document's Status is {status!r}", size=size)
    if not isinstance(physical_id, str) or not 1 <= len(physical_id.encode()) <= 1024:
        return Answer(status="FAILED", reason="Invalid PhysicalResourceId", size=size)
    data = document.get("Data")
    return Answer(
        status=status,
        physical_resource_id=physical_id,
        reason=str(document.get("Reason", "")),
        data=data if isinstance(data, dict) else None,
        size=size,
    )


def _ending(outcome: Outcome) -> str:
    """How the invocation ended, in the words of its caller."""
    detail = ": ".join(part for part in (outcome.error_type, outcome.error_message) if part)
    return f"the invocation {outcome.kind}" + (f" ({detail})" if detail else "")
