"""A transcript as arrows between parties: what a sequence diagram of it is drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from chaim_conformance.events import Message
from chaim_conformance.report.short_story import CAUSES
from chaim_conformance.report.synth_story import counted, surroundings
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript
from chaim_conformance.transcript import AttemptRecord, Exchange, Transcript
from chaim_conformance.verdict import Violation, Where

CLOUDFORMATION, HANDLER = "CloudFormation", "handler"
APP, BINDER, DISK, ASSEMBLY, NETWORK = "app", "binder", "disk", "cloud assembly", "network"
PARTIES = {
    "presign": "presign",
    "bucket": "bucket",
    "secrets": "Secrets Manager",
    "response-url": CLOUDFORMATION,
    "elsewhere": "elsewhere",
    "stranger": "another host",
}
# Where a violation of a family of binder's clauses shows; of others it is how the synth ended.
PLACES = {
    "binder-paths": DISK,
    "binder-snapshot": DISK,
    "binder-bundle": ASSEMBLY,
    "binder-template": ASSEMBLY,
    "binder-identity": ASSEMBLY,
}
# More arrows than these nobody reads; the ones farthest from the guilty one are left out.
MOST = 40

One = TypeVar("One", AttemptRecord, SynthRecord)


def sequence(
    transcript: Transcript | SynthTranscript, violation: Violation, *, family: str
) -> tuple[Message, ...]:
    """What went over the wire, or was synthesized, up to where it went wrong, secrets included.

    The guilty message is the violation's exchange, else the end of its attempt or synth, or what
    that wrote where a violation of the ``family`` shows.
    """
    where = violation.where
    chapters: list[list[Message]]
    if isinstance(transcript, Transcript):
        attempts = _until(transcript.attempts, where)
        chapters = [
            list(_attempt(transcript, one, one == where, violation.exchange)) for one in attempts
        ]
    elif transcript.deployment is not None and not isinstance(where, SynthRecord):
        return sequence(transcript.deployment, violation, family=family)
    else:
        records = _until(transcript.records, where)
        chapters = [list(_synth(transcript, one, one == where, family)) for one in records]
    return _bounded([message for chapter in chapters for message in chapter])


def _until(records: tuple[One, ...], where: Where | None) -> tuple[One, ...]:
    """All records up to the guilty one."""
    last = next((n for n, record in enumerate(records) if record == where), len(records) - 1)
    return records[: last + 1]


def _attempt(
    t: Transcript, record: AttemptRecord, guilty: bool, exchange: Exchange | None
) -> Iterator[Message]:
    operation = t.operations[record.operation]
    again = ", again" if record.attempt else ""
    start = {"cold": ", cold", "beside": ", at the same time"}.get(record.start, "")
    asked = f"{CAUSES[operation.cause]}{record.request_type}"
    chapter = f"{record.operation + 1}. {asked}{again}{start}"
    yield Message(chapter=chapter, source=CLOUDFORMATION, target=HANDLER, text=asked)
    told = [one for one in record.exchanges if one.endpoint == "response-url"]
    for one in record.exchanges:
        if len(told) == 1 and one is told[0]:
            continue  # the answer below says it
        mine = guilty and one == exchange
        yield from _exchange(chapter, one, mine)
    elsewhere = exchange in record.exchanges and exchange not in told[:1]
    yield _answer(chapter, record, guilty and not elsewhere)


def _exchange(chapter: str, one: Exchange, guilty: bool) -> Iterator[Message]:
    party = PARTIES[one.endpoint]
    objections = "; ".join(f"{o.status} {o.code}: {o.message}" for o in one.objections)
    cut = "" if one.whole else "it was cut before its end"
    refused = f"the service would refuse this: {objections}" if objections else ""
    yield Message(
        chapter=chapter,
        source=HANDLER,
        target=party,
        text=_request(one),
        note="; ".join(filter(None, (cut, refused))),
        guilty=guilty,
    )
    yield Message(
        chapter=chapter,
        source=party,
        target=HANDLER,
        text=str(one.status) if one.status else "no answer",
        note=f"scripted: {one.fault}" if one.fault else "",
        failed=not one.accepted,
    )


def _answer(chapter: str, record: AttemptRecord, guilty: bool) -> Message:
    ends = {"timed-out": "did not end", "crashed": "its process ended", "raised": "it raised"}
    answer = record.answer
    return Message(
        chapter=chapter,
        source=HANDLER,
        target=CLOUDFORMATION,
        text=answer.status or "no answer",
        note="; ".join(filter(None, (ends.get(record.outcome.kind, ""), answer.reason))),
        failed=answer.status != "SUCCESS",
        guilty=guilty,
    )


def _request(exchange: Exchange) -> str:
    """Method and path: what stands in a query or a body has no business in a diagram."""
    match exchange.endpoint:
        case "bucket":
            return f"{exchange.method} upload, {len(exchange.body)} bytes"
        case "secrets":
            return (exchange.header("x-amz-target") or exchange.method).rpartition(".")[2]
        case "response-url":
            return f"{exchange.method} answer"
        case _:
            return f"{exchange.method} {exchange.target.partition('?')[0]}"


def _synth(t: SynthTranscript, record: SynthRecord, guilty: bool, family: str) -> Iterator[Message]:
    chapter = f"{record.number + 1}. synth"
    bindings = counted(sum(1 for _ in t.app(record).bound()), "binding")
    asked = ", ".join((f"synth of {bindings}", *surroundings(record.synth)))
    yield Message(chapter=chapter, source=APP, target=BINDER, text=asked)
    for call in record.calls:
        yield Message(chapter=chapter, source=BINDER, target=NETWORK, text=call, failed=True)
    bundles = sum(one.name == "snapshot.json" for one in record.assets)
    strays = f"also: {', '.join(record.strays)}" if record.strays else ""
    publications = counted(len(record.publications), "publication")
    written = [
        (DISK, counted(len(record.local), "LOCAL snapshot"), strays),
        (ASSEMBLY, f"{counted(bundles, 'bundle')}, {publications}", ""),
    ]
    place = PLACES.get(family) if record.outcome == "synthesized" else None
    for party, text, note in written:
        mine = guilty and party == place
        yield Message(
            chapter=chapter, source=BINDER, target=party, text=text, note=note, guilty=mine
        )
    refusal = record.refusal
    yield Message(
        chapter=chapter,
        source=BINDER,
        target=APP,
        text=record.outcome if refusal is None else refusal.type,
        note="" if refusal is None else refusal.message,
        failed=record.outcome != "synthesized",
        guilty=guilty and place is None,
    )


def _bounded(messages: list[Message]) -> tuple[Message, ...]:
    """At most ``MOST`` of them, with the guilty one, or the last, and what was before it."""
    guilty = next((n for n, message in enumerate(messages) if message.guilty), len(messages) - 1)
    last = min(len(messages), max(guilty + 3, MOST))
    kept = messages[max(0, last - MOST) : last]
    left = len(messages) - len(kept)
    if kept and left:
        note = "; ".join(filter(None, (kept[0].note, f"{counted(left, 'message')} left out here")))
        kept[0] = replace(kept[0], note=note)
    return tuple(kept)
