"""Many submissions at once: each event counts once, nothing is lost, the trail has the order.

What the registry shares with a database: whoever decides by what it has read must not be overtaken
before it has written. The plane answers one request after the other, so nobody tries again.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

import pytest

from chaim_conformance.plane import Plane, PlaneServer, Policy, Request, Tenant
from chaim_conformance.plane.registry import Registry, Submission
from chaim_conformance.transcript import Entity, LedgerEntry
from tests.plane.customer import APP, CREDENTIALS, NOW, Customer, content_hash, snapshot, target

AT_ONCE = 8
SECONDS = 60.0


@pytest.fixture(autouse=True)
def _threads_take_turns_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def plane() -> Plane:
    return Plane()


@pytest.fixture
def tenant(plane: Plane) -> Tenant:
    tenant = plane.open_tenant(
        credentials=CREDENTIALS, app_ids=frozenset({APP}), policy=Policy.STRICT
    )
    tenant.begin_attempt()
    return tenant


class Sender(Customer):
    """A customer beside others: no two have a nonce or an eventId in common."""

    def uuid(self) -> str:
        return str(uuid.uuid4())


def of_entity(number: int, **changes: object) -> bytes:
    return snapshot(resourceId=f"Table__Entity{number}", **changes)


def all_at_once(works: list[Callable[[threading.Barrier], None]]) -> None:
    """Each in a thread of its own, held where it waits until all have come that far."""
    barrier = threading.Barrier(len(works), timeout=SECONDS)
    with ThreadPoolExecutor(len(works)) as threads:
        for future in [threads.submit(work, barrier) for work in works]:
            future.result(SECONDS)


def submit(plane: Plane, tenant: Tenant, body: bytes, event_id: str) -> Callable[..., None]:
    """Presigns, waits for the others, and uploads."""

    def work(barrier: threading.Barrier) -> None:
        sender = Sender(plane=plane, tenant=tenant)
        url = sender.upload_url(eventId=event_id, contentHash=content_hash(body))
        barrier.wait()
        assert sender.put(url, body).status == 200

    return work


def verdicts(tenant: Tenant) -> Counter[str]:
    return Counter(entry.verdict for entry in tenant.ledger)


def replayed(trail: tuple[LedgerEntry, ...]) -> dict[tuple[str, ...], Entity]:
    """The entities as the trail tells them, one entry after the other."""
    found: dict[tuple[str, ...], Entity] = {}
    for entry in trail:
        state = "active" if entry.action == "UPSERT" else "deleted"
        if entry.verdict == "effective":
            found[entry.identity] = Entity(
                identity=entry.identity, state=state, content_hash=entry.content_hash
            )
    return found


def is_consistent(tenant: Tenant, submitted: Counter[tuple[str, str]]) -> None:
    """The trail has each upload once, no event is effective twice, and it leads to the entities."""
    trail = tenant.ledger
    assert Counter((entry.event_id, entry.content_hash) for entry in trail) == submitted
    processed = Counter(e.event_id for e in trail if e.verdict in ("effective", "duplicate"))
    assert set(processed.values()) == {1}
    assert set(processed) == {event for event, _ in submitted}
    assert tuple(replayed(trail).values()) == tenant.strict_entities


def test_one_event_is_effective_once_however_often_it_comes(plane: Plane, tenant: Tenant) -> None:
    event, body = str(uuid.uuid4()), of_entity(1)
    all_at_once([submit(plane, tenant, body, event)] * AT_ONCE)
    assert verdicts(tenant) == {"effective": 1, "no-op": AT_ONCE - 1}
    is_consistent(tenant, Counter({(event, content_hash(body)): AT_ONCE}))


def test_one_content_is_deduplicated_whoever_comes_first(plane: Plane, tenant: Tenant) -> None:
    body = of_entity(1)
    events = [str(uuid.uuid4()) for _ in range(AT_ONCE)]
    all_at_once([submit(plane, tenant, body, event) for event in events])
    assert verdicts(tenant) == {"effective": 1, "duplicate": AT_ONCE - 1}
    is_consistent(tenant, Counter((event, content_hash(body)) for event in events))


def test_of_several_contents_the_last_one_of_the_trail_stays(plane: Plane, tenant: Tenant) -> None:
    bodies = [of_entity(1, capturedAt=f"2026-01-15T14:30:0{n}Z") for n in range(AT_ONCE)]
    events = [str(uuid.uuid4()) for _ in bodies]
    all_at_once([submit(plane, tenant, *one) for one in zip(bodies, events, strict=True)])
    assert verdicts(tenant) == {"effective": AT_ONCE}
    (entity,) = tenant.strict_entities
    assert entity.content_hash == tenant.ledger[-1].content_hash
    hashes = map(content_hash, bodies)
    is_consistent(tenant, Counter(zip(events, hashes, strict=True)))


def test_entities_do_not_disturb_each_other(plane: Plane, tenant: Tenant) -> None:
    bodies = [of_entity(number) for number in range(AT_ONCE)]
    events = [str(uuid.uuid4()) for _ in bodies]
    all_at_once([submit(plane, tenant, *one) for one in zip(bodies, events, strict=True)])
    assert verdicts(tenant) == {"effective": AT_ONCE}
    assert {one.state for one in tenant.strict_entities} == {"active"}
    assert len(tenant.strict_entities) == AT_ONCE


def _mixed() -> list[tuple[bytes, str]]:
    """Two entities, made, changed and deleted; some events come twice, some contents thrice."""
    bodies = [of_entity(n % 2, **more) for n, more in enumerate(({}, {}, {"x": 1}, {"x": 2}))]
    bodies += [of_entity(n, action="DELETE", schema=None) for n in range(2)]
    once = [(body, str(uuid.uuid4())) for body in bodies * 3]
    return [*once, *once[: AT_ONCE // 2]]


def test_whoever_reads_meanwhile_reads_the_beginning_of_the_trail(
    plane: Plane, tenant: Tenant
) -> None:
    mixed = _mixed()
    seen: list[tuple[LedgerEntry, ...]] = []

    def read(barrier: threading.Barrier) -> None:
        barrier.wait()
        seen.extend(tenant.ledger for _ in range(50))

    all_at_once([read, *(submit(plane, tenant, *one) for one in mixed)])
    trail = tenant.ledger
    assert all(trail[: len(some)] == some for some in seen)
    is_consistent(tenant, Counter((event, content_hash(body)) for body, event in mixed))
    uploads = [e for e in tenant.exchanges if e.endpoint == "bucket"]
    assert [content_hash(e.body) for e in uploads] == [entry.content_hash for entry in trail]


def test_the_same_over_sockets(plane: Plane, tenant: Tenant) -> None:
    mixed = _mixed()
    with PlaneServer(plane, clock=lambda: NOW):
        all_at_once([partial(_over_sockets, plane, tenant, *one) for one in mixed])
        is_consistent(tenant, Counter((event, content_hash(body)) for body, event in mixed))


def _over_sockets(
    plane: Plane, tenant: Tenant, body: bytes, event_id: str, barrier: threading.Barrier
) -> None:
    sender = Sender(plane=plane, tenant=tenant)
    fields = sender.fields(
        eventId=event_id,
        contentHash=content_hash(body),
        timestamp=datetime.fromtimestamp(NOW, UTC).isoformat(),
    )
    answer = _sent(plane.api_url, sender.presign_request(json.dumps(fields).encode()))
    url = json.loads(answer)["uploadUrl"]
    barrier.wait()
    request = sender.put_request(url, body)
    _sent(url, replace(request, target=target(url)))


def _sent(url: str, request: Request) -> bytes:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=SECONDS)
    try:
        connection.request(
            request.method, request.target, body=request.body, headers=dict(request.headers)
        )
        response = connection.getresponse()
        body = response.read()
        assert response.status == 200, body
        return body
    finally:
        connection.close()


class _Hesitant(set[str]):
    """Events that were processed; who looks one up waits for another one to look, for a moment."""

    def __init__(self, moment: float) -> None:
        super().__init__()
        self._both = threading.Barrier(2, timeout=moment)

    def __contains__(self, event: object) -> bool:
        found = super().__contains__(event)
        try:
            self._both.wait()
        except threading.BrokenBarrierError:
            self._both.reset()
        return found


def test_nobody_looks_while_another_one_decides(
    plane: Plane, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, body = str(uuid.uuid4()), of_entity(1)
    for registry in tenant._registries.values():
        monkeypatch.setattr(registry, "_processed", _Hesitant(0.2))

    def submit_and_read(barrier: threading.Barrier) -> None:
        submit(plane, tenant, body, event)(barrier)
        assert tenant.ledger

    all_at_once([submit_and_read, submit_and_read])
    assert verdicts(tenant) == {"effective": 1, "no-op": 1}


def test_without_the_planes_lock_that_would_be_seen() -> None:
    """The fault that the tests above are there for, in a registry that nobody guards."""
    registry = Registry(lenient=False)
    registry._processed = _Hesitant(SECONDS)
    body = of_entity(1)
    one = Submission(
        app_id=APP, event_id=str(uuid.uuid4()), content_hash=content_hash(body), body=body
    )
    all_at_once([lambda _: registry.take(one) and None] * 2)
    assert Counter(entry.verdict for entry in registry.trail)["no-op"] == 0
