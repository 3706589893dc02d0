"""``chaim-conformance validate``: lines that editors jump to, and exit codes that scripts heed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chaim_conformance.cli import main
from tests.contract.test_bprint_files import VALID

WRONG = VALID.replace('"number"', '"number", "default": "1"')
WARNED = VALID.replace('"partitionKey": "id"', '"partitionKey": "PK"')


@pytest.fixture
def schemas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of schemas in the working directory: a valid one, and one below."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas" / "below").mkdir(parents=True)
    (tmp_path / "schemas" / "Payment.bprint").write_text(VALID)
    (tmp_path / "schemas" / "below" / "Order.bprint").write_text(VALID)
    return tmp_path / "schemas"


def test_valid_files_are_counted(schemas: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "schemas"]) == 0
    assert capsys.readouterr().out == "2 files: nothing wrong\n"


def test_a_problem_has_a_line_of_its_own(schemas: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (schemas / "below" / "Order.bprint").write_text(WRONG)
    assert main(["validate", "schemas"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "schemas/below/Order.bprint:8:53: default-of-type: "
        "fields[1] (amount): default is a text, expected a number",
        "2 files: 1 wrong, 1 error",
    ]


def test_warnings_fail_under_strict_only(schemas: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (schemas / "Payment.bprint").write_text(WARNED)
    assert main(["validate", "schemas"]) == 0
    assert main(["validate", "--strict", "schemas"]) == 1
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "schemas/Payment.bprint:5:34: warning: key-declared: "
        "the key names PK, which is no declared field",
        "2 files: nothing wrong, 1 warning",
    ]


def test_machines_get_one_object(schemas: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (schemas / "Payment.bprint").write_text(WRONG)
    assert main(["validate", "--json", "schemas/Payment.bprint"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "files": 1,
        "errors": 1,
        "warnings": 0,
        "problems": [
            {
                "file": "schemas/Payment.bprint",
                "line": 8,
                "column": 53,
                "path": "$.fields[1].default",
                "rule": "default-of-type",
                "level": "error",
                "message": "fields[1] (amount): default is a text, expected a number",
            }
        ],
    }


def test_a_file_named_twice_is_read_once(schemas: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "schemas/Payment.bprint", "schemas"]) == 0
    assert capsys.readouterr().out == "2 files: nothing wrong\n"


def test_a_named_file_is_read_whatever_its_ending(
    schemas: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (schemas / "Payment.json").write_text(VALID)
    assert main(["validate", "schemas/Payment.json"]) == 1
    assert "schemas/Payment.json:1:1: extension: " in capsys.readouterr().out


def test_packages_and_hidden_folders_are_left_alone(schemas: Path) -> None:
    for folder in ("node_modules", ".git"):
        (schemas / folder).mkdir()
        (schemas / folder / "Wrong.bprint").write_text("{")
    assert main(["validate", "schemas"]) == 0


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("nowhere", "validate: nowhere: there is no such file or directory"),
        ("empty", "validate: empty: there is no *.bprint file"),
    ],
)
def test_paths_with_nothing_to_read_are_usage_errors(
    schemas: Path, capsys: pytest.CaptureFixture[str], path: str, says: str
) -> None:
    Path("empty").mkdir()
    assert main(["validate", "schemas", path]) == 4
    printed = capsys.readouterr()
    assert says in printed.err
    assert printed.out == ""


def test_what_a_terminal_cannot_show_is_escaped(
    schemas: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    odd = schemas / "Gr\udcff.bprint"  # a name that is not UTF-8
    odd.write_text(VALID.replace('"number"', '"\\ud800"'))
    assert main(["validate", "schemas"]) == 1
    assert r"schemas/Gr\udcff.bprint:8:32: field-type" in capfd.readouterr().out
