"""What is known while a scenario is played: credentials, what was sent, what is on its way."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from chaim_conformance.drivers.driver import Deployment
from chaim_conformance.scenario import (
    OBSERVED,
    OBSERVED_LESS_ONE,
    OK,
    Attempt,
    Bundle,
    Fault,
    Operation,
    Scenario,
)
from chaim_conformance.transcript import Credentials, LeftFile

# Credentials are letters: a piece of one stands in no hash, id or time by chance.
LETTERS = str.maketrans("0123456789abcdef", "ghjkmnpqGHJKMNPQ")


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One attempt on its way to the handler."""

    operation: int
    number: int
    attempt: Attempt
    event: dict[str, Any]
    request_id: str
    secrets: tuple[Fault, ...]


def alone(delivery: Delivery) -> Delivery:
    """The delivery where nothing comes beside it, so that no answer has to wait."""
    script = tuple(OK if step.kind == "held" else step for step in delivery.attempt.presign)
    return replace(delivery, attempt=replace(delivery.attempt, presign=script))


@dataclass(kw_only=True)
class Play:
    """What is known while a scenario is played.

    ``first`` are the credentials that the tenant has already; without them it gets some.
    """

    scenario: Scenario
    digest: str
    first: Credentials | None = None
    sent: list[Operation] = field(default_factory=list)
    left: list[LeftFile] = field(default_factory=list)
    deployed: int | None = None
    deployment: Deployment | None = None
    observed: int | None = None
    rotations: int = 0
    secret_kept: bool = False

    @property
    def secret_name(self) -> str:
        """That of the scenario's secret, with a slash as real names have."""
        return f"chaim/credentials-{self.digest[:16]}"

    @property
    def current(self) -> Credentials:
        """What the service accepts now."""
        return self.keys[self.rotations]

    @cached_property
    def keys(self) -> tuple[Credentials, ...]:
        """The tenant's credentials, one after the other."""
        rotations = sum(operation.rotates for operation in self.scenario.operations)
        first = self.first or self._credentials(0)
        return (first, *(self._credentials(number) for number in range(1, 1 + rotations)))

    @cached_property
    def beside(self) -> Credentials | None:
        """What stands in the environment where a secret is named."""
        kinds = {bundle.credentials for bundle in self.scenario.bundles}
        return self._credentials("beside") if "secret-beside-environment" in kinds else None

    def _credentials(self, number: object) -> Credentials:
        text = f"{self.digest}:{number}" if number else self.digest
        letters = hashlib.sha256(text.encode()).hexdigest().translate(LETTERS)
        return Credentials(api_key=f"ck-{letters[:24]}", api_secret=f"cs-{letters[24:]}")


def measured(bundle: Bundle, observed: int | None) -> Bundle:
    """The bundle with a limit that is to be measured as a number; none where nothing was seen."""
    if bundle.max_snapshot_bytes not in (OBSERVED, OBSERVED_LESS_ONE):
        return bundle
    less = 1 if bundle.max_snapshot_bytes == OBSERVED_LESS_ONE else 0
    limit = None if observed is None else str(observed - less)
    return replace(bundle, max_snapshot_bytes=limit)


def uuid4(*parts: object) -> str:
    """A v4 UUID, as real RequestIds are, that depends on nothing but what it stands for."""
    digest = hashlib.sha256(":".join(map(str, parts)).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
