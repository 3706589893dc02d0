"""Observations as data: all that was seen while a scenario was played.

A :class:`Transcript` holds no opinion. It has a JSON form
(``contract/schemas/transcript.schema.json``), so it can be judged again without a provider.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from chaim_conformance.scenario import (
    Attempt,
    Bundle,
    Fault,
    Operation,
    RequestType,
    Scenario,
    Start,
)

AnswerStyle = Literal["provider-framework", "response-url", "command"]
# ``stranger`` is another host, to which a redirect led.
Endpoint = Literal["presign", "bucket", "secrets", "response-url", "elsewhere", "stranger"]


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """The API key and secret of one tenant; canaries, never printed."""

    api_key: str
    api_secret: str


@dataclass(frozen=True, kw_only=True)
class Objection:
    """Why the real service would have refused a request that the tolerant plane let through."""

    status: int
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request that reached the plane, byte for byte, and what it was answered.

    ``target`` is the request target as sent (latin-1), ``headers`` are as sent, in order.
    ``status`` is ``None`` where the connection was closed without an answer. ``upload_url`` is
    what a presign handed out; ``upload_of`` names that presign for an upload: the index of the
    attempt in the transcript, and of the exchange in that attempt.

    One that is not ``whole`` was cut before its body had come; one that is not ``trusted`` reached
    a server whose certificate does not verify.
    """

    endpoint: Endpoint
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    received_at: float
    status: int | None
    answer: bytes
    fault: Fault | None = None
    objections: tuple[Objection, ...] = ()
    upload_url: str | None = None
    upload_of: tuple[int, int] | None = None
    whole: bool = True
    trusted: bool = True

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def accepted(self) -> bool:
        """Whether the caller was told that its request succeeded (any 2xx)."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an invocation ended, as Lambda's caller sees it.

    ``payload`` is the JSON text that the handler returned, ``trace`` the stack of its error where
    the runtime tells it as Node's does. ``init-failed`` means that the handler's file could not
    be loaded, ``crashed`` that its process ended.
    """

    kind: Literal["returned", "raised", "timed-out", "crashed", "init-failed"]
    payload: str | None = None
    error_type: str = ""
    error_message: str = ""
    trace: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What CloudFormation receives, after the rules of the answer style (reading 10).

    ``status`` is ``None`` where CloudFormation would hear nothing at all. ``size`` is that of the
    response document in bytes; one that is too long (H60) counts as FAILED and brings nothing else.
    """

    status: Literal["SUCCESS", "FAILED"] | None
    physical_resource_id: str | None = None
    reason: str = ""
    data: dict[str, Any] | None = None
    size: int = 0


@dataclass(frozen=True, kw_only=True)
class AttemptRecord:
    """One attempt as it went: the event delivered, the wire, the log, the end."""

    operation: int
    attempt: int
    request_type: RequestType
    start: Start
    event: dict[str, Any]
    outcome: Outcome
    answer: Answer
    exchanges: tuple[Exchange, ...]
    stdout: str
    stderr: str

    @property
    def presigns(self) -> tuple[Exchange, ...]:
        """The presign requests of this attempt that came whole, in order."""
        return tuple(e for e in self.exchanges if e.endpoint == "presign" and e.whole)

    @property
    def uploads(self) -> tuple[Exchange, ...]:
        """The upload requests of this attempt that came whole, in order."""
        return tuple(e for e in self.exchanges if e.endpoint == "bucket" and e.whole)

    @property
    def log(self) -> str:
        """What the handler printed, both streams."""
        return self.stdout + self.stderr

    def __str__(self) -> str:
        retry = f", retry {self.attempt}" if self.attempt else ""
        return f"operation {self.operation + 1} ({self.request_type}{retry}, {self.start})"


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """One line of the registry's audit trail (P09); ``identity`` are the identifying fields (P06).

    ``attempt`` is the number of the attempt during which the upload came.
    """

    app_id: str
    event_id: str
    resource_id: str
    content_hash: str
    action: str
    verdict: Literal["effective", "no-op", "duplicate", "rejected"]
    reason: str = ""
    identity: tuple[str, ...] = ()
    attempt: int = 0


@dataclass(frozen=True, kw_only=True)
class Entity:
    """An entity of the registry, by its identifying fields (P06)."""

    identity: tuple[str, ...]
    state: Literal["active", "deleted"]
    content_hash: str


@dataclass(frozen=True, kw_only=True)
class LeftFile:
    """A file that the handler wrote and left in its bundle or its temporary directory.

    ``path`` begins with ``bundle/`` or ``tmp/``; ``content`` is at most the file's first megabyte.
    """

    path: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """A scenario and everything that was observed while it was played.

    ``operations`` are the requests that were sent, which in a stack's life are not the ones that
    its owner asked for. ``credentials`` are those of the tenant, one after the other where they
    were rotated; ``beside`` stand in the environment where a secret is named.
    ``names`` are the provider's own for variables of the contract.
    ``ledger`` is what the service would do; ``tolerant_ledger`` and ``entities`` are what it would
    have done had it accepted what it objected to, so that one fault does not hide another.
    """

    scenario: Scenario
    answer_style: AnswerStyle
    credentials: tuple[Credentials, ...]
    attempts: tuple[AttemptRecord, ...]
    operations: tuple[Operation, ...]
    beside: Credentials | None = None
    ledger: tuple[LedgerEntry, ...] = ()
    tolerant_ledger: tuple[LedgerEntry, ...] = ()
    entities: tuple[Entity, ...] = ()
    left_behind: tuple[LeftFile, ...] = ()
    names: tuple[tuple[str, str], ...] = ()

    def bundle(self, record: AttemptRecord) -> Bundle:
        """The deployment that the attempt ran on."""
        return self.scenario.bundles[self.operations[record.operation].bundle]

    @property
    def hung(self) -> bool:
        """Whether an attempt never ended."""
        return any(record.outcome.kind == "timed-out" for record in self.attempts)

    @property
    def secrets(self) -> tuple[Credentials, ...]:
        """All credentials that must not be found anywhere."""
        return self.credentials + (() if self.beside is None else (self.beside,))

    def keys(self, record: AttemptRecord) -> Credentials:
        """The credentials that were the tenant's at the time of the attempt."""
        rotations = sum(o.rotates for o in self.operations[: record.operation + 1])
        return self.credentials[rotations]

    def stimulus(self, record: AttemptRecord) -> Attempt:
        """The attempt as the scenario asked for it, with its faults."""
        return self.operations[record.operation].attempts[record.attempt]

    def by_operation(self) -> Iterator[tuple[AttemptRecord, ...]]:
        """The attempts of each operation that was begun, so of each RequestId, in order."""
        for _, attempts in groupby(self.attempts, key=lambda record: record.operation):
            yield tuple(attempts)
