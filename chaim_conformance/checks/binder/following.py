"""Whether the service holds, after each deployment, the newest content of all that is bound.

That is no clause: B31 asks for less, and other clauses for each part of the rest. A life of many
deployments is where the parts have to add up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from chaim_conformance.checks.binder.deployed import last_attempt
from chaim_conformance.checks.entities import state_after
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript
from chaim_conformance.transcript import Transcript
from chaim_conformance.verdict import Finding, Upheld, Violation

# What has become of an entity that is not as it is bound.
WHY = {
    "not active": "its snapshot was not published, or it was deleted together with another",
    "active too": "nobody deleted it when it was renamed or removed",
    "active with other content": "no Update came of the change, or its snapshot was not published",
}
# The schemas of entities, by their names.
Content = dict[str, Any]


def registry_follows(t: SynthTranscript) -> Iterator[Finding]:
    """What the service holds once each synth was deployed, and once the stack is gone."""
    if not t.scenario.deploys:
        return
    for record in t.records:
        if record.outcome != "synthesized":
            yield Violation(
                expected="it is synthesized",
                seen=f"it is {record.outcome}",
                where=record,
                hint=record.outcome,
            )
    if t.deployment is None:
        if t.undeployable:
            expected = "what was bundled can be deployed"
            yield Violation(expected=expected, seen=t.undeployable, hint="it is not deployed")
        return
    for record in t.records:
        position = last_attempt(t, t.deployment, record)
        yield _compared(t.deployment, position, bound(t, record), record)
    yield _compared(t.deployment, len(t.deployment.attempts), {}, None)


def bound(t: SynthTranscript, record: SynthRecord) -> Content:
    """What the app of a synth binds."""
    documents = (json.loads(binding.schema.text or "{}") for _, binding, _ in t.app(record).bound())
    return {str(document["entityName"]): document for document in documents}


def active(deployment: Transcript, position: int) -> Content:
    """What is active once the attempt of this number is over, as it was uploaded."""
    bodies = {
        f"sha256:{hashlib.sha256(upload.body).hexdigest()}": upload.body
        for record in deployment.attempts
        for upload in record.uploads
    }
    found: Content = {}
    for action, content_hash in state_after(deployment, position).values():
        if action == "UPSERT":
            schema = json.loads(bodies[content_hash])["schema"]
            found[str(schema["entityName"])] = schema
    return found


def _compared(
    deployment: Transcript, position: int, wanted: Content, record: SynthRecord | None
) -> Finding:
    found = active(deployment, position)
    if found == wanted:
        return Upheld(where=record)
    after = "the end of the stack" if record is None else f"deployment {record.number + 1}"
    differs = {
        "not active": [name for name in wanted if name not in found],
        "active too": [name for name in found if name not in wanted],
        "active with other content": [
            name for name in wanted if name in found and found[name] != wanted[name]
        ],
    }
    seen = {what: sorted(names) for what, names in differs.items() if names}
    return Violation(
        expected=f"active after {after}: {', '.join(sorted(wanted)) or 'nothing'}, as bound",
        seen="; ".join(f"{what}: {', '.join(names)}" for what, names in seen.items()),
        where=record,
        hint=WHY[next(iter(seen))],
    )
