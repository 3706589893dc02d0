"""A transcript as arrows between parties: what a sequence diagram of it is drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from chaim_conformance.checks.binder.evidence import ended
from chaim_conformance.contract import Clause
from chaim_conformance.events import Message
from chaim_conformance.report.short_story import CAUSES
from chaim_conformance.report.synth_story import counted, surroundings
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript
from chaim_conformance.transcript import AttemptRecord, Exchange, Transcript
from chaim_conformance.verdict import Violation, Where

CLOUDFORMATION, HANDLER, LOG = "CloudFormation", "handler", "log"
APP, BINDER, DISK, ASSEMBLY, NETWORK = "app", "binder", "disk", "cloud assembly", "network"
PARTIES = {
    "presign": "presign",
    "bucket": "bucket",
    "secrets": "Secrets Manager",
    "response-url": CLOUDFORMATION,
    "elsewhere": "elsewhere",
    "stranger": "another host",
}
# Clauses about what a handler prints, and about files that it leaves: no request is to blame.
OF_LOGS, OF_FILES = ("H70", "H72"), ("H75",)
# Where a violation of a binder's clause shows, by the clause or by its family; where how the synth
# ended is what was seen, it is that.
PLACES = {
    "binder-paths": DISK,
    "binder-snapshot": DISK,
    "binder-identity": DISK,
    "B10": ASSEMBLY,  # a bundle, and a publication, for each entity
    "B31": ASSEMBLY,  # what comes of deploying it
    "binder-config": ASSEMBLY,
    "B13": NETWORK,
    "binder-bundle": ASSEMBLY,
    "binder-template": ASSEMBLY,
    "binder-errors": DISK,  # written in spite of the error
    "B22": ASSEMBLY,
}
# More arrows than these nobody reads; the ones farthest from the guilty one are left out.
MOST = 40

One = TypeVar("One", AttemptRecord, SynthRecord)


def sequence(
    transcript: Transcript | SynthTranscript, violation: Violation, *, clause: Clause
) -> tuple[Message, ...]:
    """What went over the wire, or was synthesized, up to where it went wrong, secrets included.

    One message is guilty: the violation's exchange, or what was printed or written where a
    violation of the ``clause`` shows, else the end of the attempt or synth.
    """
    where = violation.where
    chapters: list[list[Message]]
    if isinstance(transcript, Transcript):
        attempts = _until(transcript.attempts, where)
        logged = clause.id in OF_LOGS
        chapters = [
            list(_attempt(transcript, one, violation if one == where else None, logged=logged))
            for one in attempts
        ]
        if clause.id in OF_FILES and chapters:
            chapters[-1].append(_left(transcript, chapters[-1][-1].chapter))
    elif transcript.deployment is not None and not isinstance(where, SynthRecord):
        return sequence(transcript.deployment, violation, clause=clause)
    else:
        records = _until(transcript.records, where)
        chapters = [list(_synth(transcript, one)) for one in records]
        if chapters and records[-1] == where:
            chapters[-1] = _marked(chapters[-1], _place(records[-1], violation, clause))
    return _bounded([message for chapter in chapters for message in chapter])


def _until(records: tuple[One, ...], where: Where | None) -> tuple[One, ...]:
    """All records up to the guilty one."""
    last = next((n for n, record in enumerate(records) if record == where), len(records) - 1)
    return records[: last + 1]


def _attempt(
    t: Transcript, record: AttemptRecord, violation: Violation | None, *, logged: bool
) -> Iterator[Message]:
    """An attempt's messages; one is guilty where the ``violation`` is this attempt's."""
    operation = t.operations[record.operation]
    again = {0: "", 1: ", again"}.get(record.attempt, f", again (attempt {record.attempt + 1})")
    start = {"cold": ", cold", "beside": ", at the same time"}.get(record.start, "")
    asked = f"{CAUSES[operation.cause]}{record.request_type}"
    chapter = f"{record.operation + 1}. {asked}{again}{start}"
    yield Message(chapter=chapter, source=CLOUDFORMATION, target=HANDLER, text=asked)
    told = [one for one in record.exchanges if one.endpoint == "response-url"]
    guilty = None if violation is None else violation.exchange
    blamed = logged
    for one in record.exchanges:
        if len(told) == 1 and one is told[0]:
            continue  # the answer below says it
        blamed = blamed or one is guilty
        yield from _exchange(chapter, one, one is guilty)
    if logged and violation is not None:
        lines = counted(len(record.log.splitlines()), "line")
        yield Message(chapter=chapter, source=HANDLER, target=LOG, text=lines, guilty=True)
    yield _answer(chapter, record, violation is not None and not blamed)


def _left(t: Transcript, chapter: str) -> Message:
    text = f"{counted(len(t.left_behind), 'file')} left behind"
    return Message(chapter=chapter, source=HANDLER, target=DISK, text=text, guilty=True)


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


def _synth(t: SynthTranscript, record: SynthRecord) -> Iterator[Message]:
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
    for party, text, note in written:
        yield Message(chapter=chapter, source=BINDER, target=party, text=text, note=note)
    refusal = record.refusal
    yield Message(
        chapter=chapter,
        source=BINDER,
        target=APP,
        text=record.outcome if refusal is None else refusal.type,
        note="" if refusal is None else refusal.message,
        failed=record.outcome != "synthesized",
    )


def _place(record: SynthRecord, violation: Violation, clause: Clause) -> str:
    """To whom the guilty message of a synth went."""
    if violation.seen == ended(record):
        return APP
    return PLACES.get(clause.id) or PLACES.get(clause.family, APP)


def _marked(messages: list[Message], place: str) -> list[Message]:
    """The first message to this party is the guilty one, or the last of all."""
    guilty = next((one for one in messages if one.target == place), messages[-1])
    return [replace(one, guilty=True) if one is guilty else one for one in messages]


def _bounded(messages: list[Message]) -> tuple[Message, ...]:
    """At most ``MOST`` of them, with the guilty one, or the last, and what was before it."""
    guilty = next((n for n, message in enumerate(messages) if message.guilty), len(messages) - 1)
    last = min(len(messages), max(guilty + 3, MOST))
    kept = messages[max(0, last - MOST) : last]
    for end, left in ((0, max(0, last - MOST)), (-1, len(messages) - last)):
        if left:
            where = "after" if end else "before"
            note = f"{counted(left, 'message')} left out {where} this"
            kept[end] = replace(kept[end], note="; ".join(filter(None, (kept[end].note, note))))
    return tuple(kept)
