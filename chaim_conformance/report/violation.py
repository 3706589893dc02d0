"""The text of a violation: what an author reads first, so it has to name the root cause."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from chaim_conformance.checks.evidence import json_object
from chaim_conformance.contract import Clause
from chaim_conformance.report.short_story import short_story
from chaim_conformance.report.short_synth_story import short_synth_story
from chaim_conformance.report.synth_story import synth_story
from chaim_conformance.scenario import ENDPOINTS, OBSERVED, OBSERVED_LESS_ONE, Attempt, Bundle
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript
from chaim_conformance.transcript import AttemptRecord, Transcript
from chaim_conformance.verdict import Verdict, Where

BASE_URLS = {
    "trailing-slash": "base URL with trailing slash",
    "path-prefix": "base URL with path prefix",
    "https": "base URL with https",
    "untrusted": "a server whose certificate does not verify",
}
WIDTH = 96
LOG_LINES_SHOWN = 8
LOG_WIDTH = 300
LIMITS = {
    OBSERVED: "the size of the upload before",
    OBSERVED_LESS_ONE: "one byte less than the upload before",
}


def violation_text(clause: Clause, verdict: Verdict, *, replay: str = "") -> str:
    """Everything about a violated clause, secrets included: redact before it goes anywhere."""
    return "\n".join(_lines(clause, verdict, replay))


def _lines(clause: Clause, verdict: Verdict, replay: str) -> Iterator[str]:
    violation, transcript = verdict.violation, verdict.transcript
    assert violation is not None
    ending = {"unstable": "did not hold, and held when the same was played in a new process"}.get(
        verdict.status, "does not hold"
    )
    yield f"{clause.id} {clause.slug} ({clause.level}) {ending}"
    if clause.disputed:
        yield "(disputed; until that is settled it counts under --chaim-strict alone)"
    if new := [one for one in verdict.reservations if one.startswith("new ")]:
        yield f"({new[0]} of the contract: it counts from the next version on)"
    if verdict.odd:
        yield "(no real platform would ask for this; it counts under --chaim-strict alone)"
    yield ""
    yield from _wrapped("Clause", clause.text)
    for authority in clause.authority:
        yield from _wrapped("Because", str(authority))
    yield from _wrapped("Matters", clause.why)
    if clause.disputed:
        yield from _wrapped("Disputed", clause.disputed)
    yield ""
    yield from _wrapped("Expected", violation.expected)
    yield from _wrapped("Seen", violation.seen)
    if violation.where is not None:
        yield from _wrapped("In", str(violation.where))
    if violation.hint:
        yield from _wrapped("Hint", violation.hint)
    match transcript:
        case Transcript():
            yield from _played(transcript, violation.where)
        case SynthTranscript():
            yield from _synthesized(transcript, violation.where)
    if replay:
        yield ""
        yield from (f"  Replay    {replay}",)


def _played(t: Transcript, where: Where | None, title: str = "What was played") -> Iterator[str]:
    guilty = where if isinstance(where, AttemptRecord) else None
    yield ""
    if len(t.attempts) > 1:
        yield from _wrapped("Story", short_story(t, guilty))
        yield ""
    yield f"  {title}"
    yield from (f"    {line}" for line in story(t, guilty))
    if guilty is not None and any(exchange.objections for exchange in guilty.exchanges):
        yield "    (the service would refuse this; the kit goes on, so as to see the rest)"
    yield from _log(guilty, "attempt")


def _synthesized(t: SynthTranscript, where: Where | None) -> Iterator[str]:
    guilty = where if isinstance(where, SynthRecord) else None
    yield ""
    if len(t.records) > 1:
        yield from _wrapped("Story", short_synth_story(t, guilty))
        yield ""
    yield "  What was synthesized"
    yield from (f"    {line}" for line in synth_story(t, guilty))
    yield from _log(guilty, "synth")
    if t.undeployable:
        yield ""
        yield from _wrapped("Deployed", f"not: {t.undeployable}")
    elif t.deployment is not None and guilty is None:
        yield from _played(t.deployment, where, "What was deployed")


def _wrapped(label: str, text: str) -> Iterator[str]:
    first, later = f"  {label:<10}", " " * 12
    for paragraph in text.splitlines() or [""]:
        wrapped = textwrap.wrap(
            paragraph, WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False
        )
        yield from wrapped or [first.rstrip()]
        first = later


def story(t: Transcript, guilty: AttemptRecord | None = None) -> Iterator[str]:
    """What was deployed and what happened, a line for each deployment and attempt."""
    deployed = None
    for record in t.attempts:
        operation = t.operations[record.operation]
        if operation.bundle != deployed:
            deployed = operation.bundle
            yield f"deploy  {describe_bundle(t.scenario.bundles[deployed])}"
        retry = ", again" if record.attempt else ""
        start = {"cold": ", cold", "beside": ", at the same time"}.get(record.start, "")
        faults = describe_faults(t.stimulus(record))
        cause = "" if operation.cause == "asked" else f"{operation.cause}: "
        sibling = f" [a sibling {operation.sibling.replace('-', ' ')}]" if operation.sibling else ""
        mark = "   <-- here" if record is guilty or record == guilty else ""
        rotated = ", the secret rotated before" if operation.rotates and not record.attempt else ""
        asked = f"{cause}{record.request_type}{retry}{start}{rotated}{faults}{sibling}"
        end = f"{_wire(record)}{_end(record)}{mark}"
        yield f"{record.operation + 1:>2}. {asked}  ->  {end}"


def describe_bundle(bundle: Bundle) -> str:
    """A bundle in a few words."""
    if bundle.snapshot is None:
        what = "no snapshot.json"
    else:
        size = bundle.grown_to or len(bundle.snapshot.encode())
        what = f"snapshot.json of {size} bytes ({_kind(bundle.snapshot)})"
    mode = "unset" if bundle.failure_mode is None else repr(bundle.failure_mode)
    parts = [what, f"FAILURE_MODE {mode}"]
    if bundle.credentials != "environment":
        parts.append(f"credentials {bundle.credentials}")
    if bundle.max_snapshot_bytes is not None:
        limit = LIMITS.get(bundle.max_snapshot_bytes, bundle.max_snapshot_bytes)
        parts.append(f"limit: {limit}")
    if bundle.base_url != "plain":
        parts.append(BASE_URLS[bundle.base_url])
    return ", ".join(parts)


def _kind(text: str) -> str:
    document = json_object(text)
    if document is None:
        return "no JSON object"
    version = document.get("snapshotVersion") or document.get("schemaVersion")
    return f"format {version}" + ("" if "action" in document else ", without action")


def describe_faults(attempt: Attempt) -> str:
    """The scripts of an attempt, empty for a healthy one."""
    scripts = [
        f"{endpoint}: {', '.join(map(str, script))}"
        for endpoint, script in zip(ENDPOINTS, attempt.scripts, strict=True)
        if script
    ]
    return f" [{'; '.join(scripts)}]" if scripts else ""


def _wire(record: AttemptRecord) -> str:
    """The requests of an attempt and their statuses."""
    names = {"bucket": "upload", "response-url": "answer"}
    sent = [
        f"{names.get(e.endpoint, e.endpoint)} {e.status or 'cut'}"
        for e in record.exchanges
        if e.endpoint != "response-url"
    ]
    return ", ".join(sent) + ", " if sent else "no request, "


def _end(record: AttemptRecord) -> str:
    """What CloudFormation heard, and how the attempt ended where that is no ordinary end."""
    ends = {"timed-out": " (did not end)", "crashed": " (process ended)"}
    return (record.answer.status or "no answer") + ends.get(record.outcome.kind, "")


def _log(record: Where | None, what: str) -> Iterator[str]:
    lines = log_of(record)
    if not lines:
        return
    yield ""
    yield f"  Log of that {what}" + (", its end" if len(lines) > LOG_LINES_SHOWN else "")
    yield from (f"    {line}" for line in lines[-LOG_LINES_SHOWN:])


def log_of(record: Where | None) -> list[str]:
    """What was printed there, lines that are too long cut."""
    return [] if record is None else [_cut(line) for line in record.log.strip().splitlines()]


def _cut(line: str) -> str:
    return line if len(line) <= LOG_WIDTH else f"{line[:LOG_WIDTH]}…"
