"""What GitHub is told of a run: annotations in its own form, at most as many as it shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance import contract
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.events import Event, Failure, ProviderNotStarted
from chaim_conformance.report.github import Annotation, GitHub, command
from chaim_conformance.report.run_report import fold
from tests.report.runs import BEGIN, END, events, judged

MUSTS = [one.id for one in contract.clauses() if one.level == "MUST" and one.id[0] == "H"]


@pytest.fixture
def provider(tmp_path: Path) -> ProviderConfig:
    """A repo within a checkout, with a handler and a configuration."""
    root = tmp_path / "providers/one"
    root.mkdir(parents=True)
    for name in ("index.js", "chaim.toml"):
        (root / name).touch()
    return ProviderConfig(root=root, handler="node:index.js:handler", file=root / "chaim.toml")


def told(happened: list[Event], provider: ProviderConfig, tmp_path: Path) -> list[str]:
    written: list[str] = []
    environ = {
        "GITHUB_WORKSPACE": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
    }
    settings = Settings(report=tmp_path / ".chaim")
    tell = GitHub(settings, [provider], environ=environ, write=written.append)
    tell(fold(happened))
    return "".join(written).splitlines()


def test_a_command_is_one_line_whatever_is_in_it() -> None:
    line = command(
        Annotation(level="error", title="100%: a, b", message="one\r\ntwo: 3%0A", file="a,b:c.py")
    )
    assert line == "::error file=a%2Cb%3Ac.py,title=100%25%3A a%2C b::one%0D%0Atwo: 3%250A"


def test_a_violation_is_an_error_at_the_handler(provider: ProviderConfig, tmp_path: Path) -> None:
    empty, line = told(events(judged("H10", "fail"), judged("H11")), provider, tmp_path)
    assert empty == ""  # a runner heeds what begins a line, and somebody may have begun one
    assert line.startswith("::error file=providers/one/index.js,title=H10 content-hash (MUST)%3A f")
    assert line.endswith("%0AExpected: H10 kept%0ASeen: H10 broken%0AReplay: replay it")


def test_known_and_uncounted_ones_are_warnings(provider: ProviderConfig, tmp_path: Path) -> None:
    happened = events(
        judged("H02", "known", reason="being fixed"), judged("H26", "fail", fails=False)
    )
    _, known, uncounted = told(happened, provider, tmp_path)
    assert known.startswith("::warning file=providers/one/index.js,title=H02 ")
    assert "%0Abeing fixed%0A" in known
    assert uncounted.startswith("::warning ")
    assert "not counted" in uncounted


def test_what_is_wrong_with_the_list_of_known_ones_is_at_chaim_toml(
    provider: ProviderConfig, tmp_path: Path
) -> None:
    _, stale = told(events(judged("H10", "stale", reason="it holds")), provider, tmp_path)
    assert stale.startswith("::error file=providers/one/chaim.toml,title=H10 ")


def test_what_cannot_start_is_an_error(provider: ProviderConfig, tmp_path: Path) -> None:
    happened: list[Event] = [BEGIN, ProviderNotStarted(name="", message="no\nsuch file"), END]
    _, line = told(happened, provider, tmp_path)
    assert line == (
        "::error file=providers/one/chaim.toml,title=the provider could not be started"
        "::no%0Asuch file"
    )


def test_no_file_is_named_that_is_outside_the_checkout(
    provider: ProviderConfig, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    _, line = told(events(judged("H10", "fail")), provider, tmp_path / "elsewhere")
    assert line.startswith("::error title=H10 ")


def test_what_github_would_not_show_is_counted(provider: ProviderConfig, tmp_path: Path) -> None:
    many = told(events(*(judged(name, "fail") for name in MUSTS[:12])), provider, tmp_path)[1:]
    assert len(many) == 10
    assert many[-1] == "::error title=Chaim ingest contract::and 3 more, in the summary"
    ten = told(events(*(judged(name, "known") for name in MUSTS[:10])), provider, tmp_path)[1:]
    assert [line.partition(" ")[0] for line in ten] == ["::warning"] * 10
    assert "more" not in ten[-1].partition("title=")[2].partition("::")[0]


def test_a_run_in_which_all_holds_annotates_nothing(
    provider: ProviderConfig, tmp_path: Path
) -> None:
    assert told(events(judged("H10")), provider, tmp_path) == []


def test_summary_and_outputs_are_added_to_what_is_there(
    provider: ProviderConfig, tmp_path: Path
) -> None:
    (tmp_path / "summary").write_text("before\n", encoding="utf-8")
    (tmp_path / "output").write_text("other=1\n", encoding="utf-8")
    failure = Failure(expected="one", seen="\ud800")
    happened = events(judged("H10", "fail", failure=failure), judged("H11", "error"))
    told(happened, provider, tmp_path)
    summary = (tmp_path / "summary").read_text(encoding="utf-8")
    assert summary.startswith("before\n# ⚠️ Chaim ingest contract 1.0: error of the kit")
    assert (tmp_path / "output").read_text(encoding="utf-8").splitlines() == [
        "other=1",
        "outcome=error",
        "failed=H11,H10",
        f"report={tmp_path / '.chaim'}",
    ]
