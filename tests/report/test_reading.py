"""report.json is read back whole, and whoever gives another file is told what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chaim_conformance.errors import UsageError
from chaim_conformance.report import json_report
from chaim_conformance.report.reading import read_report
from tests.report.made_up_runs import mixed, not_started, run

REPORT = run(*mixed("stable"), not_started("next"))


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes the report, changed by a function."""

    def write(change: Callable[[Any], object] = lambda data: None) -> Path:
        data = json.loads(json_report.text(REPORT))
        change(data)
        path = tmp_path / "report.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        return path

    return write


def test_what_was_written_is_read(written) -> None:
    assert read_report(written()) == REPORT


def test_fields_of_a_later_minor_version_pass(written) -> None:
    def later(data: Any) -> None:
        data["report"] = "1.7"
        data["later"] = data["providers"][0]["later"] = {"more": 1}
        data["providers"][0]["clauses"][1]["failure"]["messages"][0]["later"] = 1

    assert read_report(written(later)).providers == REPORT.providers


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(report="2.0"), "version 2.0 of the report, but this kit reads 1.x"),
        (lambda d: d.pop("report"), "no report of the kit"),
        (lambda d: d.update(report=1), "no report of the kit"),
        (lambda d: d.pop("kit"), "the file: 'kit' is a required property"),
        (
            lambda d: d["providers"][0]["clauses"][2].update(status="fine"),
            "providers[0].clauses[2].status: 'fine' is not one of",
        ),
        (lambda d: d.update(seconds="long"), "seconds: 'long' is not of type 'number'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(written, change, said: str) -> None:
    path = written(change)
    with pytest.raises(UsageError) as told:
        read_report(path)
    assert str(told.value).startswith(f"{path}: ")
    assert said in str(told.value)


@pytest.mark.parametrize("content", [b"no JSON", b"[]", b"\xff", b"[" * 100_000, b'"1.0"'])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="other: "):
        read_report(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.json: cannot be read"):
        read_report(tmp_path / "absent.json")
