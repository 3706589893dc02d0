"""``explain`` and ``clauses``: the contract, for who has a clause to keep."""

from __future__ import annotations

import json

import pytest

from chaim_conformance import cli, contract
from chaim_conformance.report.explanation import explanation

EVERY = [clause.id for clause in contract.clauses()]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(arguments)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_a_clause_is_told_whole(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = run(capsys, "explain", "h10")
    assert code == 0
    assert text.startswith("H10 content-hash (MUST; hashing; core)\n")
    for label in ("Clause", "Because", "Matters", "Do", "Reading 3", "Test with"):
        assert f"\n  {label} " in text
    for label in ("Fault", "Expected", "Seen", "Hint", "Story"):
        assert f"\n    {label} " in text
    assert "vectors/content-hash.json" in text


@pytest.mark.parametrize("name", ["H10", "content-hash", "H10-Content-Hash", " h10 "])
def test_any_name_will_do(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "explain", name) == run(capsys, "explain", "H10")


def test_a_family_is_told_clause_by_clause_and_each_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, text, _ = run(capsys, "explain", "H11", "hashing", "--json")
    assert [one["id"] for one in json.loads(text)] == ["H11", "H10", "H12"]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("width", [80, 96])
def test_every_clause_fits_the_terminal(name: str, width: int) -> None:
    clause = contract.clause(name)
    for line in explanation(clause, width=width).splitlines():
        assert len(line) <= width or line.startswith("  Test with") or " " not in line.strip()


def test_what_a_clause_blocks_and_is_blocked_by(capsys: pytest.CaptureFixture[str]) -> None:
    blocking = json.loads(run(capsys, "explain", "H41", "--json")[1])[0]
    assert "H10" in blocking["blocks"]
    blocked = json.loads(run(capsys, "explain", "H10", "--json")[1])[0]
    assert "H41" in blocked["blocked_by"]


def test_a_clause_about_the_service_has_no_violation(capsys: pytest.CaptureFixture[str]) -> None:
    (told,) = json.loads(run(capsys, "explain", "P01", "--json")[1])
    assert told["violation"] is None
    assert "A violation" not in run(capsys, "explain", "P01")[1]


def test_an_unknown_clause_is_a_mistake_of_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, said = run(capsys, "explain", "H10", "content-hsh")
    assert (code, text) == (4, "")
    assert "unknown clause 'content-hsh'; did you mean H10-content-hash" in said


def ids(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines()]


def test_clauses_are_filtered(capsys: pytest.CaptureFixture[str]) -> None:
    _, text, _ = run(capsys, "clauses", "--half", "binder", "--level", "should")
    assert ids(text) == ["B03", "B25", "B28", "B31", "B32", "B33"]
    _, text, _ = run(capsys, "clauses", "--family", "Failure-Modes", "--half", "handler")
    assert ids(text) == [c.id for c in contract.clauses() if c.family == "failure_modes"]
    _, text, _ = run(capsys, "clauses", "--family", "size", "--json")
    assert [one["slug"] for one in json.loads(text)] == [
        "large-snapshot",
        "limit-in-bytes",
        "unknown-values-named",
    ]


def test_an_unknown_family_shows_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, said = run(capsys, "clauses", "--family", "hash")
    assert code == 4
    assert "--family: there is no 'hash'; expected one of identity, hashing" in said
