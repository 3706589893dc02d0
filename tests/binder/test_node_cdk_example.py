"""What the example of a Node binder writes, refuses and would deploy."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from chaim_conformance import contract
from tests.binder.node_app import (
    EXAMPLE,
    PAYMENT,
    SECONDS,
    Json,
    NodeApp,
    app,
    binding,
    checkout_of,
    config,
    index,
    key,
    stack,
    table,
)

VECTORS = contract.contract_directory() / "vectors"
HERE = "aws/123456789012/us-east-1/Stack/dynamodb"


@pytest.fixture
def example(tmp_path: Path) -> NodeApp:
    return NodeApp(checkout_of(EXAMPLE, tmp_path / "checkout"), tmp_path)


def of_type(template: Json, kind: str) -> Json:
    """The one resource of this type."""
    (found,) = (one for one in template["Resources"].values() if one["Type"] == kind)
    return dict(found)


def bound(example: NodeApp, *, bind: Json | None = None, **changes: Any) -> Json:
    return app(stack([table(**changes)], [binding(example.schema(), **(bind or {}))]))


@pytest.mark.parametrize("file", ["bprint-valid.json", "bprint-invalid.json"])
@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not on PATH")
def test_schemas_are_judged_as_the_contract_does(file: str) -> None:
    vectors = json.loads((VECTORS / file).read_text(encoding="utf-8"))["vectors"]
    code = "require('fs').writeFileSync(1, JSON.stringify(JSON.parse(require('fs').readFileSync(0))"
    code += f".map(require({json.dumps(str(EXAMPLE / 'src' / 'bprint.js'))}).problemsOf)))"
    done = subprocess.run(
        ["node", "-e", code],
        input=json.dumps([vector["document"] for vector in vectors]),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    found = zip(vectors, json.loads(done.stdout), strict=True)
    assert [v for v, problems in found if bool(problems) == (file == "bprint-valid.json")] == []


@pytest.mark.parametrize("construct", ["Table", "TableV2", "imported"])
def test_snapshot_and_bundle_are_where_they_belong(example: NodeApp, construct: str) -> None:
    template = example.synthesize(bound(example, construct=construct, name="users"))
    assert list(example.local()) == [f"{HERE}/users__Payment.json"]
    snapshot = example.only_snapshot()
    assert list(contract.validator("snapshot-3.0").iter_errors(snapshot)) == []
    assert snapshot["schema"] == PAYMENT
    assert snapshot["identity"]["stableResourceKey"] == "dynamodb:tableName:users"
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/users"
    assert snapshot["resource"]["tableArn"] == arn
    bundle = example.out / "chaim" / "assets" / "Stack" / "users__Payment"
    assert json.loads((bundle / "snapshot.json").read_text()) == snapshot
    files = sorted(path.name for path in bundle.iterdir())
    assert files == ["index.js", "ingest.js", "snapshot.json", "wire.js"]
    asset = of_type(template, "AWS::Lambda::Function")["Properties"]["Code"]["S3Key"]
    staged = example.out / f"asset.{asset.removesuffix('.zip')}" / "snapshot.json"
    assert json.loads(staged.read_text()) == snapshot


@pytest.mark.parametrize("construct", ["Table", "TableV2"])
def test_indexes_that_came_late_are_in_the_snapshot(example: NodeApp, construct: str) -> None:
    late = bound(
        example,
        construct=construct,
        sortKey=key("sk"),
        stream="OLD_IMAGE",
        ttlAttribute="ttl",
        globalIndexes=[
            index(
                "byDay",
                partitionKey=key("day"),
                projection="INCLUDE",
                nonKeyAttributes=["a"],
                late=True,
            )
        ],
        localIndexes=[index("byAge", sortKey=key("age", "N"), late=True)],
    )
    example.synthesize(late)
    resource = example.only_snapshot()["resource"]
    about = {name: resource[name] for name in resource if name not in ("type", "kind", "id")}
    assert about == {
        "name": "Users",
        "region": "us-east-1",
        "partitionKey": "pk",
        "sortKey": "sk",
        "attributeTypes": {"pk": "S", "sk": "S", "day": "S", "age": "N"},
        "globalSecondaryIndexes": [
            {
                "indexName": "byDay",
                "partitionKey": "day",
                "projectionType": "INCLUDE",
                "nonKeyAttributes": ["a"],
            }
        ],
        "localSecondaryIndexes": [
            {"indexName": "byAge", "partitionKey": "pk", "sortKey": "age", "projectionType": "ALL"}
        ],
        "ttlAttribute": "ttl",
        "streamEnabled": True,
        "streamViewType": "OLD_IMAGE",
        "billingMode": "PAY_PER_REQUEST",
    }


@pytest.mark.parametrize("imported", [False, True])
def test_what_is_unknown_is_said_to_be(example: NodeApp, imported: bool) -> None:
    made = table(scopes=["Data"], construct="imported" if imported else "Table")
    one = stack([made], [binding(example.schema())], account=None, region=None)
    template = example.synthesize(app(one))
    assert list(example.local()) == ["aws/unknown/unknown/Stack/dynamodb/Users__Payment.json"]
    snapshot = example.only_snapshot()
    assert "Token[" not in json.dumps(snapshot)
    if imported:
        expected = "dynamodb:tableName:Users"  # which its ARN says
    else:
        (logical_id,) = (
            name for name, one in template["Resources"].items() if "DynamoDB" in one["Type"]
        )
        expected = f"dynamodb:logicalId:{logical_id}"
    assert snapshot["identity"]["stableResourceKey"] == expected


def test_template_has_a_raw_custom_resource_that_may_little(example: NodeApp) -> None:
    template = example.synthesize(bound(example))
    alone = example.synthesize(app(stack([table()], [])))
    kind = "AWS::DynamoDB::Table"
    assert of_type(template, kind) == of_type(alone, kind)
    (function,) = (
        name for name, one in template["Resources"].items() if "Lambda::Function" in one["Type"]
    )
    resource = of_type(template, "Custom::ChaimPublication")["Properties"]
    assert sorted(resource) == ["Fingerprint", "ServiceToken"]
    assert resource["ServiceToken"] == {"Fn::GetAtt": [function, "Arn"]}
    variables = of_type(template, "AWS::Lambda::Function")["Properties"]["Environment"]["Variables"]
    assert variables == {
        "APP_ID": "my-app",
        "FAILURE_MODE": "BEST_EFFORT",
        "CHAIM_API_BASE_URL": "https://ingest.chaim.co",
        "SECRET_NAME": "chaim/api-credentials",
    }
    (policy,) = of_type(template, "AWS::IAM::Role")["Properties"]["Policies"]
    logs, secret = policy["PolicyDocument"]["Statement"]
    assert all(action.startswith("logs:") for action in logs["Action"])
    assert secret["Action"] == "secretsmanager:GetSecretValue"
    assert json.dumps(secret["Resource"]).count("secret:chaim/api-credentials-??????") == 1


def test_keys_need_no_permission_and_strict_is_passed_on(example: NodeApp) -> None:
    strict = config(credentials={"apiKey": "k", "apiSecret": "s"}, failureMode="STRICT")
    one = stack([table()], [binding(example.schema())])
    template = example.synthesize(app(one, configs=[strict]))
    variables = of_type(template, "AWS::Lambda::Function")["Properties"]["Environment"]["Variables"]
    assert variables["FAILURE_MODE"] == "STRICT"
    assert (variables["API_KEY"], variables["API_SECRET"]) == ("k", "s")
    assert "secretsmanager" not in json.dumps(template)


def test_base_url_is_the_contexts_before_the_environments(example: NodeApp) -> None:
    one = stack([table()], [binding(example.schema())])

    def base_url(**context: str) -> Any:
        template = example.synthesize(app(one, **context), CHAIM_API_BASE_URL="https://env.test")
        function = of_type(template, "AWS::Lambda::Function")["Properties"]
        return function["Environment"]["Variables"]["CHAIM_API_BASE_URL"]

    assert base_url() == "https://env.test"
    assert base_url(chaimApiBaseUrl="https://context.test") == "https://context.test"


def test_without_a_directory_given_snapshots_are_in_the_home(example: NodeApp) -> None:
    example.synthesize(bound(example), CHAIM_SNAPSHOT_DIR="")
    assert (example.home / ".chaim/cache/snapshots" / HERE / "Users__Payment.json").is_file()
    assert not example.snapshots.exists()
    assert list(example.elsewhere.iterdir()) == []


def test_fingerprint_changes_with_schema_and_table_only(example: NodeApp) -> None:
    def fingerprint(made: Json) -> Any:
        template = example.synthesize(made)
        return of_type(template, "Custom::ChaimPublication")["Properties"]

    before = fingerprint(bound(example))
    assert fingerprint(bound(example)) == before
    assert fingerprint(bound(example, bind={"id": "Moved", "scopes": ["There"]})) == before
    fields = [*PAYMENT["fields"], {"name": "note", "type": "string"}]
    other = example.schema("other.bprint", fields=fields)
    assert fingerprint(app(stack([table()], [binding(other)]))) != before
    for changes in (
        {"encryption": "customer"},
        {"ttlAttribute": "ttl"},
        {"globalIndexes": [index("late", partitionKey=key("x"), late=True)]},
    ):
        assert fingerprint(bound(example, **changes)) != before


def test_second_synth_in_a_process_bundles_what_is_new(example: NodeApp) -> None:
    first = example.schema("first.bprint")
    second = example.schema("second.bprint", description="changed")
    told = example.converse(
        app(stack([table()], [binding(first)])), app(stack([table()], [binding(second)]))
    )
    assert all("error" not in answer for answer in told.synths), told
    assert example.only_snapshot()["schema"]["description"] == "changed"
    template = json.loads((example.out / "Stack.template.json").read_text())
    asset = of_type(template, "AWS::Lambda::Function")["Properties"]["Code"]["S3Key"]
    staged = example.out / f"asset.{asset.removesuffix('.zip')}" / "snapshot.json"
    assert json.loads(staged.read_text()) == example.only_snapshot()


def test_names_that_meet_are_numbered_and_what_is_left_over_goes(example: NodeApp) -> None:
    payment, order = example.schema(), example.schema("order.bprint", entityName="Order")
    tables = [table(), table(scopes=["Other"])]
    bindings = [binding(payment), binding(payment, id="B2", table=1), binding(order, id="B3")]
    both = app(stack(tables, bindings), stack([table()], [binding(payment)], id="Two"))
    one = app(stack(tables, bindings[1:2]), stack([], [], id="Two"))
    assert all("error" not in answer for answer in example.converse(both).synths)
    names = ["Users__Order", "Users__Payment", "Users__Payment__2"]
    there = [f"{HERE}/{name}.json" for name in names]
    assert list(example.local()) == [*there, f"{HERE.replace('Stack', 'Two')}/Users__Payment.json"]
    assert all("error" not in answer for answer in example.converse(one).synths)
    assert list(example.local()) == [f"{HERE}/Users__Payment.json"]
    assets = [p.name for p in (example.out / "chaim" / "assets").glob("*/*")]
    assert assets == ["Users__Payment"]


@pytest.mark.parametrize("entity", ["../../../../escape", "a/b", "a\\b", "nul\0", "é" * 200])
def test_names_stay_inside(example: NodeApp, entity: str) -> None:
    schema = example.schema("odd.bprint", entityName=entity)
    example.synthesize(app(stack([table()], [binding(schema)])))
    (path,) = example.local()
    assert path.startswith(f"{HERE}/Users__")
    assert path.count("/") == HERE.count("/") + 1
    assert example.only_snapshot()["identity"]["entityName"] == entity


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"fields": []}, "fields: expected a list"),
        ({"fields": [{"name": "a", "type": "int"}]}, "fields[0].type: no such type"),
        ({"extra": 1}, "extra: is not a known key"),
    ],
)
def test_invalid_schema_is_refused_and_nothing_is_written(
    example: NodeApp, changes: Json, text: str
) -> None:
    good, bad = example.schema(), example.schema("bad.bprint", **changes)
    bindings = [binding(good), binding(bad, id="Bad")]
    (refused,) = example.converse(app(stack([table()], bindings))).synths
    error = refused["error"]
    assert (error["where"], error["binding"]) == ("binding", "Bad")
    assert bad in error["message"]
    assert text in error["message"]
    assert not example.snapshots.exists()
    assert not (example.out / "chaim").exists()


def test_files_that_are_no_schemas_are_refused(example: NodeApp) -> None:
    (example.project / "broken.bprint").write_text("{")
    (example.project / "schema.json").write_text(json.dumps(PAYMENT))
    files = {"broken.bprint": "not JSON", "schema.json": ".bprint", "none.bprint": "no such file"}
    apps = [app(stack([table()], [binding(str(example.project / name))])) for name in files]
    for (name, text), refused in zip(files.items(), example.converse(*apps).synths, strict=True):
        assert refused["error"]["where"] == "binding"
        assert name in refused["error"]["message"]
        assert text in refused["error"]["message"]


@pytest.mark.parametrize(
    "bad",
    [
        {"appId": ""},
        {"credentials": None},
        {"credentials": {"secret": ""}},
        {"credentials": {"secret": "no such name"}},
        {"credentials": {"secret": "arn:aws:s3:::bucket"}},
        {"credentials": {"apiKey": "", "apiSecret": "s"}},
    ],
)
def test_bad_configs_are_refused(example: NodeApp, bad: Json) -> None:
    one = app(stack([table()], [binding(example.schema())]), configs=[config(**bad)])
    (refused,) = example.converse(one).synths
    assert refused["error"]["where"] == "binding"


@pytest.mark.parametrize("construct", ["Table", "imported"])
@pytest.mark.parametrize(
    "other", [{"appId": "other"}, {"credentials": {"apiKey": "k", "apiSecret": "s"}}]
)
def test_one_table_has_one_account_of_the_service(
    example: NodeApp, construct: str, other: Json
) -> None:
    schema = example.schema()
    one = stack([table(construct=construct, name="users")], [binding(schema, id="First")])
    two = stack([], [binding(schema, id="Second", stack=0, config=1)], id="Two")
    same, differing = (
        app(one, two, configs=[config(), config(**changes)]) for changes in ({}, other)
    )
    accepted, refused = example.converse(same, differing).synths
    assert "error" not in accepted
    assert refused["error"]["binding"] == "Second"
    assert "Stack/First" in refused["error"]["message"]
    assert "Two/Second" in refused["error"]["message"]


def test_stages_and_stack_names_are_in_the_path(example: NodeApp) -> None:
    schema = example.schema()
    told = example.converse(
        app(
            stack([table()], [binding(schema)], stage="Prod"),
            stack([table()], [binding(schema)], stage="Test", name="named"),
        )
    )
    assert "error" not in told.synths[0], told
    folders = [path.split("/")[3] for path in example.local()]
    assert folders == ["Prod-Stack", "named"]
    assert sorted(p.name for p in (example.out / "chaim" / "assets").iterdir()) == folders
