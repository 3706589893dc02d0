"""Stimuli as data: what is deployed, what CloudFormation asks, what goes wrong.

A :class:`Scenario` says everything the runner needs, and nothing about what ought to
happen. It is frozen, hashable and has a JSON form (``contract/schemas/scenario.schema.json``),
so that strategies can draw it, a file can hold it, and a failure can be replayed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RequestType = Literal["Create", "Update", "Delete"]
# ``environment`` is as it should be; ``malformed`` has a line break inside the API key.
CredentialsKind = Literal["environment", "missing", "empty", "no-key", "no-secret", "malformed"]
# Limits that the runner measures: the size of the upload accepted last, and one byte less.
OBSERVED, OBSERVED_LESS_ONE = "observed", "observed-1"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One scripted reaction of an endpoint.

    ``ok``      the endpoint behaves (a script that ends in it recovers);
    ``refuse``  the endpoint's own refusal: for presign the error document of ``status``,
                for the bucket S3's error document of ``code``;
    ``answer``  exactly this ``status`` and ``body``;
    ``reset``   the connection is closed without an answer, the request having been read.
    """

    kind: Literal["ok", "refuse", "answer", "reset"]
    status: int = 0
    code: str = ""
    body: str = ""
    content_type: str = "application/json"

    def __str__(self) -> str:
        match self.kind:
            case "refuse":
                return f"{self.status or ''} {self.code}".strip()
            case "answer":
                return f"{self.status} with body {self.body[:40]!r}"
            case _:
                return self.kind


OK = Fault(kind="ok")
RESET = Fault(kind="reset")


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What one deployment of the handler runs from: ``snapshot.json`` and its environment.

    ``snapshot`` is the exact text of the file, ``None`` where the file is missing. The other
    fields are environment, by the contract's names; ``None`` leaves the variable unset. A limit of
    ``OBSERVED`` or ``OBSERVED_LESS_ONE`` becomes a number when it is deployed.
    """

    snapshot: str | None
    app_id: str
    failure_mode: str | None = None
    max_snapshot_bytes: str | None = None
    credentials: CredentialsKind = "environment"
    base_url: Literal["plain", "trailing-slash", "path-prefix"] = "plain"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One delivery of an operation, and how the service behaves meanwhile.

    ``cold`` is a new process with an empty temporary directory. A script is used up one
    request at a time; its last step repeats, an empty one is a healthy endpoint.
    """

    start: Literal["warm", "cold"] = "warm"
    presign: tuple[Fault, ...] = ()
    bucket: tuple[Fault, ...] = ()

    @property
    def is_healthy(self) -> bool:
        """Whether no endpoint was told to misbehave."""
        return all(step == OK for step in self.presign + self.bucket)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One CloudFormation request, so one RequestId, delivered once or more.

    ``bundle`` is the index of the deployment that the function holds meanwhile.
    """

    request_type: RequestType
    bundle: int = 0
    attempts: tuple[Attempt, ...] = (Attempt(),)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Bundles, operations on them, and what the upload URL looks like.

    ``object_key`` and ``security_token`` stand in the URL that presign hands out (H30). Raises
    :class:`ValueError` where there is no operation, no attempt, or no such bundle.
    """

    bundles: tuple[Bundle, ...]
    operations: tuple[Operation, ...]
    object_key: str = "snapshot.json"
    security_token: str | None = None

    def __post_init__(self) -> None:
        if not self.operations:
            raise ValueError("operations: expected at least one")
        for index, operation in enumerate(self.operations):
            if not 0 <= operation.bundle < len(self.bundles):
                raise ValueError(
                    f"operations[{index}].bundle: there is no bundle {operation.bundle}"
                )
            if not operation.attempts:
                raise ValueError(f"operations[{index}].attempts: expected at least one")

    def bundle_of(self, operation: int) -> Bundle:
        """The deployment that the operation with this index runs on."""
        return self.bundles[self.operations[operation].bundle]
