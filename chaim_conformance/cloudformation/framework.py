"""What CDK's Provider framework PUTs to ResponseURL for a handler that returned, or did not.

The framework runs in a function of its own between CloudFormation and the handler. Its rules are
JavaScript's: whatever counts as false is as good as left out, and whatever is no object has no
members. ``tests/framework`` compares this module with the framework's own code.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from chaim_conformance.transcript import Outcome

CREATE_FAILED = "AWSCDK::CustomResourceProviderFramework::CREATE_FAILED"
MISSING_ID = "AWSCDK::CustomResourceProviderFramework::MISSING_PHYSICAL_ID"
ID_CHANGED = "DELETE: cannot change the physical resource ID"
# The handler's function, as the drivers call it.
FUNCTION = "chaim-publisher"
IDENTIFYING = ("StackId", "RequestId", "LogicalResourceId")

# An error without a stack of its own comes with the framework's, and its bytes count (H60). Lines
# and columns differ from version to version.
FRAMES = """
    at invokeUserFunction (/var/task/framework.js:2:6)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async onEvent (/var/task/framework.js:1:1411)
    at async Runtime.handler (/var/task/cfn-response.js:1:2898)"""


def skips_handler(event: Mapping[str, Any]) -> bool:
    """Whether the framework answers the event itself, with SUCCESS.

    It does so for the Delete that follows a Create that failed under it.
    """
    return event["RequestType"] == "Delete" and event.get("PhysicalResourceId") == CREATE_FAILED


def response_document(event: Mapping[str, Any], outcome: Outcome | None) -> dict[str, Any]:
    """The document for an event, after the handler's invocation ended as ``outcome`` says.

    ``None`` where the handler was not invoked at all. What the handler returned is laid over the
    event, so that it may replace more than it should.
    """
    if outcome is None:
        return _document("SUCCESS", event)
    if outcome.kind != "returned":
        return _failure(event, _stack(outcome))
    text = (outcome.payload or "").removeprefix("\ufeff")
    try:
        result = parse(text) if text else {}
    except ValueError:
        words = f'return values from user-handlers must be JSON objects. got: "{text}"'
        return _failure(event, f"Error: {words}{FRAMES}")
    members = result if isinstance(result, dict) else {}
    given, held = members.get("PhysicalResourceId"), event.get("PhysicalResourceId")
    default = event["RequestId"] if event["RequestType"] == "Create" else held
    physical_id = given if _is_true(given) else default
    if event["RequestType"] == "Delete" and physical_id != held:
        words = f'{ID_CHANGED} from "{_text(held)}" to "{_text(given)}" during deletion'
        return _failure(event, f"Error: {words}{FRAMES}")
    answered = {**event, **members, "PhysicalResourceId": physical_id}
    if answered.get("ResponseURL") != event.get("ResponseURL"):
        # It tries there, until it gives up and tells CloudFormation.
        return _failure(event, f"Error: the handler returned another ResponseURL{FRAMES}")
    return _document("SUCCESS", answered)


def encoded(document: Mapping[str, Any]) -> bytes:
    """The bytes of a document, as JavaScript writes JSON."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")  # which is how it writes half a character


def parse(text: str | bytes) -> Any:
    """The value of a JSON text, without Python's additions to JSON and with JavaScript's numbers.

    Raises :class:`ValueError` where it is none, or one that nests too deep.
    """
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_number, parse_int=_number)
    except RecursionError as error:
        raise ValueError("it nests too deep") from error


def _failure(event: Mapping[str, Any], reason: str) -> dict[str, Any]:
    held = event.get("PhysicalResourceId")
    if not held and event["RequestType"] == "Create":
        held = CREATE_FAILED
    return _document("FAILED", {**event, "PhysicalResourceId": held}, reason)


def _document(status: str, answered: Mapping[str, Any], reason: str = "") -> dict[str, Any]:
    physical_id = answered.get("PhysicalResourceId")
    document = {
        "Status": status,
        "Reason": reason or status,
        "StackId": answered.get("StackId"),
        "RequestId": answered.get("RequestId"),
        "PhysicalResourceId": physical_id if _is_true(physical_id) else MISSING_ID,
        "LogicalResourceId": answered.get("LogicalResourceId"),
    }
    if _is_true(answered.get("NoEcho")):
        document["NoEcho"] = True
    if "Data" in answered:
        document["Data"] = answered["Data"]
    return document


def _stack(outcome: Outcome) -> str:
    """The error's message and where its log is, then the stack that it came with, if any."""
    message = f"{outcome.error_message or 'error'}\n\nLogs: /aws/lambda/{FUNCTION}\n"
    if outcome.trace:
        return "\n".join((message, *outcome.trace[1:]))
    return f"Error: {message}{FRAMES}"


def _is_true(value: object) -> bool:
    return isinstance(value, dict | list) or bool(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _number(text: str) -> int | float | None:
    value = float(text)
    if not math.isfinite(value):
        return None  # what JavaScript writes for it
    return int(value) if value.is_integer() and abs(value) < 1e21 else value


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
