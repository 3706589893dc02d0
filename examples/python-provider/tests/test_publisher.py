"""What this publisher promises beyond the contract, and what its author broke once.

``pytest -p chaim_conformance tests`` brings the fixtures; the handler is that of chaim.toml.
"""

from __future__ import annotations

import json

from chaim_conformance.fixtures import (
    Attempt,
    Bucket,
    BundleFactory,
    CloudFormation,
    Fault,
    Handler,
    IngestPlane,
    assert_conformant,
)

UNAVAILABLE = Fault(kind="refuse", status=503)


def test_strict_refuses_on_503(cloudformation: CloudFormation, bundle: BundleFactory) -> None:
    """In STRICT mode a deployment does not go through without its snapshot."""
    created = cloudformation.create(bundle(failure_mode="STRICT"), Attempt(presign=(UNAVAILABLE,)))
    assert created.answer.status == "FAILED"
    assert "503" in created.answer.reason
    assert not created.uploads


def test_best_effort_goes_through_and_tells(
    cloudformation: CloudFormation, bundle: BundleFactory
) -> None:
    """Otherwise it does, and the answer and the log say what is missing."""
    created = cloudformation.create(bundle(), Attempt(presign=(UNAVAILABLE,)))
    assert created.answer.status == "SUCCESS"
    assert created.answer.data is not None
    assert created.answer.data["IngestStatus"] == "FAILED"
    assert "UPSERT was not published" in created.log
    assert_conformant(cloudformation.transcript, "H50", "H53")


def test_a_retry_has_the_same_event_id(
    cloudformation: CloudFormation, bundle: BundleFactory
) -> None:
    """An upload that was lost is sent again under the eventId of the first attempt."""
    created = cloudformation.create(
        bundle(), Attempt(bucket=(Fault(kind="lost"),)), Attempt(start="cold")
    )
    first, second = (json.loads(attempt.presigns[0].body) for attempt in created.attempts)
    assert first["eventId"] == second["eventId"]
    assert first["nonce"] != second["nonce"]


def test_a_delete_answers_with_the_id_it_was_asked_for(
    cloudformation: CloudFormation, bundle: BundleFactory
) -> None:
    """The whole life of a resource; at its end the service knows that the entity is gone."""
    changed = bundle(schema={**bundle.schema, "description": "a second version"})
    created = cloudformation.create(bundle())
    cloudformation.update(changed)
    deleted = cloudformation.delete()
    assert deleted.answer.physical_resource_id == created.answer.physical_resource_id
    assert json.loads(deleted.uploads[0].body)["schema"] is None
    assert [entity.state for entity in cloudformation.transcript.entities] == ["deleted"]
    assert_conformant(cloudformation.transcript)


def test_the_snapshot_is_stored_as_it_was_bundled(
    handler: Handler, bundle: BundleFactory, ingest_plane: IngestPlane, bucket: Bucket
) -> None:
    """One invocation: what is uploaded, and what the log says of it."""
    handler.deploy(bundle(app_id="shop"))
    created = handler.invoke("Create")
    assert created.outcome.kind == "returned"
    (stored,) = bucket.objects.values()
    assert json.loads(stored)["appId"] == "shop"
    assert [entry.verdict for entry in ingest_plane.ledger] == ["effective"]
    assert ingest_plane.credentials.api_secret not in created.log


def test_a_refused_key_is_named_in_the_log(
    handler: Handler, bundle: BundleFactory, ingest_plane: IngestPlane
) -> None:
    """Whoever mistyped the API key reads so."""
    handler.deploy(bundle())
    ingest_plane.misbehave(presign=(Fault(kind="refuse", status=401),))
    refused = handler.invoke("Create")
    assert "401" in refused.log
