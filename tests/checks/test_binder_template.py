"""What a template has for each binding: resources, a role, a base URL, nothing of the schema."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chaim_conformance.checks.binder.expected import Expected, expected
from chaim_conformance.synth_scenario import App, Config, Synth, SynthCredentials, Table
from chaim_conformance.synth_transcript import SynthTranscript
from tests.checks.binder_verdicts import failures, verdict, violation
from tests.checks.perfect_binder import BASIC, PARTITION, grant, policy, secret_arn
from tests.checks.synthesized import (
    ORDER,
    USER,
    app,
    bend,
    edit_publication,
    edit_resource,
    perfect,
)

NAME = "chaim/api-credentials"
SECRET = f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{NAME}"
ROLE = "UserBindingHandlerRole"
KEYS = Config(credentials=SynthCredentials(kind="keys"))


def one(of: App) -> Expected:
    return expected(of)[0]


def granting(*statements: dict[str, Any], of: App | None = None) -> SynthTranscript:
    """A transcript in which the handler's role is granted this."""
    of = of or app()
    return edit_resource(perfect(of), "UserBindingPolicy", policy(ROLE, *statements))


def with_secret(secret: str, **stack: Any) -> App:
    config = Config(credentials=SynthCredentials(secret=secret))
    return app(configs=(config,), **stack)


# B17


@pytest.mark.parametrize(
    "of",
    [
        app(),
        app(documents=(USER, ORDER)),
        app(configs=(KEYS,)),
        app(account=None, region=None),
        app(region="cn-north-1"),
    ],
    ids=["secret", "two", "keys", "unknown", "China"],
)
def test_the_template_of_a_binder_without_fault(of: App) -> None:
    t = perfect(of)
    assert failures(t) == set()
    assert {verdict(clause, t) for clause in ("B17", "B18", "B29")} == {"pass"}


LOGS = grant("*", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
FINE: dict[str, tuple[App, list[dict[str, Any]]]] = {
    "as CDK grants it": (app(), [grant(secret_arn(NAME, one(app())))]),
    "one action as a text": (
        app(),
        [
            {
                "Effect": "Allow",
                "Action": "secretsmanager:GetSecretValue",
                "Resource": [secret_arn(NAME, one(app()))],
            }
        ],
    ),
    "with logs and a key": (
        app(),
        [
            LOGS,
            grant(secret_arn(NAME, one(app()))),
            grant("arn:aws:kms:us-east-1:123456789012:key/x", "kms:Decrypt"),
            {"Effect": "Deny", "Action": "*", "Resource": "*"},
        ],
    ),
    "a literal ARN": (app(), [grant(f"{SECRET}-??????")]),
    "Fn::Sub": (
        app(),
        [
            grant(
                {
                    "Fn::Sub": "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:"
                    f"${{AWS::AccountId}}:secret:{NAME}-??????"
                }
            )
        ],
    ),
    "a complete ARN": (with_secret(f"{SECRET}-AbCdEf"), [grant(f"{SECRET}-AbCdEf")]),
    "an ARN without its end": (with_secret(SECRET), [grant(f"{SECRET}-??????")]),
    "China": (
        app(region="cn-north-1"),
        [grant(f"arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:{NAME}-??????")],
    ),
    "a secret of another account": (
        with_secret(SECRET.replace("123456789012", "210987654321")),
        [grant(f"{SECRET}-??????".replace("123456789012", "210987654321"))],
    ),
}


@pytest.mark.parametrize(("of", "statements"), FINE.values(), ids=FINE)
def test_a_role_that_allows_what_it_needs(of: App, statements: list[dict[str, Any]]) -> None:
    assert failures(granting(*statements, of=of)) == set()


OWN = secret_arn(NAME, one(app()))
TOO_WIDE: dict[str, list[dict[str, Any]]] = {
    "any secret": [grant("*")],
    "secrets that begin like it": [grant(secret_arn(NAME, one(app()), "*"))],
    "secrets that begin like it, with a dash": [grant(secret_arn(NAME, one(app()), "-*"))],
    "in any region": [grant(f"arn:aws:secretsmanager:*:123456789012:secret:{NAME}-??????")],
    "another partition": [
        grant(f"arn:aws-cn:secretsmanager:us-east-1:123456789012:secret:{NAME}-??????")
    ],
    "another secret": [grant(secret_arn("other", one(app())))],
    "one more secret": [grant([OWN, secret_arn("other", one(app()))])],
    "all that can be done to it": [grant(OWN, "secretsmanager:*")],
    "changing it": [grant(OWN, "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue")],
    "everything": [grant("*", "*")],
    "all logs": [grant(OWN), grant("*", "logs:*")],
    "the table": [grant(OWN), grant("*", "dynamodb:DescribeTable")],
    "any key": [grant(OWN), grant("*", "kms:Decrypt")],
    "all but": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
}


@pytest.mark.parametrize("statements", TOO_WIDE.values(), ids=TOO_WIDE)
def test_a_role_that_is_too_wide(statements: list[dict[str, Any]]) -> None:
    assert failures(granting(*statements)) == {"B17"}


@pytest.mark.parametrize("statements", [[], [LOGS], [grant(secret_arn(NAME, one(app()), ""))]])
def test_a_role_that_cannot_read_its_secret(statements: list[dict[str, Any]]) -> None:
    assert failures(granting(*statements)) == {"B17"}


def test_without_a_secret_none_may_be_read() -> None:
    assert failures(granting(grant(OWN), of=app(configs=(KEYS,)))) == {"B17"}
    assert failures(granting(LOGS, of=app(configs=(KEYS,)))) == set()


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        ({"ManagedPolicyArns": []}, set()),
        ({"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}, {"B17"}),
        (
            {
                "ManagedPolicyArns": [
                    BASIC,
                    {"Fn::Join": ["", ["arn:", PARTITION, ":iam::aws:policy/ReadOnlyAccess"]]},
                ]
            },
            {"B17"},
        ),
        (
            {"Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": grant("*", "*")}}]},
            {"B17"},
        ),
        ({"Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": LOGS}}]}, set()),
    ],
)
def test_all_that_a_role_is_made_of_counts(properties: dict[str, Any], found: set[str]) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": properties}
    assert failures(edit_resource(perfect(app()), ROLE, role)) == found


def test_a_managed_policy_of_the_template_counts() -> None:
    wide = {**policy(ROLE, grant("*", "s3:*")), "Type": "AWS::IAM::ManagedPolicy"}
    assert failures(edit_resource(perfect(app()), "More", wide)) == {"B17"}
    of_another = policy("FrameworkRole", grant("*", "lambda:InvokeFunction"))
    assert failures(edit_resource(perfect(app()), "More", of_another)) == set()


def test_a_binding_without_a_custom_resource() -> None:
    t = bend(perfect(app()), publications=())
    assert "B17" in failures(t)
    assert verdict("B18", t) == verdict("B29", t) == "blocked by B17"
    assert verdict("B17", bend(t, assets=())) == "blocked by B14"


def test_one_of_two_without_a_custom_resource() -> None:
    t = perfect(app(documents=(USER, ORDER)))
    t = bend(t, publications=t.records[0].publications[:1])
    assert verdict("B17", t) == "blocked by B10"


def test_a_binding_with_two_custom_resources() -> None:
    t = perfect(app())
    first = t.records[0].publications[0]
    t = bend(t, publications=(first, replace(first, logical_id="Again")))
    assert verdict("B17", t) == "fail"


@pytest.mark.parametrize("fields", [{"function": ""}, {"function": "Gone"}])
def test_a_custom_resource_without_a_handler(fields: dict[str, Any]) -> None:
    assert verdict("B17", edit_publication(perfect(app()), **fields)) == "fail"


# B18 and B28

CONTEXT = "https://stage.example"
ENVIRONMENT = "https://dev.example"


@pytest.mark.parametrize(
    ("context", "environment", "have", "found"),
    [
        (None, None, None, set()),
        (None, None, "https://ingest.chaim.co/", set()),
        (None, None, CONTEXT, {"B18"}),
        (CONTEXT, None, CONTEXT, set()),
        (CONTEXT, None, None, {"B18"}),
        (CONTEXT, None, "https://ingest.chaim.co", {"B18"}),
        (None, ENVIRONMENT, ENVIRONMENT, set()),
        (None, ENVIRONMENT, None, {"B28"}),
        (None, ENVIRONMENT, "https://ingest.chaim.co", {"B28"}),
        (CONTEXT, ENVIRONMENT, CONTEXT, set()),
        (CONTEXT, ENVIRONMENT, ENVIRONMENT, {"B28"}),
        (CONTEXT, ENVIRONMENT, "https://ingest.chaim.co", {"B18"}),
    ],
)
def test_the_base_url_that_the_handler_is_given(
    context: str | None, environment: str | None, have: str | None, found: set[str]
) -> None:
    of = app(context=(("chaimApiBaseUrl", context),) if context else ())
    t = perfect(of, synths=(Synth(base_url=environment),))
    variables = dict(t.records[0].publications[0].environment)
    del variables["CHAIM_API_BASE_URL"]
    t = replace(t, names=(("CHAIM_API_BASE_URL", "INGEST_URL"),))
    t = edit_publication(t, environment={**variables, **({"INGEST_URL": have} if have else {})})
    assert failures(t) == found


# B24


def test_a_table_is_the_same_without_the_binding() -> None:
    with_it = app(Table(stream="NEW_IMAGE"))
    without = App(stacks=(replace(with_it.stacks[0], bindings=()),))
    t = perfect(without, with_it)
    assert failures(t) == set()
    assert verdict("B24", t) == "pass"
    assert verdict("B24", perfect(with_it)) == "nothing"
    table = t.records[1].stacks[0].template["Resources"]["Table1A2B3C4D"]
    annotated = {**table, "Metadata": {"bound": True}}
    assert failures(edit_resource(t, "Table1A2B3C4D", annotated)) == set()
    for change in (
        {"DeletionPolicy": "Retain"},
        {"DependsOn": ["UserBinding"]},
        {"Properties": {**table["Properties"], "Tags": [{"Key": "chaim", "Value": "1"}]}},
    ):
        t = edit_resource(t, "Table1A2B3C4D", {**table, **change})
        assert failures(t) == {"B24"}
        assert next(iter(change)) in violation("B24", t).seen


# B29


@pytest.mark.parametrize(
    "value",
    [
        "canary000003",
        '{"description": "canary000001 users"}',
        {"Fn::Join": ["", ["canary000002Mail", PARTITION]]},
        ["total", "orderId"],
        '{"fields": [{"name": "orderId", "type": "string"}]}',
        "x" * 4096,
    ],
    ids=lambda value: str(value)[:30],
)
@pytest.mark.parametrize("where", ["properties", "environment"])
def test_nothing_of_the_schema_is_in_the_template(value: Any, where: str) -> None:
    document = {**USER, "fields": [*USER["fields"], *ORDER["fields"]]}
    t = perfect(app(documents=(document,)))
    publication = t.records[0].publications[0]
    t = edit_publication(t, **{where: {**getattr(publication, where), "more": value}})
    assert failures(t) == {"B29"}


def test_names_of_the_table_are_nothing_of_the_schema() -> None:
    t = perfect(app(Table(name="total"), documents=(ORDER,)))
    publication = t.records[0].publications[0]
    t = edit_publication(t, properties={**publication.properties, "name": "total", "x": "orderId"})
    assert failures(t) == set()
