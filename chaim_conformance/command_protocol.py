"""What is said to a publisher that is no Lambda, and what is understood of its answer.

Such a publisher is a command, run once for each attempt: a request on stdin, an answer on stdout.
The forms are ``command-request.schema.json`` and ``command-answer.schema.json`` of the contract.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chaim_conformance.transcript import Answer, Outcome

PROTOCOL = "1.0"


def request_of(
    event: Mapping[str, Any], *, attempt: int, bundle: Path, deadline_ms: int
) -> dict[str, Any]:
    """The request that stands for a CloudFormation event; RequestId is the operation's id.

    ``attempt`` counts from 1; ``deadline_ms`` is in milliseconds since 1970.
    """
    return {
        "protocol": PROTOCOL,
        "operation": "delete" if event["RequestType"] == "Delete" else "publish",
        "operationId": event["RequestId"],
        "attempt": attempt,
        "bundle": str(bundle),
        "deadlineMs": deadline_ms,
    }


def read_answer_text(text: str) -> Answer | None:
    """The answer that a command printed; ``None`` where it is none.

    What ``data`` holds is for the clauses to judge: a wrong value in it is no lack of an answer.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("status") not in ("SUCCESS", "FAILED"):
        return None
    data = document.get("data")
    if not isinstance(data, dict | None):
        return None
    return Answer(status=document["status"], reason=str(document.get("reason") or ""), data=data)


def read_command_answer(outcome: Outcome) -> Answer:
    """What a deployment hears of a command, by how that ended."""
    if outcome.kind != "returned":
        return Answer(status="FAILED", reason=outcome.error_message)
    answer = read_answer_text(outcome.payload or "")
    said = "what it printed on stdout is no answer" if outcome.payload else "it printed no answer"
    return answer or Answer(status=None, reason=f"the command ended well, but {said}")
