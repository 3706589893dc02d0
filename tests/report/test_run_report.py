"""What a run's events add up to, and that programs get it in the form that they were promised."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module
from xml.etree import ElementTree

import pytest

from chaim_conformance import contract
from chaim_conformance.events import (
    ClauseJudged,
    Event,
    Events,
    Failure,
    Message,
    Noted,
    ProviderNotStarted,
    ProviderStarted,
    RunEnded,
    RunStarted,
)
from chaim_conformance.json_form import from_json, to_json
from chaim_conformance.report import json_report, junit
from chaim_conformance.report.files import FILES
from chaim_conformance.report.run_report import fold
from chaim_conformance.verdict import STATUSES

BEGIN = RunStarted(
    kit="9.9", contract="1.0", started="2026-01-15T14:30:00+00:00", profile="quick", seed=0,
    strict=False,
)  # fmt: skip
STARTED = ProviderStarted(name="", handler="node:index.js", clauses=("H10", "H11", "H12"))
END = RunEnded(seconds=1.5, exit_code=0)
PASSED = ClauseJudged(provider="", clause="H10", status="pass", fails=False, attempts=3)
FAILED = ClauseJudged(
    provider="",
    clause="H11",
    status="fail",
    fails=True,
    failure=Failure(
        expected="one",
        seen="another",
        messages=(Message(chapter="1. Create", source="a", target="b", text="c", guilty=True),),
        text="H11 does not hold\nas one can see",
    ),
)


def test_a_report_has_each_verdict_with_its_clause_and_says_what_is_left() -> None:
    report = fold([BEGIN, STARTED, FAILED, PASSED, END])
    (provider,) = report.providers
    assert [one.id for one in provider.clauses] == ["H10", "H11"]  # the contract's order
    assert provider.clauses[1].text == contract.clause("H11").text
    assert provider.left == ("H12",)
    assert (provider.counts["pass"], provider.counts["fail"]) == (1, 1)
    assert [one.id for one in provider.failing] == ["H11"]
    assert (report.kit, report.seconds, report.outcome) == ("9.9", 1.5, "violations")


@pytest.mark.parametrize(
    ("events", "outcome"),
    [
        ([STARTED, PASSED, END], "conformant"),
        ([STARTED, replace(PASSED, status="known"), END], "conformant"),
        ([STARTED, replace(PASSED, status="error"), FAILED, END], "error"),
        ([replace(STARTED, problems=("[[known]] names nothing",)), PASSED, END], "violations"),
        ([ProviderNotStarted(name="", message="no such file"), END], "not started"),
        ([STARTED, PASSED, replace(END, exit_code=2, whole=False)], "interrupted"),
        ([STARTED, FAILED, replace(END, exit_code=1, whole=False)], "violations"),
        ([replace(END, exit_code=3, whole=False)], "error"),
        ([STARTED, PASSED, replace(END, exit_code=3)], "error"),
        ([STARTED, replace(END, exit_code=4)], "not started"),
    ],
)
def test_the_outcome_is_the_worst_that_happened(events: list[Event], outcome: str) -> None:
    report = fold([BEGIN, *events])
    assert report.outcome == outcome
    form = json.loads(json_report.text(report))
    assert list(contract.validator("report").iter_errors(form)) == []


def test_notes_of_workers_are_told_once() -> None:
    noted = replace(PASSED, notes=("not contained", "it was isolated"))
    started = replace(STARTED, notes=("not contained",))
    report = fold([BEGIN, started, noted, replace(FAILED, notes=noted.notes), Noted(text="x"), END])
    assert report.providers[0].notes == ("not contained", "it was isolated")
    assert report.notes == ("x",)


def test_every_status_has_its_place_in_the_schema() -> None:
    assert contract.schema("report")["$defs"]["status"]["enum"] == list(STATUSES)


@pytest.mark.parametrize("event", [BEGIN, STARTED, PASSED, FAILED, END])
def test_an_event_survives_its_json_form(event: Event) -> None:
    assert from_json(type(event), json.loads(json.dumps(to_json(event)))) == event


def test_junit_tells_failures_errors_and_what_was_left_out() -> None:
    events: list[Event] = [
        BEGIN,
        STARTED,
        PASSED,
        FAILED,
        replace(PASSED, clause="H12", status="n/a", reason="no such thing"),
        replace(PASSED, clause="H20", status="error", reason="the kit failed"),
        END,
    ]
    root = ElementTree.fromstring(junit.text(fold(events)))
    (suite,) = root
    counted = {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")}
    assert counted == {"tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
    failure = suite.find("testcase[@name='H11-same-snapshot-same-hash']/failure")
    assert failure is not None
    assert failure.get("message") == "H11 does not hold"
    seen = suite.find(
        "testcase[@name='H11-same-snapshot-same-hash']/properties/property[@name='chaim_seen']"
    )
    assert seen is not None
    assert seen.get("value") == "another"


def test_junit_skips_what_did_not_come_back_and_does_not_count() -> None:
    unstable = replace(FAILED, status="unstable", fails=False, reason="violated once")
    skipped = ElementTree.fromstring(junit.text(fold([BEGIN, STARTED, unstable, END]))).find(
        ".//skipped"
    )
    assert skipped is not None
    assert skipped.get("message") == "unstable violated once"


def test_whatever_events_hold_can_be_shown_in_every_report() -> None:
    seen: list[Event] = []
    emit = Events(seen.append)
    wild = "red \x1b[31m, half \ud83e, none \ufffe"
    failure = Failure(expected=wild, seen=wild, log=(wild,), text=wild)
    emit(BEGIN)
    emit(replace(STARTED, about=(wild,), notes=(wild,), problems=(wild,)))
    emit(replace(FAILED, reason=wild, failure=failure))
    emit(ProviderNotStarted(name="other", message=wild))
    emit(Noted(text=wild))
    emit(END)
    report = fold(seen)
    shown = "red \\x1b[31m, half \\ud83e, none \\ufffe"
    assert report.notes == report.providers[0].notes == report.providers[0].problems == (shown,)
    ElementTree.fromstring(junit.text(report))
    for name, module in FILES.items():
        text = import_module(f"chaim_conformance.report.{module}").text(report)
        assert text.encode("utf-8"), name
        assert "\x1b" not in text, name
