"""``report.md``: what its reader sees first, and that it stays small."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaim_conformance import contract
from chaim_conformance.events import Failure, ProviderNotStarted, ProviderStarted
from chaim_conformance.report import clause_links, markdown
from chaim_conformance.report.run_report import fold
from tests.report.runs import BEGIN, END, events, judged, run

BROKEN = Failure(expected="a", seen="\ud800")
EVIDENCE = Failure(
    expected="one",
    seen="another",
    where="operation 1 (Create, warm)",
    hint="it is the other one",
    story="Create ✓",
    steps=("deploy  a bundle", " 1. Create"),
    log=("it said so",),
    replay="chaim-conformance replay FILE",
)


def test_a_conformant_run_needs_few_words() -> None:
    text = markdown.text(run(judged("H10"), judged("H11", "n/a", reason="no such thing")))
    assert text.startswith("# ✅ Chaim ingest contract 1.0: conformant (quick)\n")
    assert "| passed | n/a |" in text
    assert "What does not hold" not in text
    assert "`node:index.js`" in text
    assert "profile quick, seed 0" in text


def test_the_violation_that_blocks_others_is_the_first() -> None:
    text = markdown.text(
        run(
            judged("H02", "fail"),
            judged("H10", "fail", failure=EVIDENCE),
            judged("H12", "blocked", blocked_by=("H10",), reason="by H10"),
        )
    )
    assert "## First: H10-content-hash (MUST)" in text
    first = text.partition("## First")[2].partition("## What does not hold")[0]
    for told in (contract.clause("H10").text, *vars(EVIDENCE).values()):
        for line in (told,) if isinstance(told, str) else told:
            assert str(line) in first
    assert "chaim-conformance explain H10" in first
    rows = text.partition("## What does not hold")[2].partition("<details>")[0]
    assert rows.index("H10-content-hash") < rows.index("H02-")
    assert "<summary>Blocked by other violations (1)</summary>" in text


def test_what_fails_no_run_is_folded() -> None:
    found = (
        judged("H02", "known", reason="is being fixed, #7"),
        judged("H26", "fail", fails=False),
        judged("H56", "not run", reason="takes long"),
    )
    text = markdown.text(run(*found, left=("H60",)))
    assert "What does not hold" not in text
    for title in ("Known failures", "Violated, but not counted", "Not run", "Left out of this run"):
        assert f"<summary>{title} (1)</summary>" in text
    assert "is being fixed, &#35;7" in text


def test_several_providers_have_a_part_each_and_one_that_did_not_start_says_why() -> None:
    text = markdown.text(
        fold(
            [
                BEGIN,
                ProviderStarted(name="a|b", handler="node:a.js", clauses=("H10",)),
                judged("H10", provider="a|b"),
                ProviderNotStarted(name="two", message="no such file: index.js"),
                END,
            ]
        )
    )
    assert "## ✅ <code>a&#124;b</code>" in text
    assert "## ⚠️ `two`\n\n### It could not be started\n\n```text\nno such file: index.js" in text


def test_clauses_are_links_as_soon_as_there_are_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clause_links, "CLAUSE_URL", "https://example.org/all.html")
    text = markdown.text(run(judged("H10", "fail")))
    assert "[H10-content-hash](https://example.org/all.html#h10)" in text


def test_it_stays_below_64_kb_whatever_a_provider_says() -> None:
    loud = replace(EVIDENCE, expected="|&" * 5000, seen="\U0001f600" * 9000, log=("`" * 5000,) * 60)
    found = [judged(one.id, "fail", failure=loud) for one in contract.clauses()]
    whole = events(*found)
    providers = [
        replace(event, name=f"{number}")
        for number in range(6)
        for event in whole
        if isinstance(event, ProviderStarted)
    ]
    verdicts = [replace(one, provider=f"{number}") for number in range(6) for one in found]
    text = markdown.text(fold([BEGIN, *providers, *verdicts, END]))
    assert len(text.encode()) < 64 * 1024
    assert text.startswith("# ❌")
    assert text.endswith("There is more, in `report.json`.\n")
    assert "more, in `report.json`" in text.partition("What does not hold")[2]


def test_what_is_no_unicode_is_written_all_the_same() -> None:
    assert "\ud800" in markdown.text(run(judged("H10", "fail", failure=BROKEN)))
