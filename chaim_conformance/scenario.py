"""Stimuli as data: what is deployed, what CloudFormation asks, what goes wrong.

A :class:`Scenario` says everything the runner needs, and nothing about what ought to
happen. It is frozen, hashable and has a JSON form (``contract/schemas/scenario.schema.json``),
so that strategies can draw it, a file can hold it, and a failure can be replayed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

RequestType = Literal["Create", "Update", "Delete"]
# In the environment: ``environment`` is as it should be, ``malformed`` has a line break inside the
# API key. ``secret-…``: SECRET_NAME is set; ``-name``, ``-arn`` and ``-beside-environment`` (other
# credentials stand in the environment, too) are as they should be.
CredentialsKind = Literal[
    "environment",
    "missing",
    "empty",
    "no-key",
    "no-secret",
    "malformed",
    "secret-name",
    "secret-arn",
    "secret-beside-environment",
    "secret-not-found",
    "secret-denied",
    "secret-not-json",
    "secret-without-keys",
    "secret-empty",
]
GOOD_CREDENTIALS: tuple[CredentialsKind, ...] = (
    "environment",
    "secret-name",
    "secret-arn",
    "secret-beside-environment",
)
# Where the service is: ``https`` has a certificate that the handler is told to trust, that of
# ``untrusted`` is by an authority that nobody vouches for.
BaseUrl = Literal["plain", "trailing-slash", "path-prefix", "https", "untrusted"]
FaultKind = Literal[
    "ok",
    "refuse",
    "answer",
    "redirect",
    "untrusted-url",
    "late",
    "continue",
    "closed",
    "held",
    "reset-before",
    "reset-during",
    "reset",
    "lost",
    "cut-after-head",
    "truncated",
    "short-length",
    "overlong",
    "garbage",
    "stall",
    "drip",
]
# What a value of a binder's environment stands for: the service's URL, the key, its secret, or the
# name or ARN of the secret that holds both.
StandIn = Literal["base-url", "api-key", "api-secret", "secret"]
Start = Literal["warm", "cold", "beside"]
Sibling = Literal["", "fails", "fails-meanwhile"]
# Limits that the runner measures: the size of the upload accepted last, and one byte less.
OBSERVED, OBSERVED_LESS_ONE = "observed", "observed-1"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One scripted reaction of an endpoint.

    ``ok``      the endpoint behaves (a script that ends in it recovers);
    ``refuse``  the endpoint's own refusal: for presign the error document of ``status``,
                for the bucket S3's error document of ``code``;
    ``answer``  exactly this ``status`` and ``body``;
    ``redirect``  to the same service (``code`` is ``same-host``) or to a stranger's
                (``other-host``), with this ``status``;
    ``untrusted-url``  presign does its work, and the upload URL is one of a server whose
                certificate does not verify;
    ``late``    the upload comes after the URL has expired, by the plane's clock.

    The wire breaks before the endpoint has done anything:
    ``reset-before``, ``reset-during``, ``reset``  a reset when the request's head has come, amid
                its body, when all of it has been read;
    ``stall``   no answer ever; ``garbage`` an answer that is no HTTP.

    The endpoint does its work, and the wire spoils the answer:
    ``lost``    a reset instead of it; ``cut-after-head`` a reset after its headers;
    ``truncated``  it ends before its Content-Length; ``short-length`` its Content-Length leaves
                out the end of it; ``overlong`` more bytes follow it;
    ``drip``    a byte a second, without end;
    ``continue``  an interim answer 100 comes before it;
    ``closed``  the connection is closed after it, though keep-alive was promised;
    ``held``    (presign) it comes when the attempt that is delivered ``beside`` this one is over.

    ``retry_after`` (seconds) is a header of a refusal.
    """

    kind: FaultKind
    status: int = 0
    code: str = ""
    body: str = ""
    content_type: str = "application/json"
    retry_after: int | None = None

    def __str__(self) -> str:
        match self.kind:
            case "refuse":
                later = "" if self.retry_after is None else f" (Retry-After: {self.retry_after})"
                return f"{self.status or ''} {self.code}".strip() + later
            case "redirect":
                return f"{self.status} to {self.code.replace('-', ' ')}"
            case "answer":
                return f"{self.status} with body {self.body[:40]!r}"
            case _:
                return self.kind


# Faults that a handler can only end by itself.
ENDLESS: frozenset[FaultKind] = frozenset({"stall", "drip"})
ENDPOINTS = ("presign", "bucket", "secrets")
# Which endpoints have a fault; one that is not listed: presign and the bucket.
PLACES: dict[FaultKind, tuple[str, ...]] = {
    **dict.fromkeys(("ok", "refuse", "answer", "reset"), ENDPOINTS),
    "untrusted-url": ("presign",),
    "held": ("presign",),
    "late": ("bucket",),
}
OK = Fault(kind="ok")
RESET = Fault(kind="reset")


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What one deployment of the handler runs from: ``snapshot.json`` and its environment.

    ``snapshot`` is the exact text of the file, ``None`` where the file is missing. The other
    fields are environment, by the contract's names; ``None`` leaves the variable unset. A limit of
    ``OBSERVED`` or ``OBSERVED_LESS_ONE`` becomes a number when it is deployed. ``grown_to``: the
    schema gets as many more fields as make the snapshot, indented by two, that many bytes long.

    ``variables`` is the environment as a binder wrote it, by name: it is used instead of what the
    other fields would make; ``stand_ins`` are values in it, and what stands there for each when it
    is deployed.
    """

    snapshot: str | None
    app_id: str
    failure_mode: str | None = None
    max_snapshot_bytes: str | None = None
    credentials: CredentialsKind = "environment"
    base_url: BaseUrl = "plain"
    grown_to: int | None = None
    variables: tuple[tuple[str, str], ...] | None = None
    stand_ins: tuple[tuple[str, StandIn], ...] = ()

    @property
    def names_a_secret(self) -> bool:
        """Whether SECRET_NAME is set."""
        return self.credentials.startswith("secret-")

    @property
    def text(self) -> str | None:
        """The text of ``snapshot.json`` as it is deployed."""
        if self.snapshot is None or self.grown_to is None:
            return self.snapshot
        return grown(self.snapshot, self.grown_to)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One delivery of an operation, and how the service behaves meanwhile.

    ``cold`` is a new process with an empty temporary directory; ``beside`` is another process while
    the attempt before waits for an answer that is ``held``: the same event came twice at once. A
    script is used up one request at a time; its last step repeats, an empty one is a healthy
    endpoint. ``secrets`` is that of Secrets Manager.
    """

    start: Start = "warm"
    presign: tuple[Fault, ...] = ()
    bucket: tuple[Fault, ...] = ()
    secrets: tuple[Fault, ...] = ()

    @property
    def scripts(self) -> tuple[tuple[Fault, ...], ...]:
        """That of each endpoint."""
        return self.presign, self.bucket, self.secrets

    @property
    def script(self) -> tuple[Fault, ...]:
        """Every step of every endpoint."""
        return self.presign + self.bucket + self.secrets

    @property
    def misplaced(self) -> str:
        """Which fault its endpoint does not have; empty: none."""
        for endpoint, script in zip(ENDPOINTS, self.scripts, strict=True):
            for step in script:
                if endpoint not in PLACES.get(step.kind, ENDPOINTS[:2]):
                    return f"{endpoint} has no fault {step.kind!r}"
        return ""

    @property
    def waits(self) -> bool:
        """Whether an endpoint keeps the handler waiting for as long as it has patience."""
        return any(step.kind in ENDLESS for step in self.script)

    @property
    def is_healthy(self) -> bool:
        """Whether no endpoint was told to misbehave."""
        return all(step.kind in ("ok", "held") for step in self.script)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One CloudFormation request, so one RequestId, delivered once or more.

    ``bundle`` is the index of the deployment that the function holds meanwhile; ``resource`` is
    the custom resource that it is about, by number; ``rotates``: before it, the secret was given
    new credentials.

    In a stack's life ``sibling`` says that another resource ``fails`` afterwards, or
    ``fails-meanwhile``, so that CloudFormation does not wait for the answer; ``aftermath`` are the
    attempts of each request that CloudFormation adds, and ``cause`` says why it added this one.
    """

    request_type: RequestType
    bundle: int = 0
    attempts: tuple[Attempt, ...] = (Attempt(),)
    resource: int = 0
    rotates: bool = False
    sibling: Sibling = ""
    aftermath: tuple[Attempt, ...] = (Attempt(),)
    cause: Literal["asked", "cleanup", "rollback"] = "asked"


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Bundles, operations on them, and what the upload URL looks like.

    ``object_key`` and ``security_token`` stand in the URL that presign hands out (H30). In a
    ``stack``'s life operations are what its owner asks for: CloudFormation decides what it sends,
    rolls back and cleans up. Else they are sent as they are. Raises :class:`ValueError` where there
    is no operation, no attempt, no such bundle, or a fault that its endpoint does not have.
    """

    bundles: tuple[Bundle, ...]
    operations: tuple[Operation, ...]
    object_key: str = "snapshot.json"
    security_token: str | None = None
    stack: bool = False

    def __post_init__(self) -> None:
        if not self.operations:
            raise ValueError("operations: expected at least one")
        for index, operation in enumerate(self.operations):
            if not 0 <= operation.bundle < len(self.bundles):
                raise ValueError(
                    f"operations[{index}].bundle: there is no bundle {operation.bundle}"
                )
            if not operation.attempts or not operation.aftermath:
                raise ValueError(f"operations[{index}].attempts: expected at least one")
            for attempt in (*operation.attempts, *operation.aftermath):
                if misplaced := attempt.misplaced:
                    raise ValueError(f"operations[{index}]: {misplaced}")

    @property
    def names_a_secret(self) -> bool:
        """Whether any of its deployments does."""
        return any(bundle.names_a_secret for bundle in self.bundles)

    @property
    def is_over_https(self) -> bool:
        """Whether any of its deployments finds a service with a certificate, whatever the run's."""
        return any(bundle.base_url in ("https", "untrusted") for bundle in self.bundles)


@lru_cache(maxsize=2)
def grown(snapshot: str, size: int) -> str:
    """The snapshot with more fields in its schema, so that its text has ``size`` bytes.

    Raises :class:`ValueError` where it has more, or too few are missing to add a field.
    """
    document = json.loads(snapshot)

    def text(*fields: dict[str, str]) -> str:
        schema = {**document["schema"], "fields": [*document["schema"]["fields"], *fields]}
        return json.dumps({**document, "schema": schema}, indent=2, ensure_ascii=False)

    one, two = text(_field(0)), text(_field(0), _field(1))
    missing = size - len(one.encode())
    if missing < 0:
        raise ValueError(f"grown_to: {size} bytes leave no room for a field")
    # All fields are spelled alike, so they need not be written as JSON one by one.
    end = next(n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b)
    more = two[end : end + len(two) - len(one)]
    count, missing = divmod(missing, len(more.encode()))
    added = "".join(more.replace(_name(1), _name(number)) for number in range(1, 1 + count))
    text_grown = one[:end] + added + one[end:]
    close = text_grown.rindex('"', 0, end + len(added))
    return text_grown[:close] + "x" * missing + text_grown[close:]


def _name(number: int) -> str:
    return f"grown{number:07d}"


def _field(number: int) -> dict[str, str]:
    return {"name": _name(number), "type": "string", "description": "日本語の説明 " * 40}
