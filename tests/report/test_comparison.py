"""Reports side by side: what got better or worse, and a page and an exit code that say so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chaim_conformance.cli import main
from chaim_conformance.report import json_report
from chaim_conformance.report.comparison import compare, differences_between
from chaim_conformance.report.run_report import RunReport
from tests.report.made_up_runs import judged, mixed, not_started, provider, run
from tests.report.test_html_page import HOSTILE, Page, everywhere


def of(**verdicts: str) -> RunReport:
    """A run of one provider with these verdicts."""
    return run(*provider("", *(judged(id_, status) for id_, status in verdicts.items())))


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("pass", "pass", ""),
        ("pass", "fail", "worse"),
        ("pass", "known", "worse"),
        ("pass", "blocked", "worse"),
        ("pass", "not run", "worse"),
        ("pass", "error", "worse"),
        ("fail", "pass", "better"),
        ("known", "stale", "better"),
        ("blocked", "pass", "better"),
        ("pass", "stale", "changed"),
        ("fail", "known", "changed"),
        ("blocked", "fail", "changed"),
        ("fail", "blocked", "changed"),
        ("pass", "n/a", "changed"),
        ("n/a", "fail", "changed"),
    ],
)
def test_what_holds_no_more_is_worse(before: str, after: str, change: str) -> None:
    (found,) = compare([("old", of(H10=before)), ("new", of(H10=after))])
    assert [row.change for row in found.rows] == [change]
    assert found.rows[0].differs is (before != after)


def test_the_first_and_the_last_of_several_count() -> None:
    (found,) = compare([(n, of(H10=s)) for n, s in (("1", "pass"), ("2", "fail"), ("3", "pass"))])
    (row,) = found.rows
    assert row.statuses == ("pass", "fail", "pass")
    assert row.differs
    assert row.change == ""


def test_a_provider_that_is_not_judged_any_more_is_worse() -> None:
    for last in (run(not_started()), run(*provider("", judged("H01")), whole=False)):
        providers = tuple(
            type(one)(**{**vars(one), "left": () if one.not_started else ("H10",)})
            for one in last.providers
        )
        last = type(last)(**{**vars(last), "providers": providers})
        (found,) = compare([("old", of(H01="pass", H10="pass")), ("new", last)])
        assert "H10" in [row.id for row in found.changed("worse")]
    several = run(*mixed("stable"), *mixed("next"))
    one, other = compare([("old", several), ("new", run(*mixed("stable")))])
    assert (one.name, other.name) == ("stable", "next")
    assert not one.changed("worse")
    assert {row.id for row in other.changed("worse")} == {"H01", "H20"}


def test_a_clause_that_only_a_later_contract_has_is_not_worse() -> None:
    (found,) = compare([("old", of(H01="pass")), ("new", of(H01="pass", H02="fail"))])
    assert [(row.id, row.statuses, row.change) for row in found.rows][1:] == [
        ("H02", ("absent", "fail"), "changed")
    ]


def test_runs_of_another_kind_are_pointed_out() -> None:
    one = of(H01="pass")
    other = type(one)(**{**vars(one), "profile": "default", "select": ("H01",)})
    assert list(differences_between([one, other])) == [
        "the reports are of different profiles: quick / default",
        "the reports are of different selections: all / H01",
    ]


@pytest.fixture
def old_and_new(tmp_path: Path) -> list[str]:
    paths = []
    for name, report in (
        ("old", of(H01="pass", H03="fail", H10="pass")),
        ("new", of(H01="pass", H03="pass", H10="fail")),
    ):
        path = tmp_path / f"{name}.json"
        path.write_text(json_report.text(report), encoding="utf-8")
        paths.append(str(path))
    return paths


def test_the_command_shows_what_differs(old_and_new, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *old_and_new]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[3:6] == [
        "clause                        1          2",
        "H03 one-event-id-per-request  fail       pass       better",
        "H10 content-hash              pass       fail       worse",
    ]
    assert "from 1 to 2: 1 better, 1 worse; 1 the same in all" in lines
    assert main(["compare", "--all", old_and_new[0], old_and_new[0]]) == 0
    assert "H01 own-bundle" in capsys.readouterr().out


def test_the_command_tells_programs(old_and_new, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--json", *old_and_new]) == 1
    (found,) = json.loads(capsys.readouterr().out)["providers"]
    assert (found["better"], found["worse"]) == (["H03"], ["H10"])
    assert found["clauses"][0] == {
        "id": "H01",
        "slug": "own-bundle",
        "statuses": ["pass", "pass"],
        "change": "",
    }


def test_the_command_writes_a_page(old_and_new, tmp_path: Path) -> None:
    assert main(["compare", *old_and_new, "--html", str(tmp_path / "page.html")]) == 1
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "1 clause worse, 1 better" in page.told
    assert "2 of 3 clauses" in page.told
    assert page.count("script") == 0
    assert all(href[1:] in page.all("id") for href in page.all("href") if href[0] == "#")


def test_what_stands_in_compared_reports_is_never_markup(tmp_path: Path) -> None:
    from chaim_conformance.report.html.comparison_page import text

    report = everywhere(of(H10="fail", H03="not run"), lambda words: HOSTILE)
    page = Page(text(compare([(HOSTILE, report), (HOSTILE, of(H10="pass"))]), [HOSTILE]))
    assert page.count("script") == page.count("img") == 0
    assert HOSTILE in page.told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["one"], "one report only; name two or more"),
        (["one", "two", "--html", "no/such/folder.html"], "cannot be written"),
        (["one", "three.json"], "three.json: cannot be read"),
    ],
)
def test_a_mistake_is_told(
    old_and_new, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"one": old_and_new[0], "two": old_and_new[1]}
    assert main(["compare", *(files.get(word, word) for word in arguments)]) == 4
    assert said in capsys.readouterr().err


def test_the_help_fits_a_screen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["compare", "--help"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert any("example:" in line for line in lines)
