"""What the provider promises beyond the contract's clauses, and where Pulumi is not like others."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import engine
import pulumi
import pulumi_aws as aws
import pytest
from chaim_pulumi import BindingConfig, BindingError, ChaimTableBinding, Keys, Secret, watch
from chaim_pulumi.place import stack_name

ENTITIES = ("User", "Batch", "Event", "Reminder", "Device")
PUBLICATION = "pulumi-python:dynamic:Resource"
SECRET = BindingConfig("kefir-app", Secret("chaim"))
USER = Path(__file__).parents[1] / "schemas" / "User.bprint"
Preview = Callable[..., engine.Run]


@pytest.fixture
def preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Preview:
    """``preview(program)`` runs it; snapshots go below ``tmp_path``."""
    monkeypatch.setenv("CHAIM_SNAPSHOT_DIR", str(tmp_path / "snapshots"))

    def run(program: Callable[[], Any], **config: Any) -> engine.Run:
        given = {"project": "kefir-app", "stack": "dev", "directory": tmp_path, **config}
        return engine.run(program, **given)

    return run


def snapshots(base: Path) -> dict[str, Any]:
    """Every LOCAL snapshot below a folder, by its path there."""
    return {
        path.relative_to(base).as_posix(): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((base / "snapshots").rglob("*.json"))
    }


def table(name: Any = None, **more: Any) -> aws.dynamodb.Table:
    """A table with a key and nothing else."""
    key = aws.dynamodb.TableAttributeArgs(name="PK", type="S")
    return aws.dynamodb.Table("table", name=name, hash_key="PK", attributes=[key], **more)


def bound(config: BindingConfig = SECRET, **of_table: Any) -> Callable[[], None]:
    """A program that binds User to a table."""

    def program() -> None:
        watch()
        ChaimTableBinding("users", table=table(**of_table), schemas=[USER], config=config)

    return program


def test_the_five_entities_share_the_table(runs: Any, base: Path, stage: str) -> None:
    run = runs(stage)
    account = {"dev": "111111111111", "prod": "222222222222"}[stage]
    place = f"snapshots/aws/{account}/us-east-1/kefir-app-{stage}/dynamodb"
    found = snapshots(base / f"{stage}-preview")
    assert set(found) == {f"{place}/kefir-app-{stage}-table__{name}.json" for name in ENTITIES}
    for snapshot in found.values():
        resource = snapshot["resource"]
        assert (resource["partitionKey"], resource["sortKey"]) == ("PK", "SK")
        assert resource["ttlAttribute"] == "TTL"
        assert [one["indexName"] for one in resource["globalSecondaryIndexes"]] == ["GSI1"]
        assert snapshot["identity"]["appId"] == "kefir-app"
    environments = [
        one["environment"] for one in run.of(PUBLICATION).values() if "environment" in one
    ]
    mode = "STRICT" if stage == "prod" else "BEST_EFFORT"
    wanted = {
        "APP_ID": "kefir-app",
        "FAILURE_MODE": mode,
        "SECRET_NAME": f"kefir-app-{stage}-chaim",
    }
    assert environments == [wanted] * len(ENTITIES)


def test_what_a_preview_does_not_know_is_left_out(preview: Preview, tmp_path: Path) -> None:
    """Not the table's ARN, not a name of Pulumi's making, and no text in their place."""
    preview(bound())
    ((path, snapshot),) = snapshots(tmp_path).items()
    assert path.endswith("/aws/unknown/unknown/kefir-app-dev/dynamodb/table__User.json")
    assert "tableArn" not in snapshot["resource"]
    assert "tableName" not in snapshot["resource"]
    assert "Output" not in json.dumps(snapshot)
    assert snapshot["resolution"] == {"mode": "preview", "hasTokens": True}


def test_an_update_knows_more_of_the_same_entity(preview: Preview, tmp_path: Path) -> None:
    preview(bound())
    (before,) = snapshots(tmp_path).values()
    preview(bound(), preview=False)
    (after,) = snapshots(tmp_path).values()
    assert after["resource"]["tableName"] == "table-1a2b3c4"
    assert after["resource"]["tableArn"].endswith(":table/table-1a2b3c4")
    assert before["identity"] == after["identity"]


def test_a_name_may_be_an_output(preview: Preview, tmp_path: Path) -> None:
    def program() -> None:
        watch()
        name = pulumi.Output.concat("kefir-", pulumi.get_stack())
        ChaimTableBinding("users", table=table(name), schemas=[USER], config=SECRET)

    preview(program)
    (snapshot,) = snapshots(tmp_path).values()
    assert snapshot["identity"]["resourceId"] == "kefir-dev__User"
    assert snapshot["identity"]["stableResourceKey"] == "dynamodb:tableName:kefir-dev"


def test_two_tables_of_one_name_are_numbered(preview: Preview, tmp_path: Path) -> None:
    """One is called so in AWS, the other in the program alone."""

    def program() -> None:
        watch()
        key = aws.dynamodb.TableAttributeArgs(name="PK", type="S")
        named = aws.dynamodb.Table("a", name="table", hash_key="PK", attributes=[key])
        for component, one in (("first", named), ("second", table())):
            ChaimTableBinding(component, table=one, schemas=[USER], config=SECRET)

    preview(program)
    ids = [one["identity"]["resourceId"] for one in snapshots(tmp_path).values()]
    assert ids == ["table__User", "table__User__2"]


def test_a_renamed_component_deletes_nothing(preview: Preview) -> None:
    """The names of resources that publish are table and entity."""

    def program(component: str) -> Callable[[], None]:
        def declare() -> None:
            watch()
            ChaimTableBinding(component, table=table(), schemas=[USER], config=SECRET)

        return declare

    runs = [preview(program(name)) for name in ("users", "people")]
    one, other = (set(run.of(PUBLICATION)) for run in runs)
    assert one == other == {"table.User", "table.User.operation"}


def test_keys_are_secret_in_the_state(preview: Preview) -> None:
    def program() -> None:
        config = pulumi.Config("chaim")
        keys = Keys(config.require_secret("apiKey"), config.require_secret("apiSecret"))
        bound(BindingConfig("kefir-app", keys))()

    run = preview(program, config={"chaim:apiKey": "a-key", "chaim:apiSecret": "a-secret"})
    (publication,) = [one for one in run.resources if one.name == "table.User"]
    assert "environment" in publication.secret
    assert publication.inputs["environment"]["API_SECRET"] == "a-secret"
    assert "a-secret" not in repr(Keys("a-key", "a-secret"))


@pytest.mark.parametrize(
    ("project", "stack", "name"),
    [
        ("kefir-app", "dev", "kefir-app-dev"),
        ("kefir-app", "kefir-app-dev", "kefir-app-dev"),
        ("kefir-app", "kefir-application", "kefir-app-kefir-application"),
        ("kefir", "kefir", "kefir"),
    ],
)
def test_a_stack_is_told_from_those_of_other_projects(project: str, stack: str, name: str) -> None:
    assert stack_name(project, stack) == name


def test_a_table_that_nobody_watched_is_refused(preview: Preview, tmp_path: Path) -> None:
    def program() -> None:
        ChaimTableBinding("users", table=table(), schemas=[USER], config=SECRET)

    with pytest.raises(BindingError, match=r"users: the table table was declared before .*watch"):
        preview(program)
    assert snapshots(tmp_path) == {}


def test_nothing_is_written_where_a_later_binding_is_refused(
    preview: Preview, tmp_path: Path
) -> None:
    def program() -> None:
        watch()
        one = table()
        ChaimTableBinding("users", table=one, schemas=[USER], config=SECRET)
        other = BindingConfig("another-app", Secret("chaim"))
        ChaimTableBinding("others", table=one, schemas=[USER], config=other)

    with pytest.raises(BindingError, match=r"(?s)others .*: users .*'kefir-app'.*'another-app'"):
        preview(program)
    assert snapshots(tmp_path) == {}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (BindingConfig(" ", Secret("chaim")), "app_id must not be empty"),
        (BindingConfig("kefir-app", None), "credentials are missing"),
        (BindingConfig("kefir-app", Keys("", "x")), "api_key must not be empty"),
        (BindingConfig("kefir-app", Secret("arn:aws:s3:::chaim")), "neither a secret's name nor"),
    ],
)
def test_a_configuration_that_is_wrong_is_refused(
    preview: Preview, config: BindingConfig, said: str
) -> None:
    with pytest.raises(BindingError, match=f"users: .*{said}"):
        preview(bound(config))


def test_an_entity_is_bound_to_a_table_once(preview: Preview) -> None:
    def program() -> None:
        watch()
        ChaimTableBinding("users", table=table(), schemas=[USER, USER], config=SECRET)

    with pytest.raises(BindingError, match="the entity User is bound to this table already"):
        preview(program)
