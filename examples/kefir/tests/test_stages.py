"""What development and production have in common, and in what they differ."""

from collections.abc import Mapping
from typing import Any

import engine
import pulumi
import pytest
from kefir.program import declare

# The pool, the table and the bucket: what is in them nobody can make again.
CRITICAL = {
    ("aws:cognito/userPool:UserPool", "users"),
    ("aws:dynamodb/table:Table", "table"),
    ("aws:s3/bucket:Bucket", "photos"),
}
TABLE, POOL = "aws:dynamodb/table:Table", "aws:cognito/userPool:UserPool"


def physical_name(inputs: Mapping[str, Any]) -> str | None:
    """The name that a resource gets in AWS."""
    names = (inputs.get(key) for key in ("name", "dashboardName"))
    return next((name for name in names if name is not None), None)


def test_every_name_has_the_stage_in_it(run: engine.Run, stage: str) -> None:
    named = {
        (one.type, name): name
        for one in run.resources
        if one.type.startswith("aws:") and (name := physical_name(one.inputs))
    }
    odd = {
        name
        for name in named.values()
        if not name.removeprefix("/aws/lambda/").startswith(f"kefir-app-{stage}-")
    }
    assert odd == {"$default"}  # the API's stage, which is called so by API Gateway
    assert len(named) > 30
    assert run.of("aws:s3/bucket:Bucket")["photos"]["bucket"] == f"kefir-app-{stage}-photos"


def test_no_two_stages_share_a_name(runs: Any) -> None:
    dev, prod = ({physical_name(r.inputs) for r in runs(s).resources} for s in ("dev", "prod"))
    assert dev & prod == {None, "$default"}


def test_what_is_critical_survives_in_production(runs: Any) -> None:
    assert runs("prod").protected == runs("prod").retained == CRITICAL
    assert runs("dev").protected == runs("dev").retained == set()


@pytest.mark.parametrize(("name", "is_production"), [("dev", False), ("prod", True)])
def test_deletion_protection_and_recovery(runs: Any, name: str, is_production: bool) -> None:
    run = runs(name)
    table = run.of(TABLE)["table"]
    assert table["deletionProtectionEnabled"] is is_production
    assert table["pointInTimeRecovery"] == {"enabled": is_production}
    pool = run.of(POOL)["users"]
    assert pool["deletionProtection"] == ("ACTIVE" if is_production else "INACTIVE")
    assert run.of("aws:s3/bucket:Bucket")["photos"]["forceDestroy"] is not is_production
    assert bool(run.of("aws:s3/bucketVersioning:BucketVersioning")) is is_production


@pytest.mark.parametrize(("name", "days"), [("dev", 1), ("prod", 30)])
def test_logs_are_kept_for_as_long_as_the_stage_says(runs: Any, name: str, days: int) -> None:
    groups = runs(name).of("aws:cloudwatch/logGroup:LogGroup")
    functions = runs(name).of("aws:lambda/function:Function")
    assert {group["retentionInDays"] for group in groups.values()} == {days}
    assert {group["name"] for group in groups.values()} == {
        f"/aws/lambda/{function['name']}" for function in functions.values()
    }


@pytest.mark.parametrize(
    ("stack", "config", "said"),
    [
        ("staging", {"aws:region": "us-east-1"}, "stack 'staging': the app has the stages dev"),
        ("prod", {"aws:region": "us-east-1"}, "kefir-app:domains is not set"),
    ],
)
def test_a_stage_that_is_none_is_refused(stack: str, config: dict[str, str], said: str) -> None:
    with pytest.raises(pulumi.RunError, match=said):
        engine.run(declare, project="kefir-app", stack=stack, config=config)
