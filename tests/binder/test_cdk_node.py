"""The program that drives a Node binder, over its pipes, with a small provider in the other end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chaim_conformance import contract
from tests.binder.node_app import (
    Conversation,
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

KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/0f0e0d0c-0b0a-4908-8706-050403020100"
# As ES modules only, while the program asks for CommonJS first. It notes what it is given.
NOTING = """
import { Annotations, CfnOutput, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';

export const FailureMode = { STRICT: 'strict, by this provider' };
export const ChaimCredentials = {
  fromSecretsManager: (secret) => ({ secret }),
  fromApiKeys: (apiKey, apiSecret) => ({ apiKey, apiSecret }),
};
export class TableBindingConfig {
  constructor(...given) {
    if (given[0] === '') throw new TypeError('appId is empty');
    this.given = given;
  }
}
let configs = new Set();
export class ChaimDynamoDBBinder extends Construct {
  constructor(scope, id, { schemaPath, table, config }) {
    super(scope, id);
    console.log('a line on stdout of', id);
    if (id === 'Noting') Annotations.of(this).addError('this is wrong');
    if (id === 'Several') throw new AggregateError(['one thing', new Error('another')], 'wrong');
    if (id === 'Rejecting') Promise.reject(new Error('nobody waits for this'));
    if (id === 'Leaving') process.exit(7);
    if (id === 'Failing') table.node.addValidation({ validate: () => ['not like this'] });
    configs.add(config);
    new CfnOutput(this, 'Given', { value: JSON.stringify(config.given) });
    new CfnOutput(this, 'Configs', { value: String(configs.size) });
  }
}
"""


@pytest.fixture
def noting(tmp_path: Path) -> NodeApp:
    """A provider that is ES modules only, below a scope, and puts what it is given into outputs."""
    source = tmp_path / "source"
    source.mkdir()
    manifest = {
        "name": "@scope/noting",
        "type": "module",
        "exports": {"import": "./main.js"},
    }
    (source / "package.json").write_text(json.dumps(manifest))
    (source / "main.js").write_text(NOTING)
    return NodeApp(checkout_of(source, tmp_path / "checkout"), tmp_path)


def outputs(told: Conversation, home: NodeApp) -> dict[str, str]:
    (answer,) = told.synths
    (template,) = Path(answer["directory"]).rglob("*.template.json")
    found = json.loads(template.read_text())["Outputs"]
    return {name: found[name]["Value"] for name in sorted(found)}


def test_start_says_what_can_be_asked_for(noting: NodeApp) -> None:
    (answer,) = noting.converse().answers
    assert list(contract.validator("binder-answer").iter_errors(answer)) == []
    assert answer["capabilities"] == ["core", "aws-cdk"]
    assert answer["formats"] == ["1.0"]
    assert answer["constructs"] == ["Table", "TableV2", "imported"]


def test_requests_of_these_tests_are_the_contracts() -> None:
    made = app(stack([table(globalIndexes=[index("byDay", partitionKey=key("day"))])], []))
    request = {"request": "synth", "id": 1, "app": made}
    assert list(contract.validator("binder-request").iter_errors(request)) == []


@pytest.mark.parametrize("construct", ["Table", "TableV2"])
def test_tables_have_all_that_is_asked_for(noting: NodeApp, construct: str) -> None:
    rich = table(
        construct=construct,
        name="users",
        scopes=["Data", "Inner"],
        sortKey=key("sk", "N"),
        globalIndexes=[
            index(
                "byDay",
                partitionKey=key("day"),
                sortKey=key("at", "B"),
                projection="INCLUDE",
                nonKeyAttributes=["a", "b"],
            ),
            index("byCity", partitionKey=key("city"), late=True),
        ],
        localIndexes=[index("byAge", sortKey=key("age", "N"), projection="KEYS_ONLY", late=True)],
        ttlAttribute="ttl",
        stream="NEW_IMAGE",
        billing="PROVISIONED",
        encryption="customer-arn",
        keyArn=KEY_ARN,
        pointInTimeRecovery=True,
        deletionProtection=True,
        infrequentAccess=True,
        contributorInsights=True,
        tags={"team": "payments"},
    )
    resources = noting.synthesize(app(stack([rich], [])))["Resources"]
    properties = next(
        one["Properties"] for one in resources.values() if "::DynamoDB::" in one["Type"]
    )
    here = properties if construct == "Table" else properties["Replicas"][0]
    assert properties["TableName"] == "users"
    assert [one["AttributeName"] for one in properties["KeySchema"]] == ["pk", "sk"]
    assert [one["IndexName"] for one in properties["GlobalSecondaryIndexes"]] == ["byDay", "byCity"]
    assert properties["GlobalSecondaryIndexes"][0]["Projection"] == {
        "ProjectionType": "INCLUDE",
        "NonKeyAttributes": ["a", "b"],
    }
    assert [one["IndexName"] for one in properties["LocalSecondaryIndexes"]] == ["byAge"]
    assert properties["TimeToLiveSpecification"]["AttributeName"] == "ttl"
    assert properties["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    assert properties.get("BillingMode", "PROVISIONED") == "PROVISIONED"
    assert here["SSESpecification"]["KMSMasterKeyId"] == KEY_ARN
    assert here["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert here["DeletionProtectionEnabled"] is True
    assert here["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert here["ContributorInsightsSpecification"] == {"Enabled": True}
    assert here["Tags"] == [{"Key": "team", "Value": "payments"}]


@pytest.mark.parametrize("construct", ["Table", "TableV2"])
@pytest.mark.parametrize("encryption", ["owned", "managed", "customer"])
def test_encryption_is_whose_it_is_asked_for(
    noting: NodeApp, construct: str, encryption: str
) -> None:
    made = table(construct=construct, encryption=encryption)
    resources = noting.synthesize(app(stack([made], [])))["Resources"]
    keys = [one for one in resources.values() if one["Type"] == "AWS::KMS::Key"]
    assert len(keys) == (encryption == "customer")


@pytest.mark.parametrize("name", [None, "users"])
@pytest.mark.parametrize("region", [None, "cn-north-1"])
def test_imported_tables_make_nothing(
    noting: NodeApp, name: str | None, region: str | None
) -> None:
    made = table(construct="imported", name=name, globalIndexes=[index("late", late=True)])
    template = noting.synthesize(app(stack([made], [], region=region)))
    assert "Resources" not in template


def test_stages_names_and_unknown_environments(noting: NodeApp) -> None:
    told = noting.converse(
        app(
            stack([table()], [binding("x", scopes=["A"])], id="One", stage="Prod", name="one"),
            stack([], [binding("x", scopes=["A"])], id="Two", account=None, region=None),
        )
    )
    assert told.synths == ({"id": 1, "directory": str(noting.out)},), told.stderr
    prod = json.loads((noting.out / "assembly-Prod" / "manifest.json").read_text())["artifacts"]
    (one,) = (a for a in prod.values() if a["type"] == "aws:cloudformation:stack")
    assert one["properties"]["stackName"] == "one"
    assert one["environment"] == "aws://123456789012/us-east-1"
    two = json.loads((noting.out / "manifest.json").read_text())["artifacts"]["Two"]
    assert two["environment"] == "aws://unknown-account/unknown-region"


def test_bindings_of_one_config_share_one_object(noting: NodeApp) -> None:
    strict = config(credentials={"apiKey": "k", "apiSecret": "s"}, failureMode="STRICT")
    bare = config(appId="other", credentials=None)
    bindings = [
        binding("x", id="First"),
        binding("x", id="Second", config=1),
        binding("x", id="Third"),
    ]
    told = noting.converse(app(stack([table()], bindings), configs=[strict, bare]))
    found = outputs(told, noting)
    given = [json.loads(text) for name, text in found.items() if "Given" in name]
    assert given[0] == given[2]
    assert given[0] == ["my-app", {"apiKey": "k", "apiSecret": "s"}, "strict, by this provider"]
    assert given[1] == ["other", None]
    assert [text for name, text in found.items() if "Configs" in name] == ["1", "2", "2"]


def test_what_a_provider_prints_is_no_answer(noting: NodeApp) -> None:
    told = noting.converse(app(stack([table()], [binding("x")])))
    assert told.synths[0]["id"] == 1
    assert "a line on stdout of Binding" in told.stderr


def test_a_config_that_is_refused_is_the_first_bindings_that_has_it(noting: NodeApp) -> None:
    bindings = [binding("x", id="Good"), binding("x", id="Bad", config=1)]
    told = noting.converse(app(stack([table()], bindings), configs=[config(), config(appId="")]))
    (refused,) = told.synths
    error = {"where": "binding", "binding": "Bad", "type": "TypeError", "message": "appId is empty"}
    assert refused == {"id": 1, "error": error}
    assert list(contract.validator("binder-answer").iter_errors(refused)) == []


def test_an_app_that_nobody_could_build_is_no_refusal(noting: NodeApp) -> None:
    twice = [table(), table()]
    (refused,) = noting.converse(app(stack(twice, []))).synths
    assert refused["error"]["where"] == "app"
    assert "Users" in refused["error"]["message"]


@pytest.mark.parametrize(
    ("binder", "text"), [("Noting", "this is wrong"), ("Failing", "not like this")]
)
def test_what_fails_afterwards_is_the_synths_and_the_next_goes_on(
    noting: NodeApp, binder: str, text: str
) -> None:
    bad = app(stack([table()], [binding("x", id=binder)]))
    good = app(stack([table()], [binding("x")]))
    refused, done = noting.converse(bad, good).synths
    assert refused["error"]["where"] == "synth"
    assert text in refused["error"]["message"]
    assert "error" not in done


def test_several_errors_are_all_told(noting: NodeApp) -> None:
    (refused,) = noting.converse(app(stack([table()], [binding("x", id="Several")]))).synths
    assert refused["error"]["message"] == "wrong\none thing\nanother"


@pytest.mark.parametrize(("binder", "code"), [("Rejecting", 1), ("Leaving", 7)])
def test_a_provider_that_ends_the_process_gives_no_answer(
    noting: NodeApp, binder: str, code: int
) -> None:
    told = noting.converse(app(stack([table()], [binding("x", id=binder)])))
    assert (told.synths, told.code) == ((), code)
    assert ("nobody waits for this" in told.stderr) == (binder == "Rejecting")


def test_a_package_that_exports_something_else_says_what(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "package.json").write_text('{"name": "other", "main": "main.js"}')
    (source / "main.js").write_text("exports.Binder = class {}; exports.FailureMode = {}")
    told = NodeApp(checkout_of(source, tmp_path / "checkout"), tmp_path).converse()
    assert (told.answers, told.code) == ((), 1)
    assert "other has to export ChaimDynamoDBBinder" in told.stderr
    assert "it exports: Binder, FailureMode" in told.stderr
