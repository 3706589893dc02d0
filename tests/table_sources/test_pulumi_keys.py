"""Whose key encrypts a table of a Pulumi stack: what was asked for, not what came of it."""

from __future__ import annotations

from typing import Any

import pytest

from chaim_conformance.table_sources.pulumi import read_export

OWN_KEY = "arn:aws:kms:us-east-1:123456789012:key/0f0e0d0c-0b0a-4908-8706-050403020100"
# What the provider reads from AWS where encryption is on, whoever made the key.
DEPLOYED = {"enabled": True, "kmsKeyArn": OWN_KEY}


def encryption(inputs: dict[str, Any], outputs: dict[str, Any]) -> str:
    table = {"name": "orders", "hashKey": "pk", "attributes": [{"name": "pk", "type": "S"}]}
    resource = {
        "urn": "urn:pulumi:prod::shop::aws:dynamodb/table:Table::orders",
        "type": "aws:dynamodb/table:Table",
        "inputs": {**table, **inputs},
        "outputs": {**table, **outputs},
    }
    (read,) = read_export({"version": 3, "deployment": {"resources": [resource]}}).tables
    assert read.table is not None
    assert read.unread == ()
    return read.table.encryption


@pytest.mark.parametrize(
    ("asked", "found"),
    [({"enabled": True}, "managed"), (DEPLOYED, "customer-arn"), ({"enabled": False}, "owned")],
)
def test_the_key_is_the_one_that_was_asked_for(asked: dict[str, Any], found: str) -> None:
    assert encryption({"serverSideEncryption": asked}, {"serverSideEncryption": DEPLOYED}) == found


def test_what_nobody_asked_for_is_what_there_is() -> None:
    assert encryption({}, {"serverSideEncryption": {"enabled": False, "kmsKeyArn": ""}}) == "owned"
    assert encryption({}, {}) == "owned"
