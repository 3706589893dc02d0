"""What is read of a plan is what it says; what cannot be read is told with file and place."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from place import Place, PlanError
from plan import Plan

ROOT = Path(__file__).resolve().parents[1]
EVENTS = "aws_dynamodb_table.order_events"
Json = dict[str, Any]


def change(document: Json, address: str = EVENTS) -> Json:
    """What a plan says of a resource's change."""
    found: Json = next(
        one["change"] for one in document["resource_changes"] if one["address"] == address
    )
    return found


def bent(plan: Json, bend: Callable[[Json], object]) -> Plan:
    """The plan with the table's change, or all of it, made another."""
    document = copy.deepcopy(plan)
    bend(document)
    return Plan.of(Place("plan.json", "", document))


def test_the_checked_in_plan_is_read(plan: Json) -> None:
    """Keys, index, TTL and billing; the ARN and all that AWS fills in is not there."""
    read = bent(plan, lambda _: None)
    assert (read.account, read.region) == ("123456789012", "eu-central-1")
    assert read.table(EVENTS).metadata == {
        "tableName": "order_events",
        "partitionKey": {"name": "trace_id", "type": "S"},
        "sortKey": {"name": "event_key", "type": "S"},
        "globalSecondaryIndexes": [
            {
                "indexName": "order_name-epoch",
                "partitionKey": {"name": "order_name", "type": "S"},
                "sortKey": {"name": "epoch", "type": "N"},
                "projectionType": "ALL",
            }
        ],
        "ttlAttribute": "expires_at",
        "billingMode": "PAY_PER_REQUEST",
    }


UNKNOWN: dict[str, tuple[str, Any, str]] = {
    "ttl": ("ttl", True, "ttlAttribute"),
    "whether ttl is on": ("ttl", [{"enabled": True}], "ttlAttribute"),
    "the ttl attribute": ("ttl", [{"attribute_name": True}], "ttlAttribute"),
    "the indexes": ("global_secondary_index", True, "globalSecondaryIndexes"),
    "the name": ("name", True, "tableName"),
    "the billing": ("billing_mode", True, "billingMode"),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_what_is_known_after_the_apply_is_absent(what: str, plan: Json) -> None:
    """Even where ``after`` has something there: it is no promise."""
    attribute, mark, fact = UNKNOWN[what]
    table = bent(plan, lambda d: change(d)["after_unknown"].update({attribute: mark})).table(EVENTS)
    assert fact not in table.metadata


def test_a_ttl_that_is_off_is_none(plan: Json) -> None:
    """The provider says it like this where there never was one."""
    off = [{"attribute_name": "", "enabled": False}]
    read = bent(plan, lambda d: change(d)["after"].update(ttl=off))
    assert "ttlAttribute" not in read.table(EVENTS).metadata


def test_a_table_that_is_there_already_has_its_arn(plan: Json) -> None:
    """A plan without changes knows all of it."""
    arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/order_events"

    def unchanged(document: Json) -> None:
        about = change(document)
        about["actions"] = ["no-op"]
        about["after"]["arn"], about["after_unknown"] = arn, {}

    assert bent(plan, unchanged).table(EVENTS).metadata["tableArn"] == arn


def test_where_nobody_says_account_and_region_they_are_unknown(plan: Json) -> None:
    """No guess from an ARN, a name, or the environment."""

    def hidden(document: Json) -> None:
        del document["prior_state"], document["variables"]

    read = bent(plan, hidden)
    assert (read.account, read.region) == ("unknown", "unknown")


def test_a_region_that_cannot_be_told_is_unknown(plan: Json) -> None:
    """A variable that is a part of one, or a provider for each of several."""

    def partly(document: Json) -> None:
        document["variables"]["aws_region"]["value"] = "central-1"

    def of_several(document: Json) -> None:
        providers = document["configuration"]["provider_config"]
        providers["aws.west"] = {**providers["aws"], "alias": "west"}
        del change(document)["after"]["region"]

    assert bent(plan, partly).region == "unknown"
    assert bent(plan, of_several).region == "eu-central-1"
    assert bent(plan, of_several).table(EVENTS).region == "unknown"


MALFORMED: dict[str, tuple[Callable[[Json], object], str]] = {
    "a state": (
        lambda d: d.pop("resource_changes"),
        "plan.json: the top: no 'resource_changes': that is a state",
    ),
    "a version to come": (
        lambda d: d.update(format_version="2.0"),
        'plan.json: .format_version: expected version 1.x, found "2.0"',
    ),
    "no version": (lambda d: d.pop("format_version"), "expected an object with 'format_version'"),
    "changes that are no list": (
        lambda d: d.update(resource_changes={"a": 1}),
        'plan.json: .resource_changes: expected a list, found {"a": 1}',
    ),
    "a key of a number": (
        lambda d: change(d)["after"].update(hash_key=7),
        ".change.after.hash_key: expected a text that is not empty, found 7",
    ),
    "a key that is no attribute": (
        lambda d: change(d)["after"].update(range_key="nobody"),
        "expected an attribute that the table declares (epoch, event_key, order_name, trace_id), "
        'found "nobody"',
    ),
    "a ttl of a text": (
        lambda d: change(d)["after"].update(ttl=[{"attribute_name": "x", "enabled": "yes"}]),
        '.change.after.ttl[0].enabled: expected true or false, found "yes"',
    ),
    "an index without a key": (
        lambda d: change(d)["after"]["global_secondary_index"][0].pop("hash_key"),
        ".change.after.global_secondary_index[0]: expected an object with 'hash_key', found {",
    ),
    "a projection nobody knows": (
        lambda d: change(d)["after"]["global_secondary_index"][0].update(projection_type="SOME"),
        ".global_secondary_index[0].projection_type: expected ALL or KEYS_ONLY or INCLUDE, found "
        '"SOME"',
    ),
    "a table that is destroyed": (
        lambda d: change(d).update(actions=["delete"], after=None),
        ".change.actions: expected that aws_dynamodb_table.order_events is there after the apply, "
        'found ["delete"]',
    ),
    "no such table": (
        lambda d: [one.update(address="other") for one in d["resource_changes"]],
        "plan.json: no table at aws_dynamodb_table.order_events; tables in this plan: other",
    ),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_plan_is_told_with_its_place(what: str, plan: Json) -> None:
    """Which file, where in it, what was expected, what is there."""
    bend, said = MALFORMED[what]
    with pytest.raises(PlanError) as told:
        bent(plan, bend).table(EVENTS)
    assert said in str(told.value)
    assert str(told.value).startswith("plan.json: ")


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``python bind.py`` as the pipeline runs it."""
    return subprocess.run(
        [sys.executable, str(ROOT / "provider/bind.py"), *arguments],
        cwd=directory,
        env={"CHAIM_SNAPSHOT_DIR": str(directory / "local"), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_binds_all_three(tmp_path: Path) -> None:
    """A snapshot and a bundle for each."""
    ran = run(tmp_path, str(ROOT / "plan.json"), str(ROOT / "bindings.toml"))
    assert ran.returncode == 0, ran.stderr
    names = ("orders__Order", "order_events__OrderEvent", "orchestrator_locks__OrchestratorLock")
    for name in names:
        local = tmp_path / f"local/aws/123456789012/eu-central-1/iac-ci/dynamodb/{name}.json"
        bundled = tmp_path / f"dist/chaim/iac-ci/{name}/snapshot.json"
        assert bundled.read_bytes() == local.read_bytes()
        assert (bundled.parent / "publish.py").is_file()
        assert json.loads(local.read_bytes())["identity"]["resourceId"] == name


def test_the_command_tells_what_is_wrong_and_writes_nothing(tmp_path: Path) -> None:
    """A file that is missing, no JSON, or of a key that is misspelt: no traceback."""
    plan, bindings = tmp_path / "p.json", tmp_path / "b.toml"
    plan.write_text("Terraform will perform the following actions:")
    bindings.write_text('deployment = "iac-ci"\nschema = "x"\n')
    for arguments, said in (
        ((str(tmp_path / "none.json"), str(bindings)), "none.json: cannot be read: No such file"),
        ((str(plan), str(bindings)), "p.json: not JSON: "),
        ((str(ROOT / "plan.json"), str(bindings)), "b.toml: unknown key schema; known: app_id, "),
        ((str(plan),), "usage: python bind.py PLAN.json BINDINGS.toml"),
    ):
        ran = run(tmp_path, *arguments)
        assert ran.returncode == 1
        assert said in ran.stderr
        assert "Traceback" not in ran.stderr
    whole = (ROOT / "bindings.toml").read_text(encoding="utf-8")
    for text, said in (
        (whole.replace('deployment = "iac-ci"', 'deployment = "../up"'), "it is a folder's name"),
        (whole.partition("[[binding]]")[0] + "binding = [1]", "at least one [[binding]]"),
        ("\udcff", "b.toml: not TOML: "),
    ):
        bindings.write_bytes(text.encode("utf-8", "surrogateescape"))
        ran = run(tmp_path, str(ROOT / "plan.json"), str(bindings))
        assert said in ran.stderr
        assert "Traceback" not in ran.stderr
    assert not (tmp_path / "dist").exists()
