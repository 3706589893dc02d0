"""What the reference binder would deploy, in real synths."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("aws_cdk", reason="needs aws-cdk-lib: pip install aws-cdk-lib")

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from chaim_reference.cdk import (
    ChaimCredentials,
    FailureMode,
    TableBindingConfig,
)

from tests.binder.reference_apps import (
    CONFIG,
    STRICT,
    Project,
    bound,
    handler_of,
    of_type,
    stack,
    table,
)


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


def test_the_functions_runtime_runs_the_handler(project: Project) -> None:
    properties = handler_of(project.template(bound(project)))

    assert properties["Runtime"] == lambda_.Runtime.PYTHON_3_12.name
    assert properties["Handler"] == "index.handler"
    # Four fifths of it have to hold the minute that the handler may take.
    assert properties["Timeout"] * 0.8 >= 60
