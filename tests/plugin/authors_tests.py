"""An author's tests: each fixture in use. mypy checks this file, test_fixtures.py has it run."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chaim_conformance.errors import UsageError
from chaim_conformance.fixtures import (
    Attempt,
    AttemptRecord,
    Bucket,
    Bundle,
    BundleFactory,
    CloudFormation,
    Fault,
    Handler,
    IngestPlane,
    StackOperation,
    Transcript,
    assert_conformant,
    verdicts,
    violations,
)

UNAVAILABLE = Fault(kind="refuse", status=503)


def test_bundles(bundle: BundleFactory) -> None:
    plain: Bundle = bundle()
    assert json.loads(plain.snapshot or "")["schema"] == bundle.schema
    assert plain.failure_mode == "BEST_EFFORT"
    assert bundle(format="3.0", app_id="mine").snapshot != bundle(app_id="mine").snapshot
    assert bundle(snapshot=None).snapshot is None
    assert bundle(snapshot="{").snapshot == "{"
    assert bundle(snapshot={"a": "\u00e9"}).snapshot == '{"a": "\u00e9"}'
    assert bundle(max_snapshot_bytes=7).max_snapshot_bytes == "7"
    assert replace(plain, failure_mode=None) == bundle(failure_mode=None)
    bundle.schema.clear()
    assert bundle() == plain


def test_a_handler_publishes(
    handler: Handler, bundle: BundleFactory, ingest_plane: IngestPlane, bucket: Bucket
) -> None:
    handler.deploy(bundle(app_id="shop"))
    created: AttemptRecord = handler.invoke("Create")
    assert created.outcome.kind == "returned"
    assert created.answer.status == "SUCCESS"
    assert len(bucket.objects) == len(created.uploads) == 1
    deleted = handler.invoke("Delete")
    assert deleted.event["PhysicalResourceId"] == created.answer.physical_resource_id
    assert deleted.operation == 1
    assert [entry.verdict for entry in ingest_plane.ledger] == ["effective", "effective"]


def test_a_handler_is_invoked_again(
    handler: Handler, bundle: BundleFactory, ingest_plane: IngestPlane
) -> None:
    handler.deploy(bundle())
    ingest_plane.misbehave(presign=(UNAVAILABLE, Fault(kind="ok")))
    first = handler.invoke("Create")
    again = handler.invoke(first.event, cold=True)
    assert [first.presigns[0].status, again.presigns[0].status] == [503, 200]
    assert (again.operation, again.attempt, again.start) == (0, 1, "cold")
    ids = {json.loads(one.presigns[0].body)["eventId"] for one in (first, again)}
    assert len(ids) == 1


def test_a_handler_gets_any_event(handler: Handler, bundle: BundleFactory) -> None:
    handler.deploy(bundle(failure_mode="STRICT", credentials="missing"))
    event = handler.event("Create", LogicalResourceId="Mine")
    failed = handler.invoke(event)
    assert failed.event["LogicalResourceId"] == "Mine"
    assert (failed.outcome.kind, failed.answer.status) == ("raised", "FAILED")
    assert failed.log


@pytest.mark.parametrize("denied", [False, True])
def test_a_handler_reads_secrets(handler: Handler, bundle: BundleFactory, denied: bool) -> None:
    handler.deploy(bundle(credentials="secret-denied" if denied else "secret-name"))
    created = handler.invoke("Create")
    assert [e.status for e in created.exchanges if e.endpoint == "secrets"]
    assert len(created.uploads) == (0 if denied else 1)


def test_a_handler_over_https(handler: Handler, bundle: BundleFactory) -> None:
    handler.deploy(bundle(base_url="https"))
    assert handler.invoke("Create").uploads


def test_a_handler_is_deployed_first(handler: Handler) -> None:
    with pytest.raises(UsageError, match=r"handler\.deploy\(bundle\(\)\)"):
        handler.invoke("Create")


def test_a_stack(cloudformation: CloudFormation, bundle: BundleFactory) -> None:
    changed = bundle(schema={**bundle.schema, "description": "a second version"})
    created: StackOperation = cloudformation.create(bundle())
    assert created.answer.status == "SUCCESS"
    assert (len(created.presigns), len(created.uploads)) == (1, 1)
    updated = cloudformation.update(changed, Attempt(presign=(UNAVAILABLE,)), Attempt(start="cold"))
    assert [len(attempt.uploads) for attempt in updated.attempts] == [0, 1]
    assert updated.log
    assert cloudformation.delete().outcome.kind == "returned"
    seen: Transcript = cloudformation.transcript
    assert [entity.state for entity in seen.entities] == ["deleted"]
    assert_conformant(seen)
    assert_conformant(seen, "H10", "content-hash")
    assert violations(seen) == ()
    assert {verdict.status for verdict in verdicts(seen)} == {"pass"}


def test_a_stack_is_rolled_back(cloudformation: CloudFormation, bundle: BundleFactory) -> None:
    good, strict = bundle(), bundle(failure_mode="STRICT")
    cloudformation.create(good)
    updated = cloudformation.update(strict, Attempt(presign=(UNAVAILABLE,)))
    assert updated.answer.status == "FAILED"
    assert [record.request_type for record in updated.followed_by] == ["Update"]
    assert cloudformation.transcript.bundle(updated.followed_by[0]) == good
    assert_conformant(cloudformation.transcript, "H51")


def test_a_stack_is_used_as_one(cloudformation: CloudFormation, bundle: BundleFactory) -> None:
    with pytest.raises(UsageError, match="nothing was done yet"):
        _ = cloudformation.transcript
    with pytest.raises(UsageError, match="nothing to update"):
        cloudformation.update(bundle())
    cloudformation.create(bundle(failure_mode="STRICT"), Attempt(presign=(UNAVAILABLE,)))
    with pytest.raises(UsageError, match="nothing to delete"):
        cloudformation.delete()
    cloudformation.create(bundle())
    with pytest.raises(UsageError, match="there already"):
        cloudformation.create(bundle())
    with pytest.raises(UsageError, match="nothing changes"):
        cloudformation.update(bundle())


def test_a_stack_with_secrets(cloudformation: CloudFormation, bundle: BundleFactory) -> None:
    cloudformation.create(bundle())
    cloudformation.update(bundle(credentials="secret-beside-environment"))
    assert_conformant(cloudformation.transcript, "H80")


def test_what_was_not_put_to_the_test(
    cloudformation: CloudFormation, bundle: BundleFactory
) -> None:
    cloudformation.create(bundle())
    with pytest.raises(AssertionError, match=r"H51-.* could not be judged: blocked"):
        assert_conformant(cloudformation.transcript, "H51")
    with pytest.raises(UsageError, match="not about a handler"):
        assert_conformant(cloudformation.transcript, "B05")
