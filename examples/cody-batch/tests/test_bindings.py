"""Both tables are bound to Chaim, and what is told of them is what the template makes of them."""

from __future__ import annotations

import json

import pytest
from synthesized import APP, Synthesized

IDS = {"Job": "JobsTable__Job", "Repository": "RepositoriesTable__Repository"}
INDEXES = {
    "Job": {
        "indexName": "status-createdAt-index",
        "partitionKey": "status",
        "sortKey": "createdAt",
        "projectionType": "ALL",
    },
    "Repository": {
        "indexName": "status-index",
        "partitionKey": "status",
        "projectionType": "ALL",
    },
}
SORT_KEYS = {"Job": {}, "Repository": {"sortKey": "repositoryName"}}
entities = pytest.mark.parametrize("entity", IDS)


ANYWHERE, PLACED = "unknown/us-east-1", "123456789012/eu-west-1"


def local(entity: str, place: str = ANYWHERE) -> str:
    return f"aws/{place}/CodyBatchStack/dynamodb/{IDS[entity]}.json"


def test_each_entity_has_its_snapshot_and_there_is_no_other(stack: Synthesized) -> None:
    assert list(stack.snapshots()) == [local(entity) for entity in IDS]


def test_with_an_account_they_lie_below_it(placed: Synthesized) -> None:
    assert list(placed.snapshots()) == [local(entity, PLACED) for entity in IDS]


@entities
def test_a_snapshot_tells_the_truth_about_its_table(stack: Synthesized, entity: str) -> None:
    snapshot = stack.snapshots()[local(entity)]
    assert snapshot["appId"] == "cody-batch"
    assert snapshot["schema"] == json.loads((APP / "schemas" / f"{entity}.bprint").read_text())
    assert snapshot["dataStore"] == {
        "type": "dynamodb",
        "partitionKey": "jobId",
        **SORT_KEYS[entity],
        "globalSecondaryIndexes": [INDEXES[entity]],
        "ttlAttribute": "expiresAt",
        "streamEnabled": False,
        "billingMode": "PAY_PER_REQUEST",
    }


@entities
def test_the_schemas_key_is_the_tables(stack: Synthesized, entity: str) -> None:
    snapshot = stack.snapshots()[local(entity)]
    keys = {name: snapshot["dataStore"][name] for name in snapshot["schema"]["primaryKey"]}
    assert keys == snapshot["schema"]["primaryKey"]
    # DynamoDB takes nothing else for a time to live: it would keep such an item for ever.
    kinds = {field["name"]: field["type"] for field in snapshot["schema"]["fields"]}
    assert kinds["expiresAt"] == "number"


def test_each_entity_is_published_by_a_resource_of_its_own(stack: Synthesized) -> None:
    resources = stack.of_type("Custom::ChaimBinding")
    fingerprints = {one["Properties"]["Fingerprint"] for one in resources}
    assert len(resources) == len(fingerprints) == len(IDS)


def test_their_functions_get_the_secrets_name_and_may_read_it(stack: Synthesized) -> None:
    handlers = {
        name: one["Properties"]
        for name, one in stack.resources.items()
        if one["Type"] == "AWS::Lambda::Function"
        and "SECRET_NAME" in one["Properties"].get("Environment", {}).get("Variables", {})
    }
    assert len(handlers) == len(IDS)
    for name, handler in handlers.items():
        assert handler["Environment"]["Variables"] == {
            "FAILURE_MODE": "BEST_EFFORT",
            "CHAIM_API_BASE_URL": "https://ingest.chaim.co",
            "SECRET_NAME": "cody-batch/chaim-credentials",
        }
        allowed = stack.allowed(f"{name}ServiceRole")
        assert {action for action, _ in allowed} == {
            "secretsmanager:GetSecretValue",
            "secretsmanager:DescribeSecret",
        }
        assert all("secret:cody-batch/chaim-credentials-??????" in to for _, to in allowed)


@entities
def test_what_is_bundled_is_what_was_captured(placed: Synthesized, entity: str) -> None:
    bundled = json.loads((placed.bundle(IDS[entity]) / "snapshot.json").read_text())
    assert bundled == placed.snapshots()[local(entity, PLACED)]
