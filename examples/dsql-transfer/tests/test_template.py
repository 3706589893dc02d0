"""What the stack deploys, without deploying it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aws_cdk.aws_dsql", reason="needs CDK: pip install 'aws-cdk-lib>=2.205'")
pytest.importorskip("chaim_reference", reason="needs chaim-reference-provider, see README.md")

import aws_cdk as cdk
import transfer_stack
from aws_cdk import assertions
from transfer_stack import TransferStack

ENVIRONMENT = cdk.Environment(account="123456789012", region="us-east-1")
CLUSTER = "DsqlCluster"


@dataclass(frozen=True)
class Synthesized:
    """The stack's template, and the LOCAL snapshots by entity."""

    template: assertions.Template
    snapshots: dict[str, Any]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Synthesized without bundling, in a folder of its own: pip is asked for nothing here."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "cdk.json").write_text("{}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHAIM_SNAPSHOT_DIR", str(folder / "snapshots"))
        patch.setattr(sys.modules["__main__"], "__file__", str(folder / "app.py"), raising=False)
        app = cdk.App(outdir=str(folder / "cdk.out"), context={"aws:cdk:bundling-stacks": []})
        made = TransferStack(app, "ReinventDat401Stack", env=ENVIRONMENT)
        template = assertions.Template.from_stack(made)
    files = (folder / "snapshots").rglob("*.json")
    found = [json.loads(file.read_bytes()) for file in files]
    return Synthesized(template, {one["schema"]["entityName"]: one for one in found})


def endpoint() -> dict[str, Any]:
    identifier = {"Fn::GetAtt": [CLUSTER, "Identifier"]}
    return {"Fn::Join": ["", [identifier, ".dsql.us-east-1.on.aws"]]}


def test_the_cluster_can_be_thrown_away(stack: Synthesized) -> None:
    clusters = stack.template.find_resources("AWS::DSQL::Cluster")
    assert list(clusters) == [CLUSTER]
    assert clusters[CLUSTER]["Properties"] == {"DeletionProtectionEnabled": False}


def test_the_function_is_told_where_the_cluster_is(stack: Synthesized) -> None:
    stack.template.has_resource_properties(
        "AWS::Lambda::Function",
        {
            "FunctionName": "reinvent-dat401",
            "Handler": "transfer.handler.handler",
            "Timeout": 30,
            "MemorySize": 512,
            "Environment": {"Variables": {"CLUSTER_ENDPOINT": endpoint()}},
        },
    )
    stack.template.has_output("ClusterEndpoint", {"Value": endpoint()})


def test_the_function_may_connect_to_this_cluster_and_no_more(stack: Synthesized) -> None:
    policies = stack.template.find_resources("AWS::IAM::Policy").values()
    statements = [
        one for policy in policies for one in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert [one for one in statements if "dsql" in str(one)] == [
        {
            "Action": "dsql:DbConnect",
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": [CLUSTER, "ResourceArn"]},
        }
    ]


def test_both_entities_are_bound_to_the_cluster(stack: Synthesized) -> None:
    stack.template.resource_count_is("Custom::ChaimBinding", 2)
    assert set(stack.snapshots) == {"Account", "Transaction"}
    for entity, snapshot in stack.snapshots.items():
        assert snapshot["datastoreType"] == "dsql"
        assert snapshot["resourceId"] == f"DsqlCluster__{entity}"
        assert snapshot["identity"] == {"stableResourceKey": f"dsql:logicalId:{CLUSTER}"}
        assert snapshot["dataStore"] == {"type": "dsql"}  # it declares nothing else


def test_schemas_have_the_keys_and_columns_of_the_tables(stack: Synthesized) -> None:
    sql = (Path(transfer_stack.__file__).parent / "transfer" / "tables.sql").read_text("utf-8")
    for entity, table in (("Account", "accounts"), ("Transaction", "transactions")):
        schema = stack.snapshots[entity]["schema"]
        body = sql.partition(f"CREATE TABLE {table} (")[2].partition(");")[0]
        columns = {line.split()[0]: line for line in body.strip().splitlines()}
        assert set(columns) == {field["name"] for field in schema["fields"]}
        assert "PRIMARY KEY" in columns[schema["primaryKey"]["partitionKey"]]
    assert "gen_random_uuid()" in sql


def test_without_docker_pip_puts_the_function_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(
        transfer_stack.subprocess, "run", lambda command, **_: commands.append(command)
    )
    assert transfer_stack.WithPip().try_bundle(str(tmp_path))
    assert (tmp_path / "transfer" / "handler.py").is_file()
    assert not list(tmp_path.rglob("__pycache__"))
    (command,) = commands
    assert command[command.index("--target") + 1] == str(tmp_path)
    assert Path(command[command.index("--requirement") + 1]).is_file()
