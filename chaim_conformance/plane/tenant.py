"""One customer of the plane: credentials, what is scripted for it, what it sent, what it stored."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum

from chaim_conformance.errors import HarnessError
from chaim_conformance.plane.grants import Grant, Grants
from chaim_conformance.plane.registry import Registry, Submission
from chaim_conformance.plane.spoiling import CUTS_REQUEST
from chaim_conformance.scenario import Fault
from chaim_conformance.transcript import Credentials, Entity, Exchange, LedgerEntry


class Policy(Enum):
    """What happens to a request that the real service would refuse.

    ``STRICT`` refuses it. ``TOLERANT`` records the objection and answers as if all were well, so
    that one fault of a handler does not hide another.
    """

    STRICT = "strict"
    TOLERANT = "tolerant"


class Script:
    """Faults in the order of requests; the last one repeats, none at all is a healthy endpoint."""

    def __init__(self, steps: tuple[Fault, ...] = ()) -> None:
        self.kinds = frozenset(step.kind for step in steps)
        self.steps = steps
        self._taken = 0

    def next(self) -> Fault | None:
        """The fault for the next request, used up; ``None`` where the endpoint behaves."""
        step = self.peek()
        self._taken += 1
        return step

    def peek(self) -> Fault | None:
        """The same, without using it up."""
        if not self.steps:
            return None
        step = self.steps[min(self._taken, len(self.steps) - 1)]
        return None if step.kind == "ok" else step


def _registries() -> dict[bool, Registry]:
    return {lenient: Registry(lenient=lenient) for lenient in (False, True)}


def _nobody(exchange: Exchange) -> None:
    """Hears of exchanges where nobody wants to."""


@dataclass(frozen=True, kw_only=True)
class Aside:
    """An attempt that waits while another one is under way."""

    number: int
    exchanges: list[Exchange]
    latest_presign: tuple[int, int] | None
    scripts: tuple[Script, Script, Script]


class Tenant:
    """Made by :meth:`Plane.open_tenant`. Exchanges are kept per attempt, everything else for life.

    Recording begins when the tenant is opened, as if by :meth:`begin_attempt`. What arrives
    between two attempts is answered, and reaches the registry, but stands in no attempt.
    """

    def __init__(
        self,
        *,
        credentials: Credentials,
        app_ids: frozenset[str] | None,
        policy: Policy,
        object_key: str,
        security_token: str | None,
        grants: Grants,
        lock: AbstractContextManager[bool],
        issue_response_url: Callable[[Tenant, float], str],
    ) -> None:
        self.credentials = credentials
        self.app_ids = app_ids
        self.policy = policy
        self.object_key = object_key
        self.security_token = security_token
        self.grants = grants
        self.nonces: set[str] = set()
        self.presign_script = Script()
        self.bucket_script = Script()
        self.secrets_script = Script()
        self._stored: dict[str, bytes] = {}
        self._clean: set[str] = set()
        self._registries = _registries()
        self._unprocessed: list[tuple[Submission, bool]] = []
        self._lock = lock
        self._issue_response_url = issue_response_url
        self._attempt = 0
        self._latest = 0
        self._exchanges: list[Exchange] = []
        self._latest_presign: tuple[int, int] | None = None
        self._failure: BaseException | None = None
        self._listener: Callable[[Exchange], None] = _nobody
        self._held: list[Future[None]] = []
        self.waiting = threading.Event()
        self._withheld: list[Future[None]] = []
        self._overtaken = False

    def begin_attempt(
        self,
        *,
        presign: tuple[Fault, ...] = (),
        bucket: tuple[Fault, ...] = (),
        secrets: tuple[Fault, ...] = (),
    ) -> None:
        """Starts a fresh record and fresh scripts; what was recorded before is dropped."""
        with self._lock:
            self.grants.lose_origins(self._attempt)
            self._exchanges = []
            self._latest_presign = None
            self._overtaken = False
            self.script(presign=presign, bucket=bucket, secrets=secrets)

    def script(
        self,
        *,
        presign: tuple[Fault, ...] | None = None,
        bucket: tuple[Fault, ...] | None = None,
        secrets: tuple[Fault, ...] | None = None,
    ) -> None:
        """Scripts endpoints from their next request on; one not named goes on as it was."""
        with self._lock:
            if presign is not None:
                self.presign_script = Script(presign)
            if bucket is not None:
                self.bucket_script = Script(bucket)
            if secrets is not None:
                self.secrets_script = Script(secrets)

    def forget(self) -> None:
        """Has nothing stored, recorded or scripted again; URLs handed out before stay good."""
        with self._lock:
            self.begin_attempt()
            self.nonces.clear()
            self._stored.clear()
            self._clean.clear()
            self._unprocessed.clear()
            self._registries = _registries()
        self.release()

    def end_attempt(self) -> tuple[Exchange, ...]:
        """All requests since :meth:`begin_attempt`; the endpoints are healthy from here on.

        Connections that a fault holds open are closed. Raises :class:`HarnessError` where the plane
        itself failed meanwhile.
        """
        with self._lock:
            exchanges = tuple(self._exchanges)
            self._exchanges = []
            self._latest_presign = None
            self._latest = max(self._latest, self._attempt)
            self._attempt = self._latest + 1
            self.presign_script = self.bucket_script = self.secrets_script = Script()
            failure, self._failure = self._failure, None
        self.release()
        if failure is not None:
            raise HarnessError(f"the plane failed while it answered: {failure!r}") from failure
        return exchanges

    # Two attempts at once: one waits for an answer while the other has the tenant to itself.

    def withhold(self) -> Future[None]:
        """Is done when the answer may be sent. For the plane, which has the lock.

        That is at once when the attempt was taken up again: there is nothing more to wait for.
        """
        withheld: Future[None] = Future()
        if self._overtaken:
            withheld.set_result(None)
        else:
            self._withheld.append(withheld)
            self.waiting.set()
        return withheld

    def set_aside(self) -> Aside:
        """Leaves the attempt under way, for another one to begin."""
        with self._lock:
            aside = Aside(
                number=self._attempt,
                exchanges=self._exchanges,
                latest_presign=self._latest_presign,
                scripts=(self.presign_script, self.bucket_script, self.secrets_script),
            )
            self._latest = self._attempt
            self._attempt += 1
            return aside

    def take_up(self, aside: Aside) -> None:
        """Goes on with an attempt that was set aside, and sends what it waits for."""
        with self._lock:
            self._attempt, self._exchanges = aside.number, aside.exchanges
            self._latest_presign = aside.latest_presign
            self.presign_script, self.bucket_script, self.secrets_script = aside.scripts
            withheld, self._withheld = self._withheld, []
            self._overtaken = True
            self.waiting.clear()
        for one in withheld:
            one.set_result(None)

    @property
    def cuts_requests(self) -> bool:
        """Whether a script resets a connection while a request is still coming."""
        kinds = self.presign_script.kinds | self.bucket_script.kinds
        return not kinds.isdisjoint(CUTS_REQUEST)

    def hold(self) -> Future[None]:
        """Is done when an answer that never ends has to end. For the plane, which has the lock."""
        held: Future[None] = Future()
        self._held.append(held)
        return held

    def release(self) -> None:
        """Ends every answer that is held."""
        with self._lock:
            held, self._held = self._held, []
        for one in held:
            one.set_result(None)

    def response_url(self, now: float) -> str:
        """A presigned URL to which CloudFormation's answer is PUT; only its host is signed."""
        with self._lock:
            return self._issue_response_url(self, now)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What was recorded so far in the attempt under way."""
        with self._lock:
            return tuple(self._exchanges)

    @property
    def objects(self) -> dict[str, bytes]:
        """Every object whose upload was accepted, by ``bucket/key``."""
        with self._lock:
            return dict(self._stored)

    @property
    def ledger(self) -> tuple[LedgerEntry, ...]:
        """The audit trail as the service would have it, without what it would have refused."""
        with self._lock:
            return self._processed(lenient=False).trail

    @property
    def tolerant_ledger(self) -> tuple[LedgerEntry, ...]:
        """The audit trail as it would be had the service accepted what it objects to."""
        with self._lock:
            return self._processed(lenient=True).trail

    @property
    def strict_entities(self) -> tuple[Entity, ...]:
        """The entities that the service would have."""
        with self._lock:
            return self._processed(lenient=False).entities

    @property
    def entities(self) -> tuple[Entity, ...]:
        """The entities that would be there had the service accepted what it objects to."""
        with self._lock:
            return self._processed(lenient=True).entities

    def record(self, exchange: Exchange) -> None:
        """Adds to the record of the attempt under way. For the plane, which holds the lock."""
        if exchange.endpoint == "presign":
            self._latest_presign = self.next_place
        self._exchanges.append(exchange)
        self._listener(exchange)

    def at_once(self) -> AbstractContextManager[bool]:
        """Holds the plane still: what is done meanwhile is one step to every request."""
        return self._lock

    def tell(self, listener: Callable[[Exchange], None]) -> None:
        """Has this called with every exchange from now on, before its answer is sent.

        It is called in the plane's thread, which has the lock: it may read the tenant.
        """
        with self._lock:
            self._listener = listener

    def record_failure(self, error: BaseException) -> None:
        """Keeps the first failure of the plane's own for :meth:`end_attempt`."""
        self._failure = self._failure or error

    @property
    def next_place(self) -> tuple[int, int]:
        """Where the request that is being answered will stand: attempt, exchange."""
        return self._attempt, len(self._exchanges)

    @property
    def latest_presign(self) -> tuple[int, int] | None:
        """The place of the latest presign of the attempt under way."""
        return self._latest_presign

    def has_stored(self, object_name: str) -> bool:
        """Whether S3 would have an object of that name."""
        return object_name in self._clean

    def store(self, grant: Grant, body: bytes, *, clean: bool) -> None:
        """Takes an upload that was answered 200; ``clean`` where S3 would have done so, too."""
        self._stored[grant.object_name] = body
        submission = Submission(
            app_id=grant.app_id,
            event_id=grant.event_id,
            content_hash=grant.content_hash,
            body=body,
            attempt=self._attempt,
        )
        if clean:
            self._clean.add(grant.object_name)
        self._unprocessed.append((submission, clean and not grant.objectionable))

    def _processed(self, *, lenient: bool) -> Registry:
        """A registry after all uploads so far; as in life they are processed some time later."""
        for submission, acceptable in self._unprocessed:
            self._registries[True].take(submission)
            if acceptable:
                self._registries[False].take(submission)
        self._unprocessed.clear()
        return self._registries[lenient]
