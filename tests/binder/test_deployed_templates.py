"""Tables of templates that CDK itself synthesized are found and described."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from chaim_conformance.cloud_assembly import read_assembly
from chaim_conformance.deployed_tables import described

pytest.importorskip("aws_cdk", reason="needs aws-cdk-lib: pip install aws-cdk-lib")

APP = """
import sys
import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb, aws_lambda as lambda_, custom_resources

app = cdk.App(outdir=sys.argv[1])
stack = cdk.Stack(cdk.Stage(app, "Prod"), "Inner", env=cdk.Environment(region="eu-west-1"))
key = dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING)
table = dynamodb.Table(
    stack, "Table", table_name="Users", partition_key=key, time_to_live_attribute="until",
    stream=dynamodb.StreamViewType.KEYS_ONLY, encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
)
table.add_global_secondary_index(index_name="by-pk", partition_key=key)
dynamodb.TableV2(
    stack, "Second", partition_key=key, time_to_live_attribute="until",
    dynamo_stream=dynamodb.StreamViewType.NEW_IMAGE,
    encryption=dynamodb.TableEncryptionV2.aws_managed_key(),
)
handler = lambda_.Function(
    stack, "Handler", runtime=lambda_.Runtime.NODEJS_22_X, handler="index.handler",
    code=lambda_.Code.from_asset(sys.argv[2]), environment={"APP_ID": "my-app"},
)
provider = custom_resources.Provider(stack, "Provider", on_event_handler=handler)
cdk.CustomResource(
    stack, "Binding", service_token=provider.service_token, properties={"of": table.table_arn}
)
app.synth()
"""


def test_a_stack_in_a_stage(tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "index.js").write_text("exports.handler = async () => ({});")
    (code / "snapshot.json").write_text("{}")
    out = tmp_path / "cdk.out"
    subprocess.run(
        [sys.executable, "-c", APP, str(out), str(code)],
        check=True,
        capture_output=True,
        timeout=300,
        cwd=tmp_path,
    )
    (stack,) = read_assembly(out)
    assert (stack.id, stack.name, stack.place.region) == ("Inner", "Prod-Inner", "eu-west-1")
    first, second = described(stack)
    assert first.description["TableArn"].endswith(":table/Users")
    assert [one["IndexName"] for one in first.description["GlobalSecondaryIndexes"]] == ["by-pk"]
    assert first.description["SSEDescription"] == {"Status": "ENABLED", "SSEType": "KMS"}
    for table, view in ((first, "KEYS_ONLY"), (second, "NEW_IMAGE")):
        assert table.ttl_attribute == "until"
        assert table.description["StreamSpecification"]["StreamViewType"] == view
    assert second.description["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    (publication,) = stack.publications()
    assert publication.handler == "node:index.js:handler"
    assert publication.answer_style == "provider-framework"
    assert publication.environment == {"APP_ID": "my-app"}
    assert json.loads(publication.snapshot.content) == {}  # type: ignore[union-attr]
