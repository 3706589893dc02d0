"""How a file is recognized, what is said of one that is none of them, and the kit's own form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaim_conformance.errors import UsageError
from chaim_conformance.strategies import tables
from chaim_conformance.synth_scenario import Table
from chaim_conformance.table_sources import Reading, ReadTable, read_table_files
from chaim_conformance.table_sources.own_form import read_own_form, written
from tests.table_sources.test_cloudformation import template
from tests.table_sources.test_pulumi import export
from tests.table_sources.test_pulumi import resource as of_pulumi
from tests.table_sources.test_terraform import plan, resource

DESCRIBED = {
    "Table": {
        "TableName": "t",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    }
}
DOCUMENTS: dict[str, Any] = {
    "template": template(),
    "plan": plan(resource()),
    "export": export(of_pulumi()),
    "answer": DESCRIBED,
    "answers": [DESCRIBED],
    "own": {"tables": [{"id": "Orders", "partition_key": {"name": "id"}}]},
}


def read(document: Any, folder: Path, name: str = "file.json") -> Reading:
    file = folder / name
    file.write_text(
        document if isinstance(document, str) else json.dumps(document), encoding="utf-8"
    )
    return read_table_files([file], named=lambda path: path.name)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_file_is_recognized_by_what_is_in_it(name: str, tmp_path: Path) -> None:
    (one,) = read(DOCUMENTS[name], tmp_path).tables
    assert one.table is not None
    assert one.table.source == "file.json"


@given(some=st.lists(tables(), max_size=3))
@settings(max_examples=30, deadline=None)
def test_what_is_printed_is_read_again(some: list[Table]) -> None:
    reading = Reading(tables=tuple(ReadTable(address=one.id, table=one) for one in some))
    again = read_own_form(json.loads(json.dumps(written(reading))))
    assert [one.table for one in again.tables] == some


def test_what_was_unread_stays_unread(tmp_path: Path) -> None:
    lacking = ReadTable(address="a.b", table=Table(), unread=("billing: it is a secret",))
    again = read(written(Reading(tables=(lacking,), notes=("x: y",))), tmp_path)
    assert [one.whole for one in again.tables] == [True, False]
    assert again.tables[1].address == "a.b"
    assert again.tables[1].unread == ("billing: it is a secret",)
    assert again.notes == ("x: y",)
    assert written(again)["unread"] == ["a.b: billing: it is a secret"]


def test_tables_of_several_files_are_told_apart(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(template()), encoding="utf-8")
    some = read_table_files([tmp_path / "a.json", tmp_path / "b.json", tmp_path / "a.json"])
    assert [one.table.id for one in some.tables if one.table] == ["Orders", "Orders-2"]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("[1, 2", "not JSON: Expecting"),
        ("", "not JSON: Expecting value"),
        ('"a"', "no tables are read from such a document (its members: none: it is no object)"),
        ({"a": 1}, "(its members: a); expected one of\n  a Terraform plan or state"),
        ({"TableNames": ["t"]}, "chaim-conformance tables live"),
        ({"version": 4, "lineage": "x", "resources": []}, "`terraform show -json`"),
        ({"artifacts": {}}, "STACK.template.json"),
        ({"TimeToLiveDescription": {}}, "beside that of describe-table"),
        (plan(), "this is a Terraform plan or state (terraform show -json), and there is no table"),
        ({"tables": [{"id": 7, "sort": 1}]}, "tables[0]: this is no Table"),
        ({"tables": [], "table": 1}, "expected no such member beside tables, unread and notes"),
        ({"Resources": {"T": {"Type": 7}}, "AWSTemplateFormatVersion": ""}, "T.Type: expected a"),
        ('{"Resources": ' + "[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_none_of_them_says_what_was_expected(
    document: Any, told: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as raised:
        read(document, tmp_path)
    assert str(raised.value).startswith(str(tmp_path / "file.json"))
    assert told in str(raised.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "plan.bin").write_bytes(b"PK\x03\x04\xff\xfe")
    (tmp_path / "main.tf").write_text('resource "aws_dynamodb_table" "t" {}', encoding="utf-8")
    (tmp_path / "t.yaml").write_text("a: [1\nb: 2", encoding="utf-8")
    for name, told in {
        "nowhere.json": "there is no such file",
        "": "this is a directory",
        "plan.bin": "no text in UTF-8; of a saved plan of Terraform give what `terraform show",
        "main.tf": "give what `terraform show -json` prints",
        "t.yaml": "t.yaml:2:2: neither JSON nor YAML",
    }.items():
        with pytest.raises(UsageError) as raised:
            read_table_files([tmp_path / name])
        assert told in str(raised.value)
