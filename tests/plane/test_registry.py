"""P05 to P09: what becomes of an upload, and the two ledgers."""

from __future__ import annotations

import json

import pytest

from chaim_conformance.plane import Policy, Tenant
from chaim_conformance.plane.registry import Registry, Submission, identify
from tests.plane.customer import APP, Customer, content_hash, customer, snapshot

FORMATS = ("1.0", "3.0")


def verdicts(tenant: Tenant) -> list[str]:
    return [entry.verdict for entry in tenant.ledger]


def states(tenant: Tenant) -> list[tuple[str, str]]:
    return [(entity.state, entity.content_hash) for entity in tenant.strict_entities]


def test_p05_bytes_of_another_hash_are_rejected_and_recorded() -> None:
    c = customer()
    first = snapshot()
    c.publish(first)
    event = c.uuid()
    c.put(c.upload_url(eventId=event, contentHash=content_hash(b"other")), snapshot(schema={}))
    assert verdicts(c.tenant) == ["effective", "rejected"]
    assert states(c.tenant) == [("active", content_hash(first))]
    entry = c.tenant.ledger[-1]
    assert (entry.app_id, entry.event_id, entry.content_hash) == (
        APP,
        event,
        content_hash(b"other"),
    )
    assert "contentHash" in entry.reason


def test_p05_the_eventid_of_a_rejected_upload_is_still_fresh() -> None:
    c = customer()
    event = c.uuid()
    c.put(c.upload_url(eventId=event, contentHash=content_hash(b"other")), snapshot())
    c.publish(snapshot(), eventId=event)
    assert verdicts(c.tenant) == ["rejected", "effective"]


@pytest.mark.parametrize("form", FORMATS)
def test_p06_upsert_delete_upsert(form: str) -> None:
    c = customer()
    first, gone = snapshot(form), snapshot(form, action="DELETE", schema=None, capturedAt="later")
    for body, state in ((first, "active"), (gone, "deleted"), (first, "active")):
        c.publish(body)
        assert states(c.tenant) == [(state, content_hash(body))]
    assert verdicts(c.tenant) == ["effective"] * 3
    assert [entry.action for entry in c.tenant.ledger] == ["UPSERT", "DELETE", "UPSERT"]


def test_p06_both_formats_identify_alike() -> None:
    expected = (
        APP,
        "aws",
        "123456789012",
        "us-east-1",
        "PaymentsStack",
        "dynamodb",
        "CustomerTable__Payment",
    )
    for form in FORMATS:
        assert identify(json.loads(snapshot(form))) == expected


@pytest.mark.parametrize(
    "name",
    ["appId", "provider", "accountId", "region", "stackName", "datastoreType", "resourceId"],
)
def test_p06_each_identifying_field_makes_another_entity(name: str) -> None:
    c = customer()
    c.publish(snapshot())
    c.publish(snapshot(**{name: "another"}))
    assert [entity.state for entity in c.tenant.strict_entities] == ["active", "active"]


@pytest.mark.parametrize("name", ["appId", "accountId", "resourceId"])
def test_a_snapshot_without_an_identifying_field_is_rejected(name: str) -> None:
    c = customer()
    c.publish(snapshot(**{name: None}))
    assert verdicts(c.tenant) == ["rejected"]
    assert name in c.tenant.ledger[0].reason


def test_p06_deleting_one_entity_leaves_the_others() -> None:
    c = customer()
    c.publish(snapshot())
    c.publish(snapshot(resourceId="CustomerTable__Order"))
    c.publish(snapshot(action="DELETE"))
    assert [entity.state for entity in c.tenant.strict_entities] == ["deleted", "active"]


def test_p07_a_processed_eventid_is_a_noop() -> None:
    c = customer()
    event = c.publish(snapshot())
    c.publish(snapshot(schema={}), eventId=event.upper())
    assert verdicts(c.tenant) == ["effective", "no-op"]
    assert states(c.tenant) == [("active", content_hash(snapshot()))]


def test_p07_an_eventid_that_was_only_presigned_is_fresh() -> None:
    c = customer()
    event = c.uuid()
    c.upload_url(eventId=event)
    c.publish(snapshot(), eventId=event)
    assert verdicts(c.tenant) == ["effective"]


def test_p07_the_same_content_again_is_a_duplicate() -> None:
    c = customer()
    c.publish(snapshot())
    event = c.publish(snapshot())
    c.publish(snapshot(), eventId=event)
    assert verdicts(c.tenant) == ["effective", "duplicate", "no-op"]


def test_p07_the_same_content_after_a_delete_is_none() -> None:
    c = customer()
    for body in (snapshot(), snapshot(action="DELETE"), snapshot()):
        c.publish(body)
    assert verdicts(c.tenant) == ["effective"] * 3


def test_p08_no_action_means_upsert() -> None:
    c = customer()
    c.publish(snapshot(action=None))
    assert [entry.action for entry in c.tenant.ledger] == ["UPSERT"]
    assert states(c.tenant)[0][0] == "active"


@pytest.mark.parametrize("action", ["upsert", "INSERT", 1, ["UPSERT"]])
def test_p08_any_other_action_is_rejected(action: object) -> None:
    c = customer()
    c.publish(snapshot(action=action))
    assert verdicts(c.tenant) == ["rejected"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"text"', b"\xef\xbb\xbf" + snapshot(), b"\xff", b"[" * 100_000]
)
def test_p09_what_cannot_be_read_is_in_the_trail_as_rejected(body: bytes) -> None:
    c = customer()
    event = c.publish(body)
    (entry,) = c.tenant.ledger
    assert (entry.verdict, entry.event_id, entry.content_hash) == (
        "rejected",
        event,
        content_hash(body),
    )
    assert c.tenant.strict_entities == ()


def test_p09_the_trail_is_in_order_and_complete() -> None:
    c = customer()
    first = c.publish(snapshot())
    second = c.publish(snapshot(action="DELETE"))
    c.publish(snapshot(), eventId=first)
    trail = [
        (e.app_id, e.event_id, e.resource_id, e.content_hash, e.action, e.verdict)
        for e in c.tenant.ledger
    ]
    name, upsert, delete = (
        "CustomerTable__Payment",
        content_hash(snapshot()),
        content_hash(snapshot(action="DELETE")),
    )
    assert trail == [
        (APP, first, name, upsert, "UPSERT", "effective"),
        (APP, second, name, delete, "DELETE", "effective"),
        (APP, first, name, upsert, "UPSERT", "no-op"),
    ]


def tolerant() -> Customer:
    return customer(Policy.TOLERANT)


def test_the_tolerant_ledger_believes_the_bytes() -> None:
    c = tolerant()
    c.put(c.upload_url(contentHash=content_hash(b"other")), snapshot())
    assert verdicts(c.tenant) == ["rejected"]
    assert [(e.verdict, e.content_hash) for e in c.tenant.tolerant_ledger] == [
        ("effective", content_hash(snapshot()))
    ]
    assert [e.state for e in c.tenant.entities] == ["active"]
    assert c.tenant.strict_entities == ()


def test_an_upload_behind_a_presign_that_the_service_would_refuse() -> None:
    c = tolerant()
    c.put(c.upload_url(nonce="x", contentHash=content_hash(snapshot())), snapshot())
    assert c.tenant.ledger == ()
    assert [e.verdict for e in c.tenant.tolerant_ledger] == ["effective"]


def test_an_upload_that_s3_would_refuse() -> None:
    c = tolerant()
    c.put(c.upload_url(), snapshot(), Content_Type="text/plain")
    assert c.tenant.ledger == ()
    assert [e.verdict for e in c.tenant.tolerant_ledger] == ["effective"]


def test_the_tolerant_ledger_does_without_a_field_but_not_without_an_id() -> None:
    c = tolerant()
    for name in ("region", "resourceId"):
        c.publish(snapshot(**{name: None}))
    assert [e.verdict for e in c.tenant.tolerant_ledger] == ["effective", "rejected"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_tolerant_ledger_reads_other_encodings(encoding: str) -> None:
    c = tolerant()
    c.publish(snapshot().decode().encode(encoding))
    assert verdicts(c.tenant) == ["rejected"]
    assert [e.verdict for e in c.tenant.tolerant_ledger] == ["effective"]


def test_a_healthy_life_leaves_both_ledgers_alike() -> None:
    c = tolerant()
    for body in (snapshot(), snapshot(), snapshot(action="DELETE")):
        c.publish(body)
    assert c.tenant.ledger == c.tenant.tolerant_ledger
    assert c.tenant.entities == c.tenant.strict_entities


def test_a_registry_needs_no_plane() -> None:
    registry = Registry(lenient=False)
    body = snapshot("3.0")
    entry = registry.take(
        Submission(app_id=APP, event_id="e", content_hash=content_hash(body), body=body)
    )
    assert registry.trail == (entry,)
    assert [entity.state for entity in registry.entities] == ["active"]
