"""Whatever a handler sends or answers, every check comes to an end with findings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chaim_conformance.checks import CHECKS
from chaim_conformance.cloudformation import read_answer
from chaim_conformance.examples import example
from chaim_conformance.scenario import Operation, Scenario
from chaim_conformance.transcript import AttemptRecord, Outcome, Transcript
from tests.checks.transcripts import UPLOAD_URL, bend, judged, perfect, verdict

SCENARIO = Scenario(
    bundles=(example("1.0", "STRICT"),),
    operations=(
        Operation(request_type="Create"),
        Operation(request_type="Update"),
        Operation(request_type="Delete"),
    ),
)
TOO_DEEP = b"[" * 100_000
TARGET = UPLOAD_URL.removeprefix("http://127.0.0.1:9")
EXCHANGES: list[dict[str, Any]] = [
    {"target": "http://["},
    {"target": "//[x/y?z"},
    {"target": "*"},
    {"target": ""},
    {"target": "/x?%ff=%ff&%ff=1"},
    {"target": f"{TARGET}&{TARGET.partition('?')[2]}"},
    {"body": b"\xff\xfe"},
    {"body": b"null"},
    {"body": b'{"eventId": {}, "appId": [], "timestamp": 5}'},
    {"body": b'{"eventId": "\\ud800", "schema": {"fields": [1, {"name": 1}, null]}}'},
    {"body": TOO_DEEP},
    {"headers": ()},
    {"status": None},
    {"upload_of": None},
    {"upload_url": None},
    {"whole": False},
    {"trusted": False},
    *({"endpoint": e} for e in ("secrets", "response-url", "elsewhere", "stranger")),
]


def changed(position: int, place: int, fields: dict[str, Any]) -> Transcript:
    """The life of a good publisher, but for one exchange."""

    def change(record: AttemptRecord) -> AttemptRecord:
        exchanges = list(record.exchanges)
        exchanges[place] = replace(exchanges[place], **fields)
        return replace(record, exchanges=tuple(exchanges))

    return bend(perfect(SCENARIO), position, change)


@pytest.mark.parametrize("place", [0, 1], ids=["presign", "upload"])
@pytest.mark.parametrize("fields", EXCHANGES, ids=lambda fields: str(fields)[:40])
def test_no_request_is_too_strange_for_a_check(fields: dict[str, Any], place: int) -> None:
    for position in range(len(SCENARIO.operations)):
        t = changed(position, place, fields)
        for clause in CHECKS:
            judged(clause, t)


def test_a_parameter_sent_twice_is_not_as_it_was_given() -> None:
    query = TARGET.partition("?")[2]
    assert verdict("H30", changed(0, 1, {"target": f"{TARGET}&{query}"})) == "fail"
    assert verdict("H30", changed(0, 1, {"target": TARGET.partition("?")[0]})) == "fail"


@pytest.mark.parametrize("style", ["provider-framework", "command"])
@pytest.mark.parametrize("payload", [TOO_DEEP.decode(), "null", '"\\ud800"', "1" * 5000])
def test_no_answer_is_too_strange_to_be_read(style: Any, payload: str) -> None:
    (record, *_) = perfect(SCENARIO).attempts
    event = {**record.event, "StackId": "s", "LogicalResourceId": "l", "ResponseURL": "r"}
    answer = read_answer(style, event, Outcome(kind="returned", payload=payload), ())
    assert answer.data is None
