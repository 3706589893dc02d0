"""What the service makes of uploads: entities by their identifying fields, and an audit trail."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from chaim_conformance.transcript import Entity, LedgerEntry

# The identifying fields, and where each format keeps them; the first that is there is taken.
IDENTITY: dict[str, tuple[tuple[str, ...], ...]] = {
    "appId": (("identity", "appId"), ("appId",)),
    "provider": (("providerIdentity", "cloud"), ("provider",)),
    "accountId": (("providerIdentity", "accountId"), ("accountId",)),
    "region": (("providerIdentity", "region"), ("region",)),
    "stackName": (("providerIdentity", "deploymentId"), ("stackName",)),
    "datastoreType": (("resource", "type"), ("resource", "kind"), ("datastoreType",)),
    "resourceId": (("identity", "resourceId"), ("resourceId",)),
}

Verdict = Literal["effective", "no-op", "duplicate", "rejected"]


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One upload that reached the service, with what its presign had announced.

    ``attempt`` counts the tenant's attempts; it came during this one.
    """

    app_id: str
    event_id: str
    content_hash: str
    body: bytes
    attempt: int = 0

    @cached_property
    def actual_hash(self) -> str:
        """The contentHash that the bytes have."""
        return f"sha256:{hashlib.sha256(self.body).hexdigest()}"

    @cached_property
    def document(self) -> dict[str, Any] | None:
        """The snapshot, where the bytes are one as the contract has it."""
        return _document(self.body, "utf-8")

    @cached_property
    def any_document(self) -> dict[str, Any] | None:
        """The snapshot also where it has a BOM or is in UTF-16."""
        return self.document or _document(self.body, None)

    @cached_property
    def identity(self) -> tuple[str, ...]:
        """The identifying fields; a missing one is the empty string."""
        document = self.any_document
        return ("",) * len(IDENTITY) if document is None else identify(document)


class Registry:
    """Entities and their audit trail, changed by nothing but uploads, one after the other.

    It decides by what it has read, so nobody else may write meanwhile: the plane holds its lock.
    ``lenient`` takes what a strict service rejects, as far as it can be read: it believes the bytes
    rather than the announced hash, and does without identifying fields that are missing.
    """

    def __init__(self, *, lenient: bool) -> None:
        self._lenient = lenient
        self._entities: dict[tuple[str, ...], Entity] = {}
        self._processed: set[str] = set()
        self._trail: list[LedgerEntry] = []

    @property
    def entities(self) -> tuple[Entity, ...]:
        """Every entity that was ever heard of, in that order, deleted ones too."""
        return tuple(self._entities.values())

    @property
    def trail(self) -> tuple[LedgerEntry, ...]:
        """Every upload that came in, in order, with its verdict."""
        return tuple(self._trail)

    def take(self, submission: Submission) -> LedgerEntry:
        """Processes one upload, and enters it into the trail."""
        actual = submission.actual_hash
        document = submission.any_document if self._lenient else submission.document
        identity = submission.identity
        missing = [name for name, value in zip(IDENTITY, identity, strict=True) if not value]
        action = (document or {}).get("action", "UPSERT")
        verdict: Verdict
        if submission.content_hash != actual and not self._lenient:
            verdict, reason = (
                "rejected",
                f"contentHash is not that of the bytes, {actual}",
            )
        elif document is None:
            verdict, reason = "rejected", "the bytes are not a JSON object in UTF-8"
        elif action not in ("UPSERT", "DELETE"):
            verdict, reason = "rejected", f"action is {action!r}"
        elif missing and not (self._lenient and "resourceId" not in missing):
            verdict, reason = "rejected", f"no {', '.join(missing)} in the snapshot"
        else:
            verdict, reason = self._apply(submission.event_id, identity, action, actual)
        entry = LedgerEntry(
            app_id=submission.app_id,
            event_id=submission.event_id,
            resource_id=identity[-1],
            content_hash=actual if self._lenient else submission.content_hash,
            action=action if isinstance(action, str) else repr(action),
            verdict=verdict,
            reason=reason,
            identity=identity,
            attempt=submission.attempt,
        )
        self._trail.append(entry)
        return entry

    def _apply(
        self, event_id: str, identity: tuple[str, ...], action: str, content_hash: str
    ) -> tuple[Verdict, str]:
        event = event_id.lower()
        if event in self._processed:
            return "no-op", "an upload of this eventId was processed before"
        self._processed.add(event)
        known = self._entities.get(identity)
        wanted = Entity(
            identity=identity,
            state="active" if action == "UPSERT" else "deleted",
            content_hash=content_hash,
        )
        if wanted.state == "active" and known == wanted:
            return "duplicate", "the entity is active with this content"
        self._entities[identity] = wanted
        return "effective", ""


def identify(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The identifying fields of a snapshot of either format, in the order of ``IDENTITY``."""
    return tuple([_first(document, places) for places in IDENTITY.values()])


def _first(document: Mapping[str, Any], places: tuple[tuple[str, ...], ...]) -> str:
    for place in places:
        value: Any = document
        for key in place:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str | int) and not isinstance(value, bool):
            return str(value)
    return ""


def _document(body: bytes, encoding: str | None) -> dict[str, Any] | None:
    try:
        value = json.loads(body.decode(encoding) if encoding else body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
