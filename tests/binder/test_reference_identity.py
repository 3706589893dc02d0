"""What the reference binder calls things, in real synths: the same from one synth to the next."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aws_cdk", reason="needs aws-cdk-lib: pip install aws-cdk-lib")

import aws_cdk as cdk
from constructs import Construct

from tests.binder.reference_apps import (
    Project,
    fingerprint,
    stack,
    table,
)


def test_a_collision_counts_up_and_every_entity_has_its_own(project: Project) -> None:
    def build(app: cdk.App) -> None:
        for name in ("One", "Two"):
            here = stack(app, name)
            for scope in ("A", "B", "C"):
                project.bind(here, table(Construct(here, f"In{scope}")), scope)
            project.bind(here, table(here), "Order", "Order")

    project.synth(build)

    assert [path.rpartition("/")[2] for path in project.local()] == 2 * [
        "Table__Order.json",
        "Table__User.json",
        "Table__User__2.json",
        "Table__User__3.json",
    ]


def test_the_key_is_the_tables_whatever_the_binding_is_called(project: Project) -> None:
    def keys(**table_has: Any) -> set[str]:
        found = set()
        for id in ("Binding", "Renamed"):

            def build(app: cdk.App, id: str = id) -> None:
                here = stack(app)
                project.bind(here, table(here, **table_has), id)

            found.add(project.snapshot(build)["identity"]["stableResourceKey"])
        return found

    assert keys(table_name="users") == {"dynamodb:tableName:users"}
    assert keys() == {"dynamodb:logicalId:TableCD117FA1"}


def test_a_renamed_binding_deploys_the_same_resources(project: Project) -> None:
    def renamed(id: str) -> set[str]:
        def build(app: cdk.App) -> None:
            here = stack(app)
            project.bind(here, table(here), id)

        return set(project.template(build))

    assert renamed("Binding") == renamed("Renamed")


def test_a_renamed_entity_gets_resources_of_its_own_so_that_the_old_one_is_deleted(
    project: Project,
) -> None:
    def entity(name: str) -> set[str]:
        def build(app: cdk.App) -> None:
            here = stack(app)
            project.bind(here, table(here), entity=name)

        return set(project.template(build))

    assert len(entity("User") & entity("Customer")) == 1  # the table


HOSTILE = ("../../out", "a/b", "a\\b", "..", "nul\0", "new\nline", "x" * 300, "ü" * 200, "a:b")


def test_hostile_names_stay_inside_and_apart(project: Project, tmp_path: Path) -> None:
    def build(app: cdk.App) -> None:
        here = stack(app)
        users = table(here)
        for number, entity in enumerate(HOSTILE):
            project.bind(here, users, f"B{number}", entity)

    project.synth(build)

    folder = project.snapshots / "aws/123456789012/eu-west-1/Users/dynamodb"
    assert len(project.local()) == len(list(folder.iterdir())) == len(HOSTILE)
    assert len(project.assets()) == 2 * len(HOSTILE)
    found = {json.loads(path.read_bytes())["schema"]["entityName"] for path in folder.iterdir()}
    assert found == set(HOSTILE)
    assert {path.name for path in tmp_path.iterdir()} == {"project", "snapshots", "elsewhere"}


def test_a_name_that_can_be_a_files_is_left_alone(project: Project) -> None:
    def build(app: cdk.App) -> None:
        here = stack(app)
        project.bind(here, table(here, table_name="my.users-1_x"), entity="注文 🦾")

    assert project.snapshot(build)["resourceId"] == "my.users-1_x__注文 🦾"


PROGRAM = """
import sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
import aws_cdk as cdk
from tests.binder.reference_apps import Project, fingerprint, stack, table

project = Project(Path(__file__).parent, Path(__file__).parent / "snapshots")

def build(app):
    here = cdk.Stack(app, "Users")
    project.bind(here, table(here))

print(fingerprint(project.template(build)))
"""


@pytest.mark.night
def test_a_fingerprint_changes_with_what_is_said_and_not_with_the_process(
    project: Project, tmp_path: Path
) -> None:
    (project.folder / "main.py").write_text(PROGRAM)
    checkout = Path(__file__).parents[2]

    def of_a_process() -> str:
        command = [project.folder / "main.py", checkout, checkout / "reference_impl"]
        ran = subprocess.run(
            [sys.executable, *map(str, command)],
            cwd=tmp_path / "elsewhere",
            capture_output=True,
            check=True,
            text=True,
            timeout=120,
        )
        return ran.stdout.strip()

    def in_this_process(**table_has: Any) -> str:
        def build(app: cdk.App) -> None:
            here = cdk.Stack(app, "Users")
            project.bind(here, table(here, **table_has))

        return fingerprint(project.template(build))

    # In a process of its own, the app is found by its main module, wherever it is run.
    one, two = of_a_process(), of_a_process()
    assert len(one) == 64
    assert "Users/Table__User/snapshot.json" in project.assets()
    assert one == two == in_this_process()
    assert one != in_this_process(time_to_live_attribute="ttl")
