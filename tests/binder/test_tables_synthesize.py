"""CDK really synthesizes drawn tables, and moto's CloudFormation really creates them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from moto import mock_aws

from chaim_conformance.strategies import tables
from chaim_conformance.synth_scenario import Construct, Index, Key, Table
from chaim_conformance.table_sources.cloudformation import read_template

aws_cdk = pytest.importorskip("aws_cdk", reason="needs aws-cdk-lib: pip install aws-cdk-lib")
from tests.binder.builder import build  # noqa: E402  after the import that may be missing

REGION = "us-east-1"
# moto warns of what it will not do: a table's other features concern nothing here.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def _nobodys_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)


def some(construct: Construct, examples: int) -> list[Table]:
    found: list[Table] = []

    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(tables(constructs=(construct,)))
    def collect(table: Table) -> None:
        found.append(table)

    collect()
    return found


def synthesize(some: list[Table], directory: Path) -> Iterator[dict[str, Any]]:
    """The template of each table, one stack each, of one app."""
    app = aws_cdk.App(outdir=str(directory))
    for number, table in enumerate(some):
        environment = aws_cdk.Environment(account="123456789012", region=REGION)
        build(aws_cdk.Stack(app, f"Stack{number}", env=environment), table)
    assembly = app.synth()
    for number in range(len(some)):
        yield json.loads(
            Path(assembly.get_stack_by_name(f"Stack{number}").template_full_path).read_bytes()
        )


def resource(template: dict[str, Any], kind: str) -> dict[str, Any]:
    """The properties of the only resource of a kind."""
    (found,) = [one for one in template["Resources"].values() if one["Type"] == kind]
    properties: dict[str, Any] = found["Properties"]
    return properties


def schema(partition: Key | None, sort: Key | None) -> list[dict[str, str]]:
    keys = (partition, "HASH"), (sort, "RANGE")
    return [{"AttributeName": key.name, "KeyType": kind} for key, kind in keys if key]


def described(index: Index, table: Table) -> tuple[Any, ...]:
    partition = index.partition_key or table.partition_key
    return index.name, schema(partition, index.sort_key), index.projection, index.non_key_attributes


def seen(index: dict[str, Any]) -> tuple[Any, ...]:
    projection = index["Projection"]
    return (
        index["IndexName"],
        index["KeySchema"],
        projection["ProjectionType"],
        tuple(projection.get("NonKeyAttributes", ())),
    )


def assert_same(table: Table, about: dict[str, Any]) -> None:
    """A description, or a template's properties, say what the table does."""
    assert about["KeySchema"] == schema(table.partition_key, table.sort_key)
    for indexes, key in (
        (table.global_indexes, "GlobalSecondaryIndexes"),
        (table.local_indexes, "LocalSecondaryIndexes"),
    ):
        found = {one["IndexName"]: seen(one) for one in about.get(key, ())}
        assert found == {one.name: described(one, table) for one in indexes}
    assert about.get("StreamSpecification", {}).get("StreamViewType") == table.stream


@pytest.mark.parametrize("construct", ["Table", "TableV2"])
def test_cdk_synthesizes_a_hundred_tables(construct: Construct, tmp_path: Path) -> None:
    kind = {"Table": "AWS::DynamoDB::Table", "TableV2": "AWS::DynamoDB::GlobalTable"}[construct]
    drawn = some(construct, 100)
    for table, template in zip(drawn, synthesize(drawn, tmp_path), strict=True):
        about = resource(template, kind)
        assert_same(table, about)
        assert about.get("TableName") == table.name
        ttl = about.get("TimeToLiveSpecification", {}).get("AttributeName")
        assert ttl == table.ttl_attribute


def test_imported_tables_leave_no_resource(tmp_path: Path) -> None:
    for template in synthesize(some("imported", 5), tmp_path):
        assert "Resources" not in template


@mock_aws
def test_cloudformation_creates_the_tables(tmp_path: Path) -> None:
    drawn = some("Table", 60)
    formation = boto3.client("cloudformation", region_name=REGION)
    store = boto3.client("dynamodb", region_name=REGION)
    for table, template in zip(drawn, synthesize(drawn, tmp_path), strict=True):
        # The parameter and the rule of CDK's bootstrapping have no part in it.
        body = {"Resources": template["Resources"]}
        formation.create_stack(StackName="Stack", TemplateBody=json.dumps(body))
        resources = formation.describe_stack_resources(StackName="Stack")["StackResources"]
        (name,) = [
            one["PhysicalResourceId"]
            for one in resources
            if one["ResourceType"] == "AWS::DynamoDB::Table"
        ]
        about = store.describe_table(TableName=name)["Table"]
        assert_same(table, about)
        assert table.name in (None, name)
        types = {
            one["AttributeName"]: one["AttributeType"] for one in about["AttributeDefinitions"]
        }
        assert types[table.partition_key.name] == table.partition_key.type
        if table.deletion_protection:
            store.update_table(TableName=name, DeletionProtectionEnabled=False)
        formation.delete_stack(StackName="Stack")
        if name in store.list_tables()["TableNames"]:  # CDK retains tables
            store.delete_table(TableName=name)


@pytest.mark.parametrize("construct", ["Table", "TableV2"])
def test_what_is_synthesized_is_read_again(construct: Construct, tmp_path: Path) -> None:
    """``chaim-conformance tables`` reads of a template what its author declared."""
    declared = some(construct, 20)
    for table, template in zip(declared, synthesize(declared, tmp_path), strict=True):
        (read,) = read_template(template).tables
        assert read.table is not None
        assert read.unread == read.notes == ()
        found = replace(read.table, id=table.id, tags=tuple(sorted(read.table.tags)))
        assert found == replace(table, tags=tuple(sorted(table.tags)))
