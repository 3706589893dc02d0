"""B31: what the service holds after each deployment is what was bound."""

from __future__ import annotations

from collections.abc import Iterator

from chaim_conformance.checks.binder.bundle import has_anothers, no_bundle
from chaim_conformance.checks.binder.evidence import (
    bundled_of,
    deployed_name,
    expected,
    listed,
    published_of,
    resource_id,
    stack_of,
    successes,
    unpublished,
)
from chaim_conformance.checks.binder.registry import judges
from chaim_conformance.checks.entities import state_after
from chaim_conformance.plane.registry import IDENTITY
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript
from chaim_conformance.transcript import AttemptRecord, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

KEPT = (
    "an entity under a new resourceId is another one: CloudFormation sends no Delete for the old"
    " one while the custom resource keeps its logical id"
)
STACK_NAME = list(IDENTITY).index("stackName")


@judges("B31")
def active_is_what_is_bound(t: SynthTranscript) -> Iterator[Finding]:
    """After each deployment the active entities of a stack are those of its bindings."""
    if not t.scenario.deploys:
        return
    moved: set[str] = set()
    for record in successes(t):
        if isinstance(record, Blocked):
            yield record
        elif t.deployment is None or t.undeployable:
            yield Blocked(by="B23", where=record)
        else:
            moved |= _moved(t, record)
            yield from _after(t, t.deployment, record, moved)


def _moved(t: SynthTranscript, record: SynthRecord) -> set[str]:
    """The resourceIds whose custom resource got another logical id, which is beyond any handler.

    CloudFormation creates the new one, and then deletes the old one under the same resourceId.
    """
    own = {(p.stack, p.logical_id): p for p in record.publications}
    earlier = {
        (p.stack, p.logical_id): p
        for before in t.records[: t.records.index(record)]
        for p in before.publications
    }
    ids: dict[str, set[str]] = {"Create": set(), "Delete": set()}
    for planned in t.planned:
        place = planned.stack, planned.logical_id
        publication = own.get(place) or earlier.get(place)
        snapshot = publication.snapshot if publication is not None else None
        if planned.synth == record.number and snapshot and isinstance(snapshot.json, dict):
            ids.setdefault(planned.request_type, set()).add(str(resource_id(snapshot.json)))
    return ids["Create"] & ids["Delete"]


def _after(
    t: SynthTranscript, deployment: Transcript, record: SynthRecord, moved: set[str]
) -> Iterator[Finding]:
    """What the service holds after one synth was deployed; ``moved`` are not looked at."""
    app = t.app(record)
    last = last_attempt(t, deployment, record)
    bundled, published = bundled_of(record, app), published_of(record, app)
    if any(_failed(deployment, attempt) for attempt in deployment.attempts[: last + 1]):
        yield Blocked(by="B23", where=record)
        return
    state = state_after(deployment, last)
    for name in sorted({deployed_name(record, one) for one in expected(app)}):
        bound = [one for one in expected(app) if deployed_name(record, one) == name]
        if any(one not in published for one in bound):
            yield Blocked(by=unpublished(t), where=record)
            continue
        missing = [no_bundle(t, record, one) for one in bound if one not in bundled]
        if clause := next(filter(None, missing), None):
            yield Blocked(by=clause, where=record)
            continue
        if any(
            has_anothers(record, app, one, resource_id(bundled[one].json))
            for one in bound
            if one in bundled
        ):
            yield Blocked(by="B15", where=record)
            continue
        snapshots = [bundled[one].json for one in bound if one in bundled]
        if any(stack_of(snapshot) != name for snapshot in snapshots):
            yield Blocked(by="B26", where=record)
            continue
        wanted = {str(resource_id(snapshot)) for snapshot in snapshots} - moved
        active = {
            identity[-1]
            for identity, (action, _) in state.items()
            if action == "UPSERT" and identity[STACK_NAME] == name
        } - moved
        if wanted == active:
            yield Upheld(where=record)
            continue
        yield Violation(
            expected=f"active in stack {name}: {listed(sorted(wanted))}",
            seen=f"active too: {listed(sorted(active - wanted))}; not active:"
            f" {listed(sorted(wanted - active))}",
            where=record,
            hint=KEPT if active - wanted else "",
        )


def last_attempt(t: SynthTranscript, deployment: Transcript, record: SynthRecord) -> int:
    """The number of the last attempt that this synth's deployment brought; -1: none so far.

    A Delete of what is still bound is the stack's end, and belongs to no synth.
    """
    bound = {(p.stack, p.logical_id) for p in record.publications}
    asked = [n for n, operation in enumerate(deployment.operations) if operation.cause == "asked"]
    end = next(
        (
            asked[number]
            for number, planned in enumerate(t.planned)
            if number < len(asked)
            and (
                planned.synth > record.number
                or (
                    planned.synth == record.number
                    and planned.request_type == "Delete"
                    and (planned.stack, planned.logical_id) in bound
                )
            )
        ),
        len(deployment.operations),
    )
    return max((n for n, a in enumerate(deployment.attempts) if a.operation < end), default=-1)


def _failed(deployment: Transcript, attempt: AttemptRecord) -> bool:
    """Whether an attempt did not publish what it should, which other clauses tell."""
    number = deployment.attempts.index(attempt)
    entries = [e for e in deployment.tolerant_ledger if e.attempt == number]
    wanted = "DELETE" if attempt.request_type == "Delete" else "UPSERT"
    return attempt.answer.status != "SUCCESS" or not any(
        e.verdict in ("effective", "duplicate") and e.action == wanted for e in entries
    )
