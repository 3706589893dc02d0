"""Tables as DynamoDB describes them: in answers that were saved, and in a live account (moto's)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from moto import mock_aws

from chaim_conformance.errors import UsageError
from chaim_conformance.strategies import tables
from chaim_conformance.synth_scenario import Index, Key, Table
from chaim_conformance.table_sources.described import is_description, read_description
from chaim_conformance.table_sources.live import read_live

REGION = "eu-west-1"


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """DynamoDB of an account that has nothing."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.setenv(f"AWS_{name}", "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield boto3.client("dynamodb")


def create(account: Any, table: Table) -> None:
    """Makes the table as its owner would, but for what moto does not do."""
    attributes: dict[str, str] = {}

    def schema(*keys: Key | None) -> list[dict[str, str]]:
        there = [key for key in keys if key is not None]
        attributes.update({key.name: key.type for key in there})
        kinds = ("HASH", "RANGE")
        return [
            {"AttributeName": key.name, "KeyType": kind}
            for key, kind in zip(there, kinds, strict=False)
        ]

    def index(one: Index) -> dict[str, Any]:
        projection: dict[str, Any] = {"ProjectionType": one.projection}
        if one.non_key_attributes:
            projection["NonKeyAttributes"] = list(one.non_key_attributes)
        own = one.partition_key or table.partition_key
        return {
            "IndexName": one.name,
            "KeySchema": schema(own, one.sort_key),
            "Projection": projection,
        }

    units = {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}
    provisioned = units if table.billing == "PROVISIONED" else {}
    asked: dict[str, Any] = {
        "TableName": table.name,
        "KeySchema": schema(table.partition_key, table.sort_key),
        "BillingMode": table.billing,
        **provisioned,
    }
    if table.global_indexes:
        asked["GlobalSecondaryIndexes"] = [
            {**index(one), **provisioned} for one in table.global_indexes
        ]
    if table.local_indexes:
        asked["LocalSecondaryIndexes"] = [index(one) for one in table.local_indexes]
    if table.stream:
        asked["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": table.stream}
    if table.encryption != "owned":
        asked["SSESpecification"] = {"Enabled": True, "SSEType": "KMS"}
    named = [{"AttributeName": name, "AttributeType": kind} for name, kind in attributes.items()]
    account.create_table(**asked, AttributeDefinitions=named)
    if table.ttl_attribute:
        account.update_time_to_live(
            TableName=table.name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": table.ttl_attribute},
        )


ORDERS = Table(
    id="orders",
    name="orders",
    partition_key=Key(name="id"),
    sort_key=Key(name="day", type="N"),
    global_indexes=(Index(name="by-owner", partition_key=Key(name="owner", type="B")),),
    local_indexes=(Index(name="local", sort_key=Key(name="owner", type="B")),),
    ttl_attribute="expires",
    stream="NEW_IMAGE",
)


def test_a_live_account(account: Any) -> None:
    create(account, ORDERS)
    create(account, Table(name="other.table", billing="PROVISIONED"))
    reading = read_live()
    first, second = (one.table for one in reading.tables)
    assert all(one.whole and not one.notes for one in reading.tables)
    source = "the live account"
    assert first == Table(**{**vars(ORDERS), "source": source})
    assert second == Table(
        id="other-table", name="other.table", billing="PROVISIONED", source=source
    )
    assert [one.address for one in read_live(names=["other.table"]).tables] == ["other.table"]


@settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(table=tables(constructs=("Table",)))
def test_any_table_comes_back_as_it_was_made(table: Table) -> None:
    with mock_aws():
        client = boto3.client(
            "dynamodb", REGION, aws_access_key_id="testing", aws_secret_access_key="testing"
        )
        named = Table(**{**vars(table), "name": table.name or "made-at-deployment"})
        create(client, named)
        answer = client.describe_table(TableName=named.name)
        answer |= client.describe_time_to_live(TableName=named.name)
    (read,) = read_description(answer).tables
    assert read.table is not None
    for name in ("partition_key", "sort_key", "local_indexes", "ttl_attribute", "stream", "name"):
        assert getattr(read.table, name) == getattr(named, name)
    assert read.table.global_indexes == named.global_indexes
    assert read.table.billing == named.billing
    assert (read.table.encryption == "owned") == (named.encryption == "owned")


def test_an_answer_without_ttl_says_so(account: Any) -> None:
    create(account, ORDERS)
    answer = account.describe_table(TableName="orders")
    (read,) = read_description(answer).tables
    assert read.whole
    assert "describe-time-to-live" in read.notes[0]
    answer["TimeToLiveDescription"] = {"TimeToLiveStatus": "DISABLED"}
    assert is_description([answer, answer])
    assert [one.notes for one in read_description([answer, answer]).tables] == [(), ()]


def test_an_encrypted_table_may_have_the_managed_key() -> None:
    table = {
        "TableName": "t",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "SSEDescription": {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": "arn:x"},
    }
    (read,) = read_description({"Table": table, "TimeToLiveDescription": {}}).tables
    assert read.table is not None
    assert (read.table.encryption, read.table.billing) == ("customer-arn", "PROVISIONED")
    assert "does not tell" in read.notes[0]


def test_an_empty_account_and_an_unknown_table(account: Any) -> None:
    with pytest.raises(UsageError, match=f"no table in {REGION}"):
        read_live()
    with pytest.raises(UsageError, match=r"is it of another region\? --region R"):
        read_live(names=["nowhere"])


def test_no_region_and_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    with pytest.raises(UsageError, match="no region is set"):
        read_live()
    with pytest.raises(UsageError, match="sign in"):
        read_live(region=REGION)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(UsageError, match="nobody"):
        read_live(region=REGION)


class Denying(BaseHTTPRequestHandler):
    """DynamoDB towards somebody who may not ask."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        action = self.headers["X-Amz-Target"].rpartition(".")[2]
        said = {
            "__type": "com.amazon.coral.service#AccessDeniedException",
            "Message": f"User: me is not authorized to perform: dynamodb:{action}",
        }
        body = json.dumps(said).encode()
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


def test_an_account_that_denies_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with HTTPServer(("127.0.0.1", 0), Denying) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        reach(monkeypatch, f"http://127.0.0.1:{server.server_address[1]}")
        try:
            with pytest.raises(
                UsageError, match="not authorized to perform: dynamodb:ListTables"
            ) as raised:
                read_live(region=REGION)
        finally:
            server.shutdown()
            thread.join()
    assert "it takes dynamodb:ListTables, dynamodb:DescribeTable and" in str(raised.value)


def reach(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """The account is behind this URL."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)


def test_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    reach(monkeypatch, "http://127.0.0.1:9")
    with pytest.raises(UsageError, match=r"127\.0\.0\.1:9") as raised:
        read_live(region=REGION)
    assert isinstance(raised.value.__cause__, EndpointConnectionError)
