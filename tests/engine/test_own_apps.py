"""Which of an author's schemas goes with which table, and what is played of the two."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chaim_conformance import own_apps
from chaim_conformance.binder_suite import BINDER_SUITE
from chaim_conformance.config import ProviderConfig, read_config
from chaim_conformance.errors import UsageError
from chaim_conformance.json_form import to_json
from chaim_conformance.own_stimuli import OWN, own_stimuli
from chaim_conformance.synth_scenario import App, Construct, Key, Table
from tests.strategies.app_rules import objections


def table(name: str, *keys: str, construct: Construct = "Table") -> Table:
    partition, sort = (*map(lambda key: Key(name=key), keys), None)[:2]
    assert partition is not None
    return Table(id=name, name=name, partition_key=partition, sort_key=sort, construct=construct)


def text(entity: str, *keys: str) -> str:
    names = ("partitionKey", "sortKey")
    document: dict[str, Any] = {
        "schemaVersion": 1.0,
        "entityName": entity,
        "description": "One of the author's own",
        "primaryKey": dict(zip(names, keys, strict=False)),
        "fields": [{"name": key, "type": "string"} for key in keys],
    }
    return json.dumps(document)


def provider(
    root: Path, *, tables: tuple[Table, ...] = (), schemas: dict[str, str] | None = None
) -> ProviderConfig:
    """A provider's repo with these in files."""
    named: dict[str, tuple[Path, ...]] = {}
    if tables:
        (root / "own.json").write_text(json.dumps({"tables": to_json(tables)}), encoding="utf-8")
        named["tables"] = (root / "own.json",)
    for name, one in (schemas or {}).items():
        (root / "schemas").mkdir(exist_ok=True)
        (root / "schemas" / name).write_text(one, encoding="utf-8")
        named["schemas"] = (root / "schemas",)
    return ProviderConfig(root=root, binder="command:it", **named)


def pairs(apps: tuple[App, ...]) -> list[tuple[str | None, str]]:
    return [
        (of.name, json.loads(binding.schema.text or "")["entityName"])
        for app in apps
        for _, binding, of in app.bound()
    ]


def test_schemas_go_where_their_keys_are(tmp_path: Path) -> None:
    made = own_apps.own_apps(
        provider(
            tmp_path,
            tables=(table("jobs", "jobId"), table("repositories", "jobId", "name")),
            schemas={
                "a.bprint": text("Repository", "jobId", "name"),
                "b.bprint": text("Job", "jobId"),
                "c.bprint": text("JobLog", "jobId", "line"),
            },
        )
    )
    assert pairs(made.apps) == [
        ("jobs", "Job"),
        ("jobs", "JobLog"),
        ("repositories", "Repository"),
    ]
    assert made.notes == (
        "played first: table jobs of own.json with Job, JobLog",
        "played first: table repositories of own.json with Repository",
    )
    (app,) = made.apps
    assert len(app.configs) == 1
    assert [one.schema.file for one in app.stacks[0].bindings] == [
        "schemas/b.bprint",
        "schemas/c.bprint",
        "schemas/a.bprint",
    ]


def test_entities_of_a_single_table_need_not_declare_its_keys(tmp_path: Path) -> None:
    made = own_apps.own_apps(
        provider(
            tmp_path,
            tables=(table("kefir", "PK", "SK"),),
            schemas={f"{name}.bprint": text(name, "id") for name in ("Batch", "Event", "User")},
        )
    )
    assert pairs(made.apps) == [("kefir", name) for name in ("Batch", "Event", "User")]


def test_among_tables_with_the_same_key_a_name_decides(tmp_path: Path) -> None:
    made = own_apps.own_apps(
        provider(
            tmp_path,
            tables=(table("app-users", "id"), table("app-orders", "id"), table("rest", "x")),
            schemas={"o.bprint": text("Order", "id"), "u.bprint": text("User", "id")},
        )
    )
    assert pairs(made.apps) == [("app-users", "User"), ("app-orders", "Order"), ("rest", "Order")]


def test_what_is_not_given_is_the_kits(tmp_path: Path) -> None:
    of_tables = own_apps.own_apps(provider(tmp_path, tables=(table("t", "id"),)))
    assert pairs(of_tables.apps) == [("t", "Payment"), ("t", "Order")]
    assert own_apps.own_apps(provider(tmp_path)).apps == ()
    folder = tmp_path / "other"
    folder.mkdir()
    bound = own_apps.own_apps(provider(folder, schemas={"a.bprint": text("Mine", "id")}))
    assert pairs(bound.apps) == [("prod.orders-v2", "Mine"), (None, "Mine")]


def test_a_key_of_the_newer_dialect_counts_too(tmp_path: Path) -> None:
    document = {
        "schemaVersion": "1.0",
        "entityName": "Order",
        "description": "An order",
        "identity": {"fields": ["orderId", "day"]},
        "fields": [{"name": name, "type": "string"} for name in ("orderId", "day")],
    }
    made = own_apps.own_apps(
        provider(
            tmp_path,
            tables=(table("first", "other"), table("second", "orderId", "day")),
            schemas={"o.bprint": json.dumps(document), "p.bprint": text("Other", "other")},
        )
    )
    assert pairs(made.apps) == [("first", "Other"), ("second", "Order")]


def test_many_tables_are_several_apps_and_kinds_do_not_mix(tmp_path: Path) -> None:
    kinds: tuple[Construct, ...] = ("Table", "TableV2")
    tables = tuple(table(f"t{n}", "id", construct=kinds[n % 2]) for n in range(30))
    made = own_apps.own_apps(provider(tmp_path, tables=tables))
    assert len(made.apps) == 6
    for app in made.apps:
        assert len(app.bound()) <= own_apps.MOST_BINDINGS
        assert len({of.construct for _, _, of in app.bound()}) == 1
    assert len({of.name for app in made.apps for _, _, of in app.bound()}) == 30


def test_one_table_in_two_files_is_in_two_apps(tmp_path: Path) -> None:
    again = replace(table("t", "id"), id="again")
    unnamed = [replace(table(f"u{n}", "id"), name=None) for n in range(2)]
    made = own_apps.own_apps(provider(tmp_path, tables=(*unnamed, table("t", "id"), again)))
    ids = [[one.id for one in app.stacks[0].tables] for app in made.apps]
    assert ids == [["u0", "u1", "t"], ["again"]]
    assert [problem for app in made.apps for problem in objections(app)] == []


def test_one_entity_twice_on_a_table_is_refused(tmp_path: Path) -> None:
    repo = provider(
        tmp_path,
        tables=(table("t", "id"),),
        schemas={n: text("User", "id") for n in ("a.bprint", "b.bprint")},
    )
    with pytest.raises(UsageError, match=r"a\.bprint and schemas/b\.bprint both say .*'User'"):
        own_apps.own_apps(repo)
    with pytest.raises(UsageError, match=r"both say .*'User'"):
        own_apps.own_apps(replace(repo, tables=()))


def test_files_of_one_name_in_other_repos_are_two(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder, entity in zip(folders, ("User", "Order"), strict=True):
        folder.mkdir()
        (folder / "it.bprint").write_text(text(entity, "id"), encoding="utf-8")
    first, second = own_apps.read_schemas(folders, tmp_path / "repo")
    assert (first.file, second.file) == ("schemas/it.bprint", "schemas/2/it.bprint")


def test_a_schema_that_is_none_names_file_and_place(tmp_path: Path) -> None:
    repo = provider(tmp_path, schemas={"a.bprint": '{"schemaVersion": 1.0,\n "entityName": 7}'})
    with pytest.raises(UsageError, match=r"schemas/a\.bprint:1:1: .*validate shows all"):
        own_apps.own_apps(repo)


def test_every_clause_has_a_scenario_of_the_authors_own(tmp_path: Path) -> None:
    tables = (
        table("t", "id"),
        table("u", "id", construct="TableV2"),
        Table(name="x", construct="imported"),
    )
    made = own_apps.own_apps(provider(tmp_path, tables=tables))
    assert OWN.keys() <= BINDER_SUITE.keys()
    for clause in BINDER_SUITE:
        found = own_stimuli(clause, made.apps)
        assert found, clause
        if clause not in ("B11", "B20", "B21"):  # these want some of them refused
            for app in (app for scenario in found for app in scenario.apps):
                assert list(objections(app)) == [], clause


def test_paths_are_one_or_several(tmp_path: Path) -> None:
    file = tmp_path / "chaim.toml"

    def read(lines: str) -> ProviderConfig:
        file.write_text(f'contract = "1.0"\n[provider]\n{lines}', encoding="utf-8")
        return read_config(file)[0]

    assert read('tables = "a.json"').tables == (tmp_path / "a.json",)
    several = read('tables = ["a.json", "/b.json"]\nschemas = ["s", "t.bprint"]')
    assert several.tables == (tmp_path / "a.json", Path("/b.json"))
    assert several.schemas == (tmp_path / "s", tmp_path / "t.bprint")
    assert several.without_its_own().tables == ()
    with pytest.raises(UsageError, match=r"provider\.tables: 7, expected a path, or a list of"):
        read("tables = 7")
    for wrong in ('tables = ""', "schemas = []", "schemas = [7]"):
        with pytest.raises(UsageError, match=r"provider\.(tables|schemas)"):
            read(wrong)
