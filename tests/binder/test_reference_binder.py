"""What the reference binder writes, and where, in real synths."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("aws_cdk", reason="needs aws-cdk-lib: pip install aws-cdk-lib")

import aws_cdk as cdk

from chaim_conformance.contract import validator
from tests.binder.reference_apps import (
    HERE,
    Project,
    bound,
    document,
    handler_of,
    stack,
    table,
)


def test_the_snapshot_is_where_the_command_line_looks_and_bundled_beside_the_handler(
    project: Project,
) -> None:
    project.synth(bound(project, table_name="users"))

    assert project.local() == ["aws/123456789012/eu-west-1/Users/dynamodb/users__User.json"]
    assert project.assets() == ["Users/users__User/index.py", "Users/users__User/snapshot.json"]
    local = (project.snapshots / project.local()[0]).read_bytes()
    assets = project.folder / "cdk.out" / "chaim" / "assets"
    assert (assets / "Users/users__User/snapshot.json").read_bytes() == local
    assert not list(Path.cwd().iterdir())


def test_what_is_staged_for_the_function_is_the_bundle(project: Project) -> None:
    resources = project.template(bound(project))

    asset = handler_of(resources)["Code"]["S3Key"].removesuffix(".zip")
    staged = project.folder / "cdk.out" / f"asset.{asset}"
    bundle = project.folder / "cdk.out/chaim/assets/Users/Table__User"
    for name in ("index.py", "snapshot.json"):
        assert (staged / name).read_bytes() == (bundle / name).read_bytes()


def test_two_synths_in_one_process_stage_what_each_of_them_wrote(project: Project) -> None:
    project.synth(bound(project))
    resources = project.template(bound(project, table_name=None, time_to_live_attribute="ttl"))

    asset = handler_of(resources)["Code"]["S3Key"].removesuffix(".zip")
    staged = project.folder / "cdk.out" / f"asset.{asset}" / "snapshot.json"
    assert json.loads(staged.read_bytes())["dataStore"]["ttlAttribute"] == "ttl"


def test_without_cdk_json_the_bundle_is_in_the_apps_own_output(project: Project) -> None:
    (project.folder / "cdk.json").unlink()

    project.synth(bound(project))

    assert "Users/Table__User/snapshot.json" in project.assets()


def test_without_a_main_module_the_app_is_found_from_where_the_package_is_installed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(sys.modules["__main__"], "__file__")
    installed = project.folder / ".venv" / "paths.py"
    monkeypatch.setattr("chaim_reference.cdk.paths.__file__", str(installed))

    project.synth(bound(project))

    assert "Users/Table__User/snapshot.json" in project.assets()


def test_without_a_word_snapshots_are_in_the_home_directory(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHAIM_SNAPSHOT_DIR")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    project.synth(bound(project))

    base = tmp_path / "home/.chaim/cache/snapshots"
    assert len(list(base.glob("aws/*/*/Users/dynamodb/Table__User.json"))) == 1


def test_what_is_unknown_at_synth_is_called_so_and_no_token_is_anywhere(project: Project) -> None:
    def build(app: cdk.App) -> None:
        here = cdk.Stack(app, "Users")
        project.bind(here, table(here))

    snapshot = project.snapshot(build)

    assert project.local() == ["aws/unknown/unknown/Users/dynamodb/Table__User.json"]
    assert (snapshot["accountId"], snapshot["region"]) == ("unknown", "unknown")
    assert "Token" not in json.dumps(snapshot)
    assert not {"tableName", "tableArn"} & snapshot["dataStore"].keys()


def test_a_stacks_name_is_the_deployed_one(project: Project) -> None:
    def build(app: cdk.App) -> None:
        staged = cdk.Stack(cdk.Stage(app, "Prod", env=HERE), "Users")
        named = cdk.Stack(app, "Named", stack_name="people", env=HERE)
        nested = cdk.NestedStack(named, "Inner")
        for here in (staged, named, nested):
            project.bind(here, table(here))

    project.synth(build)

    names = [path.split("/")[3] for path in project.local()]
    assert names == ["Prod-Users", "people-Inner", "people"]


def test_a_relative_schema_path_begins_at_the_app(project: Project) -> None:
    (project.folder / "user.bprint").write_text(json.dumps(document()))

    def build(app: cdk.App) -> None:
        here = stack(app)
        project.bind(here, table(here), schema_path="user.bprint")

    assert project.snapshot(build)["schema"] == document()


def test_the_nested_format_validates_and_says_the_same(project: Project) -> None:
    def build(app: cdk.App) -> None:
        here = stack(app)
        project.bind(here, table(here, table_name="users"), snapshot_format="3.0")

    snapshot = project.snapshot(build)

    validator("snapshot-3.0").validate(snapshot)
    assert snapshot["identity"]["bindingId"] == "my-app:dynamodb:tableName:users:User"
    assert snapshot["resource"]["id"] == snapshot["resource"]["name"] == "users"


def test_the_flat_format_validates(project: Project) -> None:
    validator("snapshot-1.0").validate(project.snapshot(bound(project)))


def test_left_overs_of_this_stack_go_and_nothing_else(project: Project) -> None:
    def two(app: cdk.App) -> None:
        for name in ("Users", "Others"):
            here = stack(app, name)
            users = table(here)
            project.bind(here, users)
            project.bind(here, users, "Order", "Order")

    project.synth(two)
    folder = project.snapshots / "aws/123456789012/eu-west-1/Users/dynamodb"
    (folder / "notes.json").write_text('{"stackName": "Users"}')
    (folder / "broken.json").write_text("{")
    project.synth(bound(project))

    assert sorted(path.name for path in folder.iterdir()) == [
        "Table__User.json",
        "broken.json",
        "notes.json",
    ]
    assert len([path for path in project.local() if "/Others/" in path]) == 2


def test_stacks_of_one_name_and_folder_are_no_left_overs_to_each_other(project: Project) -> None:
    def build(app: cdk.App) -> None:
        for stage, entity in (("Beta", "User"), ("Prod", "Order")):
            here = cdk.Stack(cdk.Stage(app, stage), "Stack", stack_name="users")
            project.bind(here, table(here), entity=entity)

    project.synth(build)

    assert len(project.local()) == 2
