"""What Pulumi does with the resources that publish: their providers are called as it calls them."""

import json
from pathlib import Path
from typing import Any

import pytest
from chaim_pulumi.publication import (
    NotPublished,
    OperationProvider,
    PublicationProvider,
    deletion,
)

from chaim_conformance.fixtures import Fault, IngestPlane

UNAVAILABLE = (Fault(kind="refuse", status=503),)
OPERATIONS, PUBLICATIONS = OperationProvider(), PublicationProvider()


@pytest.fixture
def inputs(runs: Any, base: Path, ingest_plane: IngestPlane) -> dict[str, Any]:
    """What the program gives to the resource that publishes User, and a service to publish to."""
    of_user = dict(runs("dev").of("pulumi-python:dynamic:Resource")["table.User"])
    environment = {**of_user["environment"], **ingest_plane.environment, "FAILURE_MODE": "STRICT"}
    del environment["SECRET_NAME"]
    snapshot = json.loads(Path(of_user["bundle"], "snapshot.json").read_text(encoding="utf-8"))
    environment["APP_ID"] = snapshot["identity"]["appId"]
    return {**of_user, "environment": environment, "operation_id": operation()}


def operation(fingerprint: str = "a") -> str:
    """The id of a new operation, as the resource before has it."""
    return str(OPERATIONS.create({"fingerprint": fingerprint}).id)


def states(plane: IngestPlane) -> list[str]:
    """What has become of each entity that the service knows."""
    return [entity.state for entity in plane.entities]


def event_ids(plane: IngestPlane) -> list[str]:
    """The eventIds of all that was presigned."""
    return [json.loads(one.body)["eventId"] for one in plane.presigns]


def test_the_life_of_an_entity(inputs: dict[str, Any], ingest_plane: IngestPlane) -> None:
    created = PUBLICATIONS.create(inputs)
    assert created.id == "kefir-app-dev-table__User"
    assert states(ingest_plane) == ["active"]
    updated = PUBLICATIONS.update(created.id, inputs, {**inputs, "operation_id": operation()})
    PUBLICATIONS.delete(created.id, updated.outs or {})
    assert states(ingest_plane) == ["deleted"]
    assert len(set(event_ids(ingest_plane))) == 3


def test_an_entity_can_come_back(inputs: dict[str, Any], ingest_plane: IngestPlane) -> None:
    """The same content once more, after it was deleted, is another operation."""
    PUBLICATIONS.create(inputs)
    PUBLICATIONS.delete("table__User", inputs)
    PUBLICATIONS.create({**inputs, "operation_id": operation()})
    assert states(ingest_plane) == ["active"]


def test_a_bundle_need_not_be_there_to_delete(
    inputs: dict[str, Any], ingest_plane: IngestPlane, tmp_path: Path
) -> None:
    PUBLICATIONS.create(inputs)
    PUBLICATIONS.delete("table__User", {**inputs, "bundle": str(tmp_path / "gone")})
    assert states(ingest_plane) == ["deleted"]
    deleted = json.loads(ingest_plane.uploads[-1].body)
    assert (deleted["action"], deleted["schema"]) == ("DELETE", None)


def test_the_next_run_is_another_attempt(inputs: dict[str, Any], ingest_plane: IngestPlane) -> None:
    """An upload was accepted and nobody heard of it; the state has the operation's id still."""
    ingest_plane.misbehave(bucket=(Fault(kind="lost"),))
    with pytest.raises(NotPublished):
        PUBLICATIONS.create(inputs)
    first = event_ids(ingest_plane)
    ingest_plane.misbehave()
    PUBLICATIONS.create(inputs)
    assert event_ids(ingest_plane) == first
    assert [one.verdict for one in ingest_plane.ledger] == ["effective", "no-op"]


def test_strict_fails_the_update_and_best_effort_does_not(
    inputs: dict[str, Any], ingest_plane: IngestPlane
) -> None:
    ingest_plane.misbehave(presign=UNAVAILABLE)
    with pytest.raises(NotPublished, match="POST was refused with status 503"):
        PUBLICATIONS.create(inputs)
    lenient = {**inputs["environment"], "FAILURE_MODE": "BEST_EFFORT"}
    PUBLICATIONS.create({**inputs, "environment": lenient})
    assert states(ingest_plane) == []


def test_a_new_content_is_a_new_operation() -> None:
    assert OPERATIONS.diff("", {"fingerprint": "a"}, {"fingerprint": "a"}).changes is False
    changed = OPERATIONS.diff("", {"fingerprint": "a"}, {"fingerprint": "b"})
    assert (changed.changes, changed.replaces) == (True, ["fingerprint"])
    assert operation() != operation()


def test_another_resource_id_is_another_entity(inputs: dict[str, Any]) -> None:
    """Its publication is replaced, so the old one is deleted; a new operation is an update."""
    renamed = PUBLICATIONS.diff("", inputs, {**inputs, "resource_id": "other__User"})
    assert renamed.replaces == ["resource_id"]
    again = PUBLICATIONS.diff("", inputs, {**inputs, "operation_id": operation()})
    assert (again.changes, again.replaces) == (True, [])
    moved = PUBLICATIONS.diff("", inputs, {**inputs, "bundle": "/elsewhere"})
    assert moved.changes is False


def test_deleting_has_an_id_of_its_own_that_lasts() -> None:
    one, other = operation(), operation()
    assert deletion(one) == deletion(one)
    assert len({one, other, deletion(one), deletion(other)}) == 4
