"""The kit's Provider framework beside the real one: what each makes of the same invocation.

`tox -e cdk` fetches the real one. Its code is run as it is; only AWS is missing.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaim_conformance.cloudformation import answered_without_handler, read_answer
from chaim_conformance.cloudformation.answers import MAX_RESPONSE_BYTES, TOO_LONG, understood
from chaim_conformance.cloudformation.framework import (
    CREATE_FAILED,
    FRAMES,
    FUNCTION,
    encoded,
    response_document,
)
from chaim_conformance.drivers import lambda_environment
from chaim_conformance.transcript import Answer, Outcome

RUNTIME = os.environ.get("PROVIDER_FRAMEWORK", "")
DRIVER = Path(__file__).with_name("driver.js")
PATIENCE = 60
OWN_STACK = re.compile(r"(\n    at [^\n]*(/var/task/|node:)[^\n]*)+$")
# Lines and columns of the framework's own stack are not the kit's to know (bytes).
LEEWAY = 150
STYLE = "provider-framework"

needs_the_framework = pytest.mark.skipif(
    not Path(RUNTIME, "framework.js").is_file() or not RUNTIME,
    reason="PROVIDER_FRAMEWORK names no folder with the framework's code; `tox -e cdk` does",
)

RESOURCE = {
    "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/s/1",
    "RequestId": "6b1f3c0e-59a4-4c5e-8f3f-1d8e4a5b6c7d",
    "LogicalResourceId": "ChaimBinding",
    "ResourceType": "Custom::ChaimBinding",
    "ResponseURL": "https://bucket.example/key%7Cwith?X-Amz-Signature=0a",
    "ResourceProperties": {"ServiceToken": "arn"},
}
CREATE = {"RequestType": "Create", **RESOURCE}
UPDATE = {"RequestType": "Update", "PhysicalResourceId": "old", **RESOURCE}
DELETE = {"RequestType": "Delete", "PhysicalResourceId": "old", **RESOURCE}
EVENTS = {
    "Create": CREATE,
    "Update": UPDATE,
    "Delete": DELETE,
    "Update without an id": {**UPDATE, "PhysicalResourceId": ""},
    "Delete without an id": {**DELETE, "PhysicalResourceId": ""},
    "Delete after a failed Create": {**DELETE, "PhysicalResourceId": CREATE_FAILED},
}


def returned(payload: str | None) -> Outcome:
    return Outcome(kind="returned", payload=payload)


def raised(message: str, *trace: str) -> Outcome:
    return Outcome(kind="raised", error_type="E", error_message=message, trace=trace)


PAYLOADS = {
    "no id": "{}",
    "the same id": '{"PhysicalResourceId": "old"}',
    "another id": '{"PhysicalResourceId": "new"}',
    "an id of 1024 bytes": json.dumps({"PhysicalResourceId": "é" * 512}, ensure_ascii=False),
    "an id of 1026 bytes": json.dumps({"PhysicalResourceId": "é" * 513}, ensure_ascii=False),
    "an empty id": '{"PhysicalResourceId": ""}',
    "null for an id": '{"PhysicalResourceId": null}',
    "false for an id": '{"PhysicalResourceId": false}',
    "true for an id": '{"PhysicalResourceId": true}',
    "a number for an id": '{"PhysicalResourceId": 5}',
    "zero for an id": '{"PhysicalResourceId": 0}',
    "an empty list for an id": '{"PhysicalResourceId": []}',
    "an object for an id": '{"PhysicalResourceId": {}}',
    "null": "null",
    "true": "true",
    "a string": '"text"',
    "a number": "5",
    "a list": '[{"PhysicalResourceId": "new"}]',
    "nothing": "",
    "undefined": None,
    "white space": " ",
    "a byte order mark": "\ufeff{}",
    "no JSON": "{",
    "a secret that is no JSON": 'apiKey="x"',
    "Python's NaN": '{"Data": {"a": NaN}}',
    "Data": '{"Data": {"IngestStatus": "SUCCESS"}}',
    "no members in Data": '{"Data": {}}',
    "null for Data": '{"Data": null}',
    "a list for Data": '{"Data": [1, 2]}',
    "a string for Data": '{"Data": "text"}',
    "numbers in Data": '{"Data": {"a": 1.0, "b": 1e3, "c": -0.0, "d": 0.5, "e": 1e21, "f": 1e999}}',
    "half a character in Data": '{"Data": {"Error": "cut \\ud83e"}}',
    "other characters in Data": '{"Data": {"Error": "\\u0000\\u007f\\u2028\\ud83e\\udd16é\\"/"}}',
    "members of the prototype": '{"__proto__": {"Data": 1}, "constructor": 1}',
    "a long answer": json.dumps({"Data": {"Error": "x" * 4096}}),
    "NoEcho": '{"NoEcho": true, "Data": {"a": 1}}',
    "not NoEcho": '{"NoEcho": "", "Data": {"a": 1}}',
    "its own Status": '{"Status": "FAILED", "Reason": "no"}',
    "another RequestId": '{"RequestId": "other"}',
    "null for StackId": '{"StackId": null}',
    "another LogicalResourceId": '{"LogicalResourceId": "other"}',
    "another RequestType": '{"RequestType": "Create"}',
    "another ResponseURL": '{"ResponseURL": "..."}',
    "a number for ResponseURL": '{"ResponseURL": 5}',
    "the whole event": json.dumps({**UPDATE, "Data": {"a": 1}}),
}
OUTCOMES = {
    **{f"returned {name}": returned(payload) for name, payload in PAYLOADS.items()},
    "raised": raised("no"),
    "raised without a message": raised(""),
    "raised with a trace": raised("no", "E: no", "    at a (/var/task/index.js:1:1)", "    at b"),
    "raised with a trace of one line": raised("no", "E: no"),
    "raised with a long message": raised("x" * 3700),
    "raised with a message too long": raised("x" * 4000),
    "timed out": Outcome(
        kind="timed-out",
        error_type="Sandbox.Timedout",
        error_message="RequestId: r Error: Task timed out after 3.00 seconds",
    ),
    "crashed": Outcome(
        kind="crashed", error_type="Runtime.ExitError", error_message="RequestId: r Error: exit"
    ),
    "could not be loaded": Outcome(
        kind="init-failed", error_type="Runtime.ImportModuleError", error_message="no module"
    ),
}


@dataclass(frozen=True)
class Sent:
    """What the real framework sent, and the event as the handler got it."""

    document: dict[str, Any]
    size: int
    invoked: dict[str, Any] | None


class Framework:
    """The real framework in a Node process, one case at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def answer(self, event: dict[str, Any], outcome: Outcome) -> Sent:
        case = {"event": event, "response": _invocation(outcome)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        watchdog = threading.Timer(PATIENCE, self._process.kill)
        watchdog.start()
        try:
            self._process.stdin.write(json.dumps(case) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            watchdog.cancel()
            watchdog.join()
        assert line, "the driver ended"
        return Sent(**json.loads(line))


def _invocation(outcome: Outcome) -> dict[str, Any]:
    """What Lambda answers to the framework's Invoke."""
    if outcome.kind == "returned":
        return {} if outcome.payload is None else {"Payload": outcome.payload}
    error: dict[str, Any] = {
        "errorType": outcome.error_type,
        "errorMessage": outcome.error_message,
    }
    if outcome.trace:
        error["trace"] = outcome.trace
    return {"FunctionError": "Unhandled", "Payload": json.dumps(error)}


@pytest.fixture(scope="module")
def framework() -> Iterator[Framework]:
    with subprocess.Popen(
        ["node", "--no-deprecation", DRIVER, RUNTIME],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            yield Framework(process)
        finally:
            process.kill()


def compare(framework: Framework, event: dict[str, Any], outcome: Outcome) -> None:
    """Document, its bytes, and what CloudFormation makes of it."""
    sent = framework.answer(event, outcome)
    skipped = answered_without_handler(STYLE, event)
    assert (skipped is None) == (sent.invoked is not None)
    assert sent.invoked in (None, event)
    assert len(encoded(sent.document)) == sent.size

    ours = response_document(event, None if skipped else outcome)
    own_stack = FRAMES in ours["Reason"]
    assert own_stack == ("/var/task/cfn-response.js" in sent.document["Reason"])
    exact = says_the_same(event, outcome)
    assert encoded(essence(ours, exact)) == encoded(essence(sent.document, exact))
    if exact:
        assert abs(len(encoded(ours)) - sent.size) <= (LEEWAY if own_stack else 0)

    answer = skipped or read_answer(STYLE, event, outcome, ())
    heard = understood(event, encoded(sent.document))
    if own_stack and abs(sent.size - MAX_RESPONSE_BYTES) <= LEEWAY:
        return
    assert essentials(answer) == essentials(heard)
    if outcome.kind != "returned" and heard.reason != TOO_LONG and not skipped:
        assert outcome.error_message in answer.reason


def essence(document: dict[str, Any], exact: bool) -> dict[str, Any]:
    """The document without the framework's own stack, and without a reason that may differ."""
    return document | {"Reason": OWN_STACK.sub("", document["Reason"]) if exact else ""}


def says_the_same(event: dict[str, Any], outcome: Outcome) -> bool:
    """Whether the reason is the real one's: the words for odd values are the kit's own."""
    try:
        result = json.loads(outcome.payload or "")
    except ValueError:
        return True
    if not isinstance(result, dict):
        return True
    odd_id = not isinstance(result.get("PhysicalResourceId", ""), str)
    return not odd_id and result.get("ResponseURL", event["ResponseURL"]) == event["ResponseURL"]


def essentials(answer: Answer) -> tuple[object, ...]:
    return answer.status, answer.physical_resource_id, answer.data


@needs_the_framework
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_named_cases(framework: Framework, outcome: str) -> None:
    for event in EVENTS.values():
        compare(framework, event, OUTCOMES[outcome])


IDS = st.sampled_from(["old", "new", "", CREATE_FAILED]) | st.text(max_size=1030)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.integers(-99, 99).map(lambda n: n / 8)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
RESULTS = st.fixed_dictionaries(
    {},
    optional={
        "PhysicalResourceId": IDS | VALUES,
        "Data": VALUES,
        "NoEcho": VALUES,
        "Status": VALUES,
        "Reason": VALUES,
        "StackId": VALUES,
        "RequestId": VALUES,
    },
)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
PAYLOAD_TEXTS = (
    (RESULTS | VALUES).map(json.dumps)
    | (RESULTS | VALUES).map(lambda value: encoded({"Data": value}).decode())
    | TEXTS
    | st.none()
)
OUTCOME_VALUES = st.builds(returned, PAYLOAD_TEXTS) | st.builds(
    lambda message, trace: raised(message, *trace),
    TEXTS | st.integers(3000, 5000).map(lambda length: "x" * length),
    st.lists(TEXTS, max_size=4),
)


@needs_the_framework
@settings(max_examples=1000, deadline=None, derandomize=True, database=None)
@given(event=st.sampled_from(list(EVENTS.values())), outcome=OUTCOME_VALUES)
def test_drawn_cases(framework: Framework, event: dict[str, Any], outcome: Outcome) -> None:
    compare(framework, event, outcome)


def test_the_log_that_a_failure_points_to_is_that_of_the_function() -> None:
    assert FUNCTION == lambda_environment.FUNCTION
