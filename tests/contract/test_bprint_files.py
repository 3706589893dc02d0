"""Files of schemas: those that cannot be read say why, and problems say where in the text."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaim_conformance.bprint_validation import Problem, read_bprint
from chaim_conformance.json_positions import Steps, find, line_and_column

VALID = """{
  "schemaVersion": 1.0,
  "entityName": "Payment",
  "description": "Payments",
  "primaryKey": {"partitionKey": "id"},
  "fields": [
    {"name": "id", "type": "string"},
    {"name": "amount", "type": "number"}
  ]
}
"""


def read(tmp_path: Path, text: str | bytes, name: str = "Payment.bprint") -> list[Problem]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_bprint(path)[1]


def places(found: list[Problem]) -> list[tuple[str, int | None, int | None]]:
    return [(problem.rule, problem.line, problem.column) for problem in found]


def test_a_valid_file_gives_its_document(tmp_path: Path) -> None:
    path = tmp_path / "Payment.bprint"
    path.write_text(VALID)
    assert read_bprint(path) == (json.loads(VALID), [])


def test_a_problem_says_where_it_stands(tmp_path: Path) -> None:
    wrong = VALID.replace('"number"', '"number", "default": "1"')
    assert places(read(tmp_path, wrong)) == [("default-of-type", 8, 53)]


def test_what_is_missing_is_missed_where_it_belongs(tmp_path: Path) -> None:
    assert places(read(tmp_path, VALID.replace('"name": "amount", ', ""))) == [("field-name", 8, 5)]


def test_problems_come_in_the_order_of_the_text(tmp_path: Path) -> None:
    wrong = VALID.replace('"Payment"', '""').replace("1.0", "null").replace("number", "strung")
    assert [problem.line for problem in read(tmp_path, wrong)] == [2, 3, 8]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", ("json", 1, 1)),
        (" \n", ("json", 2, 1)),
        ('{\n  "a": }', ("json", 2, 8)),
        ('{"a": 1} x', ("json", 1, 10)),
        (b'{\n "\xc3\xa9": "\xff"}', ("encoding", 2, 8)),
        (VALID.encode("utf-16"), ("encoding", 1, 1)),
        ("[" * 200_000, ("json", None, None)),
        ('{"a": ' + "1" * 10_000 + "}", ("json", None, None)),
    ],
)
def test_what_cannot_be_read_gives_no_document(
    tmp_path: Path, text: str | bytes, place: tuple[str, int | None, int | None]
) -> None:
    found = read(tmp_path, text)
    assert read_bprint(tmp_path / "Payment.bprint")[0] is None
    assert [(one.rule, one.line, one.column) for one in found] == [place]


def test_a_byte_order_mark_is_a_problem_and_what_follows_is_read(tmp_path: Path) -> None:
    assert places(read(tmp_path, "\ufeff" + VALID)) == [("encoding", 1, 1)]


def test_a_number_that_json_has_not_is_a_problem(tmp_path: Path) -> None:
    wrong = VALID.replace('"number"', '"number", "default": -Infinity')
    assert places(read(tmp_path, wrong)) == [("json", 8, 53)]


def test_a_key_that_comes_twice_is_a_problem(tmp_path: Path) -> None:
    wrong = VALID.replace('"amount", ', '"amount", "na\\u006de": "total", ')
    (problem,) = read(tmp_path, wrong)
    assert places([problem]) == [("duplicate-key", 8, 24)]
    assert problem.message == 'the key "name" comes twice in $.fields[1]'


def test_another_ending_is_a_problem_and_the_document_is_read(tmp_path: Path) -> None:
    for name in ("Payment.json", "Payment", "Payment.BPRINT"):
        assert [one.rule for one in read(tmp_path, VALID, name)] == ["extension"]


def test_what_is_no_file_is_a_problem(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.bprint"
    os.mkfifo(pipe)
    folder = tmp_path / "folder.bprint"
    folder.mkdir()
    for path in (pipe, folder, tmp_path / "no.bprint", tmp_path / "\0.bprint"):
        document, found = read_bprint(path)
        assert document is None
        assert [problem.rule for problem in found] == ["file"]


def paths_of(value: Any, *steps: str | int) -> dict[Steps, Any]:
    inner: Any = ()
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
    found: dict[Steps, Any] = {steps: value}
    for step, one in inner:
        found |= paths_of(one, *steps, step)
    return found


some_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(some_json, st.sampled_from((None, 0, 2)), st.booleans())
def test_every_value_is_found_where_it_stands(value: Any, indent: int | None, ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii)
    known = paths_of(value)
    offsets = find(text, known).values
    assert set(offsets) == set(known)
    for steps, offset in offsets.items():
        there, _ = json.JSONDecoder().raw_decode(text, offset)
        assert there == known[steps]


def test_lines_and_columns_count_from_one() -> None:
    assert line_and_column("ab", 0) == (1, 1)
    assert line_and_column("a\nbc", 3) == (2, 2)
