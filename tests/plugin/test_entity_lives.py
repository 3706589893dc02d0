"""Lives of entities on one table, played to a provider's binder from its author's tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chaim_conformance.config import Settings
from chaim_conformance.errors import UsageError
from chaim_conformance.fixtures import assert_registry_follows
from tests.engine.test_own_apps import text
from tests.plugin.provider_repo import BINDER, PLAIN_PYTHON, ProviderRepo
from tests.table_sources.test_terraform import plan, resource

FIVE = ("Batch", "Event", "Reminder", "Device", "User")
COMMAND_BINDER = Path(__file__).parents[1] / "binders/command-python"


@pytest.fixture
def living(repo: ProviderRepo) -> ProviderRepo:
    """A repository with a binder, and five entities of one table."""
    repo.write_binder()
    repo.configure(f"binder = '{BINDER}'\nschemas = 'schemas'\ntables = 'plan.json'")
    repo.write("plan.json", json.dumps(plan(resource())))
    for name in FIVE:
        repo.write(f"schemas/{name}.bprint", text(name, "PK", "SK"))
    return repo


def lived(repo: ProviderRepo, **more: int) -> int:
    settings = Settings(profile="quick", report=repo.directory / ".chaim")
    config = repo.directory / "chaim.toml"
    return assert_registry_follows(config, settings=settings, **{"stories": 4, **more})


def test_the_registry_follows_a_binder_of_any_kind(living: ProviderRepo) -> None:
    assert lived(living) == 5


def test_it_follows_in_the_other_snapshot_format(living: ProviderRepo) -> None:
    for file in COMMAND_BINDER.glob("*.py"):
        living.write(file.name, file.read_text(encoding="utf-8"))
    living.write("publish.py", PLAIN_PYTHON.read_text(encoding="utf-8"))
    assert lived(living, stories=2) == 3


def test_two_entities_of_one_name_are_refused(living: ProviderRepo) -> None:
    living.write("schemas/Again.bprint", text("User", "PK", "SK"))
    with pytest.raises(UsageError, match="both say entityName 'User'"):
        lived(living)


def test_tables_and_schemas_may_be_made_by_prepare(living: ProviderRepo) -> None:
    (living.directory / "plan.json").rename(living.directory / "plan.made")
    living.configure(
        f"binder = '{BINDER}'\nschemas = 'schemas'\ntables = 'plan.json'\n"
        "prepare = 'cp plan.made plan.json'"
    )
    assert lived(living, stories=2) == 3


QUEUES = (
    ("features=FEATURES)", 'features=FEATURES, datastores=["queue"])'),
    ('"datastoreType": "dynamodb"', '"datastoreType": table["datastore"]'),
    ('"dataStore": metadata(table)', '"dataStore": {"type": "queue", **table["properties"]}'),
)


def test_it_follows_with_another_kind_of_data_store(living: ProviderRepo) -> None:
    kind = {"properties": {"type": {"const": "queue"}, "fifo": {"type": "boolean"}}}
    living.write("queue.schema.json", json.dumps(kind))
    living.write_binder(*QUEUES)
    living.configure(
        f"binder = '{BINDER}'\nschemas = 'schemas'\ndatastore_schema = 'queue.schema.json'"
    )
    assert lived(living, stories=2) == 3


WRITTEN = '(bundle / "snapshot.json").write_text(text, encoding="utf-8")'


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        # What is renamed is published by what published it under its old name.
        pytest.param(
            ('"id": resource,', '"id": resource.removesuffix("Renamed"),'),
            "active too: ",
            marks=pytest.mark.night,
        ),
        ((WRITTEN, f'(bundle / "snapshot.json").exists() or {WRITTEN}'), "with other content: "),
    ],
)
def test_a_binder_that_forgets_is_found(
    living: ProviderRepo, fault: tuple[str, str], told: str
) -> None:
    living.write_binder(fault)
    with pytest.raises(AssertionError, match=told):
        lived(living)


def test_a_delete_that_is_dropped_is_found(living: ProviderRepo) -> None:
    living.write_handler(
        (
            "def lambda_handler(event: Document, context: Any) -> Document:\n",
            "def lambda_handler(event: Document, context: Any) -> Document:\n"
            '    bundled = open("snapshot.json").read()\n'
            '    if event["RequestType"] == "Delete" and "Reminder" in bundled:\n'
            '        return {"PhysicalResourceId": event["PhysicalResourceId"], "Data": {}}\n',
        )
    )
    with pytest.raises(AssertionError, match="active too: Reminder") as raised:
        lived(living)
    said = str(raised.value)
    assert "nobody deleted it when it was renamed or removed" in said
    assert "of plan.json" in said
    kept = living.directory / ".chaim/entity-life.json"
    assert f"chaim-conformance replay {kept}" in said
    assert json.loads(kept.read_text(encoding="utf-8"))["deploys"]
