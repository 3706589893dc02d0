"""What is heard of an attempt, and what that means: CloudFormation's rules, and a command's.

In the raw style the handler PUTs a response document to ``ResponseURL`` itself; under CDK's
Provider framework its return value becomes one (``framework.py``). Either way CloudFormation reads
a document, by the same rules. A command is no CloudFormation resource:
:mod:`chaim_conformance.command_protocol` reads its answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chaim_conformance.cloudformation import framework
from chaim_conformance.command_protocol import read_command_answer
from chaim_conformance.transcript import Answer, AnswerStyle, Exchange, Outcome

MAX_RESPONSE_BYTES = 4096
MAX_ID_BYTES = 1024
TOO_LONG = "Response object is too long."
INVALID_ID = "Invalid PhysicalResourceId"


def read_answer(
    style: AnswerStyle, event: Mapping[str, Any], outcome: Outcome, exchanges: Sequence[Exchange]
) -> Answer:
    """The answer of one attempt, as CloudFormation, or who deploys instead, would hear it.

    Of several documents PUT to ResponseURL the first counts that S3 takes; the framework's comes
    after what the handler sent.
    """
    if style == "command":
        return read_command_answer(outcome)
    sent = [e for e in exchanges if e.endpoint == "response-url"]
    if taken := [e for e in sent if e.accepted and not e.objections]:
        return understood(event, taken[0].body)
    if style == "provider-framework":
        return _from_framework(event, outcome)
    reason = f"nothing was PUT to ResponseURL; {_ending(outcome)}"
    if refused := [e.objections[0] for e in sent if e.objections]:
        why = refused[0]
        reason = f"S3 refuses the {sent[0].method} to ResponseURL: {why.status} {why.code}"
    return Answer(status=None, reason=reason)


def answered_without_handler(style: AnswerStyle, event: Mapping[str, Any]) -> Answer | None:
    """The answer to an event that never reaches the handler; ``None`` where it is delivered."""
    if style == "provider-framework" and framework.skips_handler(event):
        return _from_framework(event, None)
    return None


def understood(event: Mapping[str, Any], body: bytes) -> Answer:
    """What CloudFormation makes of a document that arrived for this event."""
    size = len(body)
    if size > MAX_RESPONSE_BYTES:
        return Answer(status="FAILED", reason=TOO_LONG, size=size)
    try:
        document = framework.parse(body)
    except ValueError:
        return Answer(status=None, reason="the document PUT to ResponseURL is not JSON", size=size)
    if not isinstance(document, dict):
        return Answer(
            status=None, reason="the document PUT to ResponseURL is no JSON object", size=size
        )
    for key in framework.IDENTIFYING:
        if document.get(key) != event[key]:
            return Answer(status=None, reason=f"the document's {key} is not the event's", size=size)
    status = document.get("Status")
    if status not in ("SUCCESS", "FAILED"):
        return Answer(status=None, reason=f"the document's Status is {status!r}", size=size)
    physical_id = document.get("PhysicalResourceId")
    if not isinstance(physical_id, str) or not 1 <= _length(physical_id) <= MAX_ID_BYTES:
        return Answer(status="FAILED", reason=INVALID_ID, size=size)
    data = document.get("Data")
    return Answer(
        status=status,
        physical_resource_id=physical_id,
        reason=str(document.get("Reason", "")),
        data=data if isinstance(data, dict) else None,
        size=size,
    )


def _from_framework(event: Mapping[str, Any], outcome: Outcome | None) -> Answer:
    """As any answer, with a reason in fewer words than the framework's, which holds a stack."""
    document = framework.response_document(event, outcome)
    answer = understood(event, framework.encoded(document))
    if answer.reason != document["Reason"]:
        return answer  # the words are CloudFormation's own
    if answer.status == "SUCCESS":
        return replace(answer, reason="")
    if outcome is not None and outcome.kind != "returned":
        return replace(answer, reason=_ending(outcome))
    said = answer.reason.removeprefix("Error: ").removesuffix(framework.FRAMES)
    return replace(answer, reason=said)


def _length(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _ending(outcome: Outcome) -> str:
    """How the invocation ended, in the words of its caller."""
    detail = ": ".join(part for part in (outcome.error_type, outcome.error_message) if part)
    return f"the invocation {outcome.kind}" + (f" ({detail})" if detail else "")
