"""A badge says in a few words what a run found, and hides nothing that was left out."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chaim_conformance.events import ProviderNotStarted, ProviderStarted
from chaim_conformance.report import badge
from chaim_conformance.report.run_report import RunReport, fold
from tests.report.runs import BEGIN, END, judged, run

CASES = {
    "all holds": (run(judged("H10"), judged("H11")), "conformant (quick)", "brightgreen"),
    "more was played": (
        replace(run(judged("H10")), profile="default"),
        "conformant (default)",
        "brightgreen",
    ),
    "a violation": (
        run(judged("H10", "fail"), judged("H11", "known")),
        "1 violation, 1 known (quick)",
        "red",
    ),
    "violations": (run(judged("H10", "fail"), judged("H11", "unstable")), "2 violations", "red"),
    "known ones alone": (
        run(judged("H10", "known"), judged("H11")),
        "conformant, 1 known (quick)",
        "yellowgreen",
    ),
    "a SHOULD": (
        run(judged("H26", "fail", fails=False)),
        "conformant, 1 not counted (quick)",
        "yellowgreen",
    ),
    "blocked by a known one": (
        run(judged("H10", "known"), judged("H11", "blocked", blocked_by=("H10",))),
        "conformant, 1 known, 1 blocked (quick)",
        "yellowgreen",
    ),
    "a stale entry": (run(judged("H10", "stale")), "1 stale entry (quick)", "red"),
    "only some clauses": (
        run(judged("H10"), left=("H11", "H12")),
        "partial, 1 of 3 clauses (quick)",
        "lightgrey",
    ),
    "the kit failed": (run(judged("H10", "error")), "error of the kit (quick)", "lightgrey"),
    "cut short": (
        fold([BEGIN, ProviderStarted(name="", clauses=("H10",)), replace(END, whole=False)]),
        "interrupted, 0 of 1 clauses (quick)",
        "lightgrey",
    ),
    "no start": (
        fold([BEGIN, ProviderNotStarted(name="", message="no such file"), END]),
        "not started (quick)",
        "lightgrey",
    ),
    "a list that cannot be used": (
        fold([BEGIN, ProviderStarted(name="", problems=("H99 is no clause",)), END]),
        "1 unusable entry (quick)",
        "red",
    ),
}


@pytest.mark.parametrize(("report", "message", "colour"), CASES.values(), ids=CASES)
def test_a_badge_is_as_good_as_the_run(report: RunReport, message: str, colour: str) -> None:
    made = json.loads(badge.text(report))
    assert made.keys() == {"schemaVersion", "label", "message", "color"}
    assert (made["schemaVersion"], made["label"]) == (1, "chaim contract 1.0")
    assert made["message"].startswith(message)
    assert made["color"] == colour
