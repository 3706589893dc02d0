"""A provider judged on its author's own tables and schemas, by pytest and by the command."""

from __future__ import annotations

import json

import pytest

from tests.engine.test_own_apps import text
from tests.plugin.provider_repo import BINDER, ProviderRepo
from tests.table_sources.test_cloudformation import template
from tests.table_sources.test_terraform import plan, resource

ONLY_BINDER = f"binder = '{BINDER}'"
# Which no table of the kit's shows.
OF_ONE_INDEX = (
    '"projectionType": one["projection"]',
    '"projectionType": "ALL" if one["name"] == "by-status" else one["projection"]',
)
INDEX = {"name": "by-status", "hash_key": "id", "projection_type": "KEYS_ONLY"}
ORDERS = plan(resource(global_secondary_index=[INDEX]))


@pytest.fixture
def owning(repo: ProviderRepo) -> ProviderRepo:
    """A repository with a binder, a plan and two schemas."""
    repo.write_binder()
    repo.configure(f'{ONLY_BINDER}\ntables = "plan.json"\nschemas = "schemas"')
    repo.write("plan.json", json.dumps(ORDERS, indent=1))
    for name in ("Order", "Item"):
        repo.write(f"schemas/{name}.bprint", text(name, "id"))
    return repo


def test_a_fault_that_only_an_authors_table_shows_is_found_by_quick(owning: ProviderRepo) -> None:
    whole = owning.pytest("--chaim-profile", "quick", "--chaim-select", "B05,B07,B31")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert "played first: table orders of plan.json with Item, Order" in whole.stdout
    owning.write_binder(OF_ONE_INDEX)
    run = owning.check("--profile", "quick", "--select", "B05,B07,B31")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "FAIL     B07" in run.stdout
    assert "clauses: 2 passed, 1 failed" in run.stdout
    assert "table   Table orders of plan.json: key pk S, GSI by-status" in run.stdout
    assert "of schemas/" in run.stdout
    # What was found is played again without them.
    owning.configure(f"{ONLY_BINDER}\ntables = 'nowhere.json'")
    again = owning.command("replay", ".chaim/failures/B07-table-metadata.json")
    assert again.returncode == 1, again.stdout + again.stderr
    owning.configure(ONLY_BINDER)
    assert owning.check("--profile", "quick", "--select", "B07").returncode == 0


def test_what_cannot_be_read_stops_the_run(owning: ProviderRepo) -> None:
    lacking = plan(resource(range_key="day"))
    stops = {
        "plan.json": (json.dumps(lacking), "aws_dynamodb_table.orders: key: the type of 'day'"),
        "schemas/Order.bprint": ('{"a": 1}', "schemas/Order.bprint:1:1: "),
    }
    for name, (content, told) in stops.items():
        before = (owning.directory / name).read_text(encoding="utf-8")
        owning.write(name, content)
        for run in (
            owning.check("--profile", "quick", "--select", "B05"),
            owning.pytest("--chaim-profile", "quick", "--chaim-select", "B05"),
        ):
            assert run.returncode == 4, run.stdout + run.stderr
            assert told in run.stdout + run.stderr
            assert "Traceback" not in run.stdout + run.stderr
        owning.write(name, before)
    owning.configure(f'{ONLY_BINDER}\ntables = ["plan.json", "nowhere.json"]')
    doctor = owning.command("doctor")
    assert doctor.returncode == 4
    assert "nowhere.json: there is no such" in " ".join(doctor.stdout.split())


def test_tables_that_a_binder_cannot_be_asked_for_are_told(owning: ProviderRepo) -> None:
    owning.write("global.json", json.dumps(template("AWS::DynamoDB::GlobalTable", TableName="g")))
    owning.configure(f'{ONLY_BINDER}\ntables = ["plan.json", "global.json"]')
    run = owning.check("--profile", "quick", "--select", "B07")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "note: not judged: g: the binder does not say that it takes TableV2" in run.stdout
    owning.configure(f'{ONLY_BINDER}\ntables = "global.json"')
    none = owning.check("--profile", "quick", "--select", "B07")
    assert none.returncode == 4
    assert "does not say that it takes TableV2" in none.stderr


def test_tables_that_cannot_be_built_are_told(owning: ProviderRepo) -> None:
    expiring = {"ttl": [{"attribute_name": "oddly", "enabled": True}]}
    owning.write(
        "plan.json", json.dumps(plan(resource(), resource("aws_dynamodb_table.odd", **expiring)))
    )
    owning.configure(f'{ONLY_BINDER}\ntables = "plan.json"')
    unbuilt = (
        "        try:\n            planned = plan(",
        '        if "oddly" in line:\n'
        '            error = {"where": "app", "message": "CDK knows no such table"}\n'
        '            say(id=request["id"], error=error)\n'
        "            continue\n"
        "        try:\n            planned = plan(",
    )
    owning.write_binder(unbuilt)
    run = owning.check("--profile", "quick", "--select", "B07")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "could not be built, whoever binds it: CDK knows no such table" in run.stdout
    owning.write("plan.json", json.dumps(plan(resource(**expiring))))
    none = owning.check("--profile", "quick", "--select", "B07")
    assert none.returncode == 4
    assert "not judged: orders: binder" in none.stderr


def test_tables_that_a_binder_may_refuse_are_told(owning: ProviderRepo) -> None:
    """A table's own key that no field declares: the contract leaves that to the binder."""
    document = json.loads(text("Order", "id"))
    document["primaryKey"] = {"partitionKey": "PK"}
    owning.write("schemas/Order.bprint", json.dumps(document))
    refusal = (
        "    return document\n\n\ndef configured",
        '    if document["primaryKey"]["partitionKey"] == "PK":\n'
        '        raise Refused(f"{path.name}: PK is no field")\n'
        "    return document\n\n\ndef configured",
    )
    owning.write_binder(refusal)
    run = owning.check("--profile", "quick", "--select", "B07")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "not judged: orders: refused, as it may be: Order.bprint: PK" in run.stdout
