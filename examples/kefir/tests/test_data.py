"""The data stack: the table that all entities share, and the bucket of photos."""

from typing import Any

import engine

S3 = "aws:s3/bucket"


def of_bucket(run: engine.Run, kind: str) -> Any:
    """What one of the resources beside the bucket says."""
    (found,) = run.of(f"{S3}{kind}:Bucket{kind}").values()
    assert found["bucket"] == run.of(f"{S3}:Bucket")["photos"]["bucket"] + "-id"
    return found


def test_one_table_with_generic_keys(run: engine.Run) -> None:
    table = run.of("aws:dynamodb/table:Table")["table"]
    assert (table["hashKey"], table["rangeKey"]) == ("PK", "SK")
    assert {one["name"]: one["type"] for one in table["attributes"]} == dict.fromkeys(
        ("PK", "SK", "GSI1PK", "GSI1SK"), "S"
    )
    (index,) = table["globalSecondaryIndexes"]
    keys = {one["keyType"]: one["attributeName"] for one in index["keySchemas"]}
    assert (index["name"], keys) == ("GSI1", {"HASH": "GSI1PK", "RANGE": "GSI1SK"})
    assert index["projectionType"] == "ALL"


def test_it_is_paid_by_request_encrypted_and_forgets(run: engine.Run) -> None:
    table = run.of("aws:dynamodb/table:Table")["table"]
    assert table["billingMode"] == "PAY_PER_REQUEST"
    assert table["serverSideEncryption"] == {"enabled": True}
    assert table["ttl"] == {"attributeName": "TTL", "enabled": True}


def test_nobody_reaches_the_bucket_from_outside(run: engine.Run) -> None:
    block = of_bucket(run, "PublicAccessBlock")
    assert [value for key, value in block.items() if key != "bucket"] == [True] * 4


def test_photos_are_encrypted(run: engine.Run) -> None:
    (rule,) = of_bucket(run, "ServerSideEncryptionConfiguration")["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}


def test_photos_are_reached_from_the_app_alone(runs: Any) -> None:
    for name, origins in (
        ("dev", ["*"]),
        ("prod", ["https://kefir.example", "https://www.kefir.example"]),
    ):
        (rule,) = of_bucket(runs(name, preview=False), "CorsConfiguration")["corsRules"]
        assert rule["allowedOrigins"] == origins


def test_photos_go_after_a_year_and_pieces_after_a_week(run: engine.Run) -> None:
    rules = {one["id"]: one for one in of_bucket(run, "LifecycleConfiguration")["rules"]}
    assert rules["delete-after-a-year"]["expiration"] == {"days": 365}
    aborted = rules["abort-incomplete-uploads"]["abortIncompleteMultipartUpload"]
    assert aborted == {"daysAfterInitiation": 7}
    assert {one["status"] for one in rules.values()} == {"Enabled"}


def test_old_versions_go_too_where_there_are_any(runs: Any) -> None:
    for name, days in (("dev", None), ("prod", 30)):
        rules = of_bucket(runs(name, preview=False), "LifecycleConfiguration")["rules"]
        old = [one.get("noncurrentVersionExpiration") for one in rules]
        assert old == [{"noncurrentDays": days} if days else None, None]
