"""What is read of a Pulumi stack, and what it keeps to itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chaim_conformance.synth_scenario import Index, Key, Table
from chaim_conformance.table_sources.document import Malformed
from chaim_conformance.table_sources.pulumi import (
    SECRET,
    SIGNATURE,
    UNKNOWN,
    is_export,
    read_export,
)

OUTPUTS: dict[str, Any] = {
    "name": "kefir-dev",
    "hashKey": "PK",
    "rangeKey": "SK",
    "billingMode": "PAY_PER_REQUEST",
    "attributes": [
        {"name": "PK", "type": "S"},
        {"name": "SK", "type": "S"},
        {"name": "GSI1PK", "type": "S"},
    ],
    "globalSecondaryIndexes": [
        {"name": "GSI1", "hashKey": "GSI1PK", "rangeKey": "SK", "projectionType": "ALL"}
    ],
    "ttl": {"attributeName": "TTL", "enabled": True},
    "pointInTimeRecovery": {"enabled": True},
    "serverSideEncryption": {"enabled": True},
    "streamEnabled": False,
    "streamViewType": "",
}
KIND = "aws:dynamodb/table:Table"


def resource(kind: str = KIND, /, **more: Any) -> dict[str, Any]:
    return {
        "urn": f"urn:pulumi:dev::kefir::kefir:Data${kind}::table",
        "custom": True,
        "type": kind,
        "inputs": {},
        "outputs": OUTPUTS,
        **more,
    }


def export(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"version": 3, "deployment": {"manifest": {}, "resources": list(resources)}}


def secret(**shown: str) -> dict[str, str]:
    return {SIGNATURE: SECRET, **shown}


def test_a_table_of_a_stack() -> None:
    document = export(resource("pulumi:pulumi:Stack"), resource())
    assert is_export(document)
    (read,) = read_export(document).tables
    assert read.whole
    key = Key(name="SK")
    assert read.table == Table(
        id="table",
        name="kefir-dev",
        partition_key=Key(name="PK"),
        sort_key=key,
        global_indexes=(Index(name="GSI1", partition_key=Key(name="GSI1PK"), sort_key=key),),
        ttl_attribute="TTL",
        encryption="managed",
        point_in_time_recovery=True,
    )


def test_before_it_is_deployed_there_are_inputs() -> None:
    inputs = {**OUTPUTS, "name": UNKNOWN, "__defaults": []}
    (read,) = read_export(export(resource(inputs=inputs, outputs={}))).tables
    assert read.whole
    assert read.notes == ("name: it is known only after the next update",)


def test_secrets_are_read_where_they_are_shown() -> None:
    hidden = {**OUTPUTS, "billingMode": secret(ciphertext="v1:abc")}
    (read,) = read_export(export(resource(outputs=hidden))).tables
    assert "billing: it is a secret; `pulumi stack export --show-secrets`" in read.unread[0]
    plain = {**OUTPUTS, "billingMode": secret(plaintext=json.dumps("PROVISIONED"))}
    (read,) = read_export(export(resource(outputs=plain))).tables
    assert read.whole
    assert read.table is not None
    assert read.table.billing == "PROVISIONED"


def test_what_is_no_table_of_this_program_is_told() -> None:
    reading = read_export(
        export(resource(), resource(external=True), resource("aws-native:dynamodb:Table"))
    )
    assert len(reading.tables) == 1
    assert "only looked up" in reading.notes[0]
    assert "a form that is not read" in reading.notes[1]


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        ({"hashKey": 7}, "hashKey: expected a text, found 7"),
        ({"attributes": {}}, "attributes: expected a list, found an object"),
        ({"ttl": "TTL"}, 'ttl: expected an object, found "TTL"'),
    ],
)
def test_malformed(outputs: dict[str, Any], told: str) -> None:
    with pytest.raises(Malformed) as raised:
        read_export(export(resource(outputs={**OUTPUTS, **outputs})))
    assert str(raised.value) == f"deployment.resources[0].outputs.{told}"
