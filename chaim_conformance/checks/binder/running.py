"""B23: what a synth bundled runs: deployed, changed and deleted, it publishes."""

from __future__ import annotations

import json
from collections.abc import Iterator

from chaim_conformance.checks.binder.bound import said, same
from chaim_conformance.checks.binder.bundle import SNAPSHOT
from chaim_conformance.checks.binder.evidence import app_id, expected, resource_id, successes
from chaim_conformance.checks.binder.registry import judges
from chaim_conformance.checks.evidence import bundled, ending, json_object, shown
from chaim_conformance.scenario import Bundle
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript
from chaim_conformance.transcript import AttemptRecord, Exchange, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

# How the service refuses whoever has not the key that the configuration gives.
NOT_AUTHORIZED = (401, 403)


@judges("B23")
def bundle_runs(t: SynthTranscript) -> Iterator[Finding]:
    """Each Create, Update and Delete of a deployment succeeds, and publishes its bundle."""
    last = None
    for record in successes(t):
        if isinstance(record, Blocked):
            yield record
        elif expected(t.app(record)):
            last = record
            yield from _unbundled(t, record)
    if not t.scenario.deploys or last is None:
        return
    if t.undeployable and _has_no_handler(t, last):
        yield Blocked(by="B14", where=last)
    elif t.undeployable:
        yield Violation(expected="bundles that can be deployed", seen=t.undeployable, where=last)
    elif t.deployment is not None:
        yield from _lived(t, t.deployment)


def _unbundled(t: SynthTranscript, record: SynthRecord) -> Iterator[Finding]:
    """Where nothing is there to be deployed."""
    if record.publications:
        return
    if "aws-cdk" not in t.capabilities:
        yield Violation(
            expected="publications, each with its bundle", seen="none is answered", where=record
        )
    else:
        there = any(file.name == SNAPSHOT for file in record.assets)
        yield Blocked(by="B17" if there else "B14", where=record)


def _has_no_handler(t: SynthTranscript, record: SynthRecord) -> bool:
    """Whether nothing but snapshots is bundled, where a handler's place is beside them (B14)."""
    return "aws-cdk" in t.capabilities and all(one.name == SNAPSHOT for one in record.assets)


def _lived(t: SynthTranscript, deployment: Transcript) -> Iterator[Finding]:
    records = {record.number: record for record in t.records}
    for attempts in deployment.by_operation():
        attempt = attempts[-1]
        planned = t.planned[attempt.operation]
        where = records[planned.synth]
        who = f"{planned.request_type} of {planned.logical_id} in stack {planned.stack}"
        complaint = _complaint(deployment, attempt)
        if complaint and (clause := _misled(where, deployment.bundle(attempt))):
            yield Blocked(by=clause, where=where)
        elif complaint:
            wanted, seen = complaint
            yield Violation(expected=f"{who}: {wanted}", seen=seen, where=where)
        else:
            yield Upheld(where=where)


def _misled(record: SynthRecord, bundle: Bundle) -> str:
    """The clause by which a handler has been given another application, or something else to do."""
    document = bundled(bundle)
    if app_id(document) == bundle.app_id and document.get("action", "UPSERT") == "UPSERT":
        return ""
    alike = any(same(said(file.json), said(document)) for file in record.local)
    return "B05" if alike else "B16"


def _complaint(deployment: Transcript, attempt: AttemptRecord) -> tuple[str, str] | None:
    """What keeps an attempt from having published its bundle. How it is done is the handler's."""
    if attempt.answer.status != "SUCCESS":
        return "SUCCESS", ending(attempt)
    accepted = [upload for upload in attempt.uploads if upload.accepted]
    if not accepted:
        return "its snapshot is uploaded", f"no upload that was accepted; {ending(attempt)}"
    for presign in attempt.presigns:
        for objection in presign.objections:
            if objection.status in NOT_AUTHORIZED:
                return (
                    "published with the key that the configuration names",
                    f"the service would refuse it: {objection.status} {objection.message}",
                )
    return _other_content(deployment, attempt, accepted[-1])


def _other_content(
    deployment: Transcript, attempt: AttemptRecord, upload: Exchange
) -> tuple[str, str] | None:
    uploaded = json_object(upload.body)
    if uploaded is None:
        return (
            "a snapshot is uploaded",
            f"no JSON object: {shown(upload.body[:60].decode('latin-1'))}",
        )
    own = resource_id(bundled(deployment.bundle(attempt)))
    if resource_id(uploaded) != own:
        return f"the snapshot of {shown(own)}", f"that of {shown(resource_id(uploaded))}"
    wanted = "DELETE" if attempt.request_type == "Delete" else "UPSERT"
    action = uploaded.get("action", "UPSERT")
    return None if action == wanted else (f"action {wanted}", f"action {json.dumps(action)}")
