"""The reference binder in real synths: what it writes, what it would deploy, what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aws_cdk", reason="needs aws-cdk-lib: pip install aws-cdk-lib")

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from chaim_reference.cdk import (
    BindingError,
    ChaimCredentials,
    FailureMode,
    TableBindingConfig,
)
from constructs import Construct

from chaim_conformance.contract import validator
from chaim_conformance.synth_scenario import KEY_ARN
from tests.binder.reference_apps import (
    CONFIG,
    HERE,
    SECRET,
    STRICT,
    Build,
    Project,
    document,
    fingerprint,
    handler_of,
    key,
    of_type,
    stack,
    table,
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The app's main module lies in its folder; the working directory is elsewhere."""
    folder = tmp_path / "project"
    (folder / "app").mkdir(parents=True)
    (folder / "cdk.json").write_text("{}")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(folder / "app" / "main.py"))
    monkeypatch.setenv("CHAIM_SNAPSHOT_DIR", str(tmp_path / "snapshots"))
    monkeypatch.delenv("CHAIM_API_BASE_URL", raising=False)
    return Project(folder, tmp_path / "snapshots")


def bound(project: Project, **table_has: Any) -> Build:
    """An app with one binding."""

    def build(app: cdk.App) -> None:
        here = stack(app)
        project.bind(here, table(here, **table_has))

    return build


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


def test_without_cdk_json_the_bundle_is_in_the_apps_own_output(
    project: Project, tmp_path: Path
) -> None:
    (project.folder / "cdk.json").unlink()

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


def test_a_rich_table_is_told_as_it_is(project: Project) -> None:
    def build(app: cdk.App) -> None:
        here = stack(app)
        rich = table(
            here,
            table_name="users",
            sort_key=key("sk"),
            time_to_live_attribute="ttl",
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption_key=kms.Key.from_key_arn(here, "Key", KEY_ARN),
        )
        rich.add_global_secondary_index(
            index_name="by-mail",
            partition_key=key("mail"),
            sort_key=key("since"),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=["name", "age"],
        )
        rich.add_local_secondary_index(
            index_name="by-age",
            sort_key=key("age"),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
        project.bind(here, rich)

    assert project.snapshot(build)["dataStore"] == {
        "type": "dynamodb",
        "tableName": "users",
        "tableArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/users",
        "partitionKey": "pk",
        "sortKey": "sk",
        "globalSecondaryIndexes": [
            {
                "indexName": "by-mail",
                "partitionKey": "mail",
                "sortKey": "since",
                "projectionType": "INCLUDE",
                "nonKeyAttributes": ["name", "age"],
            }
        ],
        "localSecondaryIndexes": [
            {
                "indexName": "by-age",
                "partitionKey": "pk",
                "sortKey": "age",
                "projectionType": "KEYS_ONLY",
            }
        ],
        "ttlAttribute": "ttl",
        "streamEnabled": True,
        "streamViewType": "NEW_AND_OLD_IMAGES",
        "billingMode": "PAY_PER_REQUEST",
        "encryptionKeyArn": KEY_ARN,
    }


def test_a_plain_table_has_no_feature_that_nobody_declared(project: Project) -> None:
    assert project.snapshot(bound(project))["dataStore"] == {
        "type": "dynamodb",
        "partitionKey": "pk",
        "streamEnabled": False,
        "billingMode": "PROVISIONED",
    }


def test_a_key_that_the_stack_makes_is_not_told_as_an_expression(project: Project) -> None:
    def build(app: cdk.App) -> None:
        here = stack(app)
        project.bind(here, table(here, encryption_key=kms.Key(here, "Key")))

    assert "encryptionKeyArn" not in project.snapshot(build)["dataStore"]


def test_a_table_v2_is_told_with_this_regions_key(project: Project) -> None:
    def build(app: cdk.App) -> None:
        here = stack(app)
        own = kms.Key.from_key_arn(here, "Key", KEY_ARN)
        global_table = dynamodb.TableV2(
            here,
            "Table",
            partition_key=key("pk"),
            time_to_live_attribute="ttl",
            encryption=dynamodb.TableEncryptionV2.customer_managed_key(
                own, {"us-west-2": KEY_ARN.replace("us-east-1", "us-west-2")}
            ),
            replicas=[dynamodb.ReplicaTableProps(region="us-west-2")],
        )
        project.bind(here, global_table)
        global_table.add_global_secondary_index(index_name="late", partition_key=key("mail"))

    assert project.snapshot(build)["dataStore"] == {
        "type": "dynamodb",
        "partitionKey": "pk",
        "globalSecondaryIndexes": [
            {"indexName": "late", "partitionKey": "mail", "projectionType": "ALL"}
        ],
        "ttlAttribute": "ttl",
        "streamEnabled": True,
        "streamViewType": "NEW_AND_OLD_IMAGES",
        "billingMode": "PAY_PER_REQUEST",
        "encryptionKeyArn": KEY_ARN,
    }


def test_a_table_of_cloudformations_own_construct_is_bound_too(project: Project) -> None:
    def build(app: cdk.App) -> None:
        here = stack(app)
        plain = dynamodb.CfnTable(
            here,
            "Plain",
            key_schema=[dynamodb.CfnTable.KeySchemaProperty(attribute_name="pk", key_type="HASH")],
            billing_mode=cdk.CfnParameter(here, "Mode").value_as_string,
            time_to_live_specification=dynamodb.CfnTable.TimeToLiveSpecificationProperty(
                enabled=False, attribute_name="ttl"
            ),
        )
        project.bind(here, plain)

    assert project.snapshot(build)["dataStore"] == {
        "type": "dynamodb",
        "partitionKey": "pk",
        "streamEnabled": False,
    }


def test_an_index_added_after_the_binding_is_captured(project: Project) -> None:
    def build(app: cdk.App) -> None:
        here = stack(app)
        users = table(here)
        project.bind(here, users)
        users.add_global_secondary_index(index_name="late", partition_key=key("mail"))

    (index,) = project.snapshot(build)["dataStore"]["globalSecondaryIndexes"]
    assert index == {"indexName": "late", "partitionKey": "mail", "projectionType": "ALL"}


@pytest.mark.parametrize("how", ["from_table_name", "from_table_arn", "TableV2"])
def test_an_imported_table_is_refused_and_told_why(project: Project, how: str) -> None:
    arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/users"
    here = stack(cdk.App())
    if how == "TableV2":
        imported = dynamodb.TableV2.from_table_arn(here, "Old", arn)
    else:
        imported = getattr(dynamodb.Table, how)(here, "Old", arn if "arn" in how else "users")

    with pytest.raises(BindingError, match=r"Users/Old is imported: .* not its keys, indexes"):
        project.bind(here, imported)


def test_what_is_no_table_is_refused(project: Project) -> None:
    here = stack(cdk.App())

    with pytest.raises(BindingError, match="binding Users/Binding: table: expected a DynamoDB"):
        project.bind(here, here)


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


@dataclass(frozen=True)
class Disagreement:
    other: TableBindingConfig
    named: tuple[str, ...]


@pytest.mark.parametrize(
    "case",
    [
        Disagreement(
            TableBindingConfig("other-app", SECRET), ("appId", "my-app", "other-app", "Two/Second")
        ),
        Disagreement(
            TableBindingConfig("my-app", ChaimCredentials.from_secrets_manager("other/secret")),
            ("credentials", "chaim/api-credentials", "other/secret", "One/First"),
        ),
        Disagreement(
            TableBindingConfig("my-app", ChaimCredentials.from_api_keys("key-1", "secret-1")),
            ("credentials", "an API key given directly"),
        ),
    ],
    ids=["app", "secret", "keys"],
)
def test_bindings_of_one_table_that_disagree_are_refused_across_stacks(
    project: Project, case: Disagreement
) -> None:
    app = cdk.App()
    one, two = stack(app, "One"), stack(app, "Two")
    users = table(one)
    project.bind(one, users, "First")

    with pytest.raises(BindingError) as refused:
        project.bind(two, users, "Second", "Order", config=case.other)

    assert all(name in str(refused.value) for name in case.named)
    assert "secret-1" not in str(refused.value)


def test_equal_configurations_agree_though_they_are_two(project: Project) -> None:
    def build(app: cdk.App) -> None:
        here = stack(app)
        users = table(here)
        for entity in ("User", "Order"):
            config = TableBindingConfig("my-app", ChaimCredentials.from_api_keys("key", "secret"))
            project.bind(here, users, entity, entity, config=config)

    project.synth(build)

    assert len(project.local()) == 2


def test_one_app_knows_nothing_of_another_in_the_same_process(project: Project) -> None:
    first = project.template(bound(project))

    def build(app: cdk.App) -> None:
        here = stack(app)
        config = TableBindingConfig("other-app", SECRET)
        project.bind(here, table(here), config=config)

    project.synth(build)
    assert project.template(bound(project)).keys() == first.keys()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (json.dumps(document(fields=[])), "fields"),
        ('{"schemaVersion": 1.0,', "JSON"),
        (None, "no such file"),
    ],
    ids=["no fields", "broken JSON", "missing"],
)
def test_a_schema_that_cannot_be_leaves_everything_as_it_was(
    project: Project, text: str | None, named: str
) -> None:
    project.synth(bound(project))
    before = {path: (project.snapshots / path).read_bytes() for path in project.local()}
    broken = project.folder / "broken.bprint"
    if text is not None:
        broken.write_text(text)

    def build(app: cdk.App) -> None:
        here = stack(app)
        users = table(here)
        project.bind(here, users, "Good", "Order")
        project.bind(here, users, "Bad", schema_path=str(broken))

    with pytest.raises(BindingError, match=named) as refused:
        project.synth(build)
    assert "broken.bprint" in str(refused.value)
    assert {path: (project.snapshots / path).read_bytes() for path in project.local()} == before


def test_a_schema_of_another_extension_is_refused(project: Project) -> None:
    (project.folder / "user.json").write_text(json.dumps(document()))
    here = stack(cdk.App())

    with pytest.raises(BindingError, match=r"user\.json.*\n.*expected \.bprint"):
        project.bind(here, table(here), schema_path=str(project.folder / "user.json"))


def test_a_relative_schema_path_begins_at_the_app(project: Project) -> None:
    (project.folder / "user.bprint").write_text(json.dumps(document()))

    def build(app: cdk.App) -> None:
        here = stack(app)
        project.bind(here, table(here), schema_path="user.bprint")

    assert project.snapshot(build)["schema"] == document()


@pytest.mark.parametrize(
    "make",
    [
        lambda: TableBindingConfig("", SECRET),
        lambda: TableBindingConfig("  ", SECRET),
        lambda: TableBindingConfig("my-app", None),  # type: ignore[arg-type]
        lambda: TableBindingConfig("my-app", SECRET, "strict"),  # type: ignore[arg-type]
        lambda: ChaimCredentials.from_secrets_manager(""),
        lambda: ChaimCredentials.from_secrets_manager("a secret"),
        lambda: ChaimCredentials.from_secrets_manager("arn:aws:s3:::bucket"),
        lambda: ChaimCredentials.from_secrets_manager("${Token[TOKEN.12]}"),
        lambda: ChaimCredentials.from_api_keys("key", ""),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(make: Any) -> None:
    with pytest.raises(BindingError):
        make()


def test_a_secret_is_in_no_words_about_credentials() -> None:
    credentials = ChaimCredentials.from_api_keys("key-1", "secret-1")

    assert "key-1" not in f"{credentials}{credentials!r}"
    assert "secret-1" not in f"{credentials}{credentials!r}"


def test_the_handler_is_told_all_that_was_configured(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def environment(config: TableBindingConfig = CONFIG, **context: str) -> dict[str, str]:
        def build(app: cdk.App) -> None:
            here = stack(app)
            project.bind(here, table(here), config=config)

        properties = handler_of(project.template(build, context))
        return dict(properties["Environment"]["Variables"])

    plain = {"FAILURE_MODE": "BEST_EFFORT", "CHAIM_API_BASE_URL": "https://ingest.chaim.co"}
    named = {"SECRET_NAME": "chaim/api-credentials"}
    assert environment() == {**plain, **named}
    assert environment(STRICT)["FAILURE_MODE"] == FailureMode.STRICT
    given = TableBindingConfig("my-app", ChaimCredentials.from_api_keys("key", "secret"))
    assert environment(given) == {**plain, "API_KEY": "key", "API_SECRET": "secret"}
    monkeypatch.setenv("CHAIM_API_BASE_URL", "https://from.environment")
    assert environment()["CHAIM_API_BASE_URL"] == "https://from.environment"
    by_context = environment(chaimApiBaseUrl="https://from.context")
    assert by_context["CHAIM_API_BASE_URL"] == "https://from.context"


SECRETS = "secretsmanager:eu-west-1:123456789012:secret"


@pytest.mark.parametrize(
    ("secret", "readable"),
    [
        ("chaim/keys", f":{SECRETS}:chaim/keys-??????"),
        (f"arn:aws-cn:{SECRETS}:chaim/keys-a1B2c3", f"arn:aws-cn:{SECRETS}:chaim/keys-a1B2c3"),
        (f"arn:aws:{SECRETS}:chaim/keys", f"arn:aws:{SECRETS}:chaim/keys-??????"),
    ],
    ids=["name", "complete ARN", "partial ARN"],
)
def test_the_role_reads_that_one_secret_and_logs(
    project: Project, secret: str, readable: str
) -> None:
    config = TableBindingConfig("my-app", ChaimCredentials.from_secrets_manager(secret))

    def build(app: cdk.App) -> None:
        here = stack(app)
        project.bind(here, table(here), config=config)

    resources = project.template(build)
    role = handler_of(resources)["Role"]["Fn::GetAtt"][0]
    (policy,) = [
        one["Properties"]["PolicyDocument"]["Statement"]
        for one in of_type(resources, "AWS::IAM::Policy")
        if one["Properties"]["Roles"] == [{"Ref": role}]
    ]
    (statement,) = policy
    assert statement["Action"] == ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    allowed = statement["Resource"]
    if isinstance(allowed, dict):  # the partition is the deployment's
        start, partition, rest = allowed["Fn::Join"][1]
        assert (start, partition, rest) == ("arn:", {"Ref": "AWS::Partition"}, readable)
    else:
        assert allowed == readable
    (managed,) = resources[role]["Properties"]["ManagedPolicyArns"]
    assert "AWSLambdaBasicExecutionRole" in json.dumps(managed)


def test_with_keys_given_the_role_only_logs(project: Project) -> None:
    config = TableBindingConfig("my-app", ChaimCredentials.from_api_keys("key", "secret"))

    def build(app: cdk.App) -> None:
        here = stack(app)
        project.bind(here, table(here), config=config)

    resources = project.template(build)
    role = handler_of(resources)["Role"]["Fn::GetAtt"][0]
    assert not [
        one
        for one in of_type(resources, "AWS::IAM::Policy")
        if {"Ref": role} in one["Properties"]["Roles"]
    ]


def test_the_tables_resource_is_as_it_is_without_a_binding(project: Project) -> None:
    def without(app: cdk.App) -> None:
        table(stack(app))

    with_binding, bare = project.template(bound(project)), project.template(without)

    assert bare.items() <= with_binding.items()


def test_tags_of_the_stack_reach_what_the_binder_makes(project: Project) -> None:
    def build(app: cdk.App) -> None:
        bound(project)(app)
        cdk.Tags.of(app).add("owner", "team")

    assert handler_of(project.template(build))["Tags"] == [{"Key": "owner", "Value": "team"}]


def test_it_works_where_cdk_runs_aspects_until_nothing_changes(project: Project) -> None:
    def build(app: cdk.App) -> None:
        bound(project)(app)
        cdk.Tags.of(app).add("owner", "team")

    context = {"@aws-cdk/core:aspectStabilization": True}
    assert handler_of(project.template(build, context))["Tags"]  # type: ignore[arg-type]


def test_an_app_can_be_synthesized_again(project: Project) -> None:
    app = cdk.App(outdir=str(project.folder / "cdk.out"))
    bound(project)(app)

    first, second = (app.synth(force=True).stacks[0].template for _ in range(2))

    assert first == second


def test_the_template_tells_nothing_of_the_schema(project: Project) -> None:
    resources = project.template(bound(project))

    assert "CANARY" not in json.dumps(resources)
    assert "User" not in json.dumps(handler_of(resources)["Environment"])


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


def test_an_unknown_format_is_refused(project: Project) -> None:
    here = stack(cdk.App())

    with pytest.raises(BindingError, match=r"snapshot_format: '2\.0', expected '1\.0' or '3\.0'"):
        project.bind(here, table(here), snapshot_format="2.0")


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


def test_the_functions_runtime_runs_the_handler(project: Project) -> None:
    properties = handler_of(project.template(bound(project)))

    assert properties["Runtime"] == lambda_.Runtime.PYTHON_3_12.name
    assert properties["Handler"] == "index.handler"
    # Four fifths of it have to hold the minute that the handler may take.
    assert properties["Timeout"] * 0.8 >= 60
