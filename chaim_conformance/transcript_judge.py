"""Judges a transcript again, without a provider, as far as redaction left what it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from chaim_conformance.checks import CHECKS
from chaim_conformance.contract import Clause
from chaim_conformance.half_judge import verdict_of
from chaim_conformance.json_form import REDACTED
from chaim_conformance.search import Found
from chaim_conformance.synth_scenario import DYNAMODB
from chaim_conformance.synth_transcript import SynthTranscript
from chaim_conformance.transcript import Credentials, Exchange, Transcript
from chaim_conformance.verdict import Verdict

# Clauses that compare something with the credentials' values.
OF_KEYS = ("H22", "H32", "H70", "H71", "H74", "H75", "H80", "H81")
# Those that compare something with what an upload URL is signed with.
OF_URLS = ("H30", "H61", "H72")
# Those that look at the bytes of a body, at their hash or their number, or at what the service
# makes of them.
OF_BODIES = (
    *("H06", "H08", "H09", "H10", "H11", "H21", "H24", "H25", "H31"),
    *("H40", "H41", "H42", "H43", "H90", "H91", "B23", "B31"),
)
# A violation of these stands all the same: it is a header's name, a path, or a field that is not
# there. That they hold is in doubt.
STANDING = ("H30", "H32", "H61", "H74")
# Stands for a value that is gone, and is found nowhere else.
GONE = "a.value.that.was.redacted"


def is_redacted(transcript: Transcript | SynthTranscript) -> bool:
    """Whether the secrets' values were taken out of it, as out of every one that the kit writes."""
    if isinstance(transcript, SynthTranscript):
        return _is_gone(transcript.secret)
    return any(map(_is_gone, transcript.secrets))


def lost(transcript: Transcript | SynthTranscript) -> dict[str, str]:
    """The clauses that this transcript cannot be judged by any more, and what each would take.

    Of those about binders none takes the value of a secret: a transcript has the places where one
    was found.
    """
    of_binder = isinstance(transcript, SynthTranscript)
    played = transcript.deployment if isinstance(transcript, SynthTranscript) else transcript
    exchanges = [e for record in played.attempts for e in record.exchanges] if played else []
    sent = (e.body for e in exchanges if e.endpoint in ("presign", "bucket"))
    missing: dict[str, str] = {}
    if any(REDACTED.encode() in body for body in sent):
        missing |= dict.fromkeys(OF_BODIES, "redacted: it takes every byte of what was sent")
    if is_redacted(transcript) and not of_binder:
        missing |= dict.fromkeys(OF_KEYS, "redacted: it takes the values of the credentials")
    if any(REDACTED in (e.upload_url or "") for e in exchanges):
        missing |= dict.fromkeys(OF_URLS, "redacted: it takes the signature of the upload URL")
    return missing


def judged(
    transcript: Transcript | SynthTranscript, clauses: Iterable[Clause]
) -> tuple[Verdict, ...]:
    """The verdicts of those clauses that the transcript puts to the test, in the order given.

    One that redaction has made unjudgeable is *not run*, and never a pass.
    """
    missing = lost(transcript)
    readable = _readable(transcript)
    return tuple(
        verdict
        for clause in clauses
        if (verdict := _verdict(clause, readable, missing.get(clause.id, ""))) is not None
    )


def _verdict(
    clause: Clause, transcript: Transcript | SynthTranscript, missing: str
) -> Verdict | None:
    check = _checks(transcript).get(clause.id)
    if check is None or not _capabilities(transcript).issuperset(clause.applies):
        return None
    found = Found()
    found.take(check, transcript)
    if not (found.violation or found.upheld or found.blocked_by):
        return None
    if missing and not (found.violation and clause.id in STANDING):
        return Verdict(clause=clause.id, status="not run", reason=missing)
    parts = transcript.attempts if isinstance(transcript, Transcript) else transcript.records
    return verdict_of(clause, found, attempts=len(parts))


def _checks(transcript: Transcript | SynthTranscript) -> Mapping[str, Any]:
    if isinstance(transcript, Transcript):
        return CHECKS
    # Late: who judges handlers only need not wait for it.
    from chaim_conformance.checks.binder import BINDER_CHECKS

    return BINDER_CHECKS


def _capabilities(transcript: Transcript | SynthTranscript) -> frozenset[str]:
    if isinstance(transcript, SynthTranscript):
        # Whatever does not say otherwise is about DynamoDB.
        return frozenset(transcript.capabilities) | (
            {DYNAMODB} if not transcript.datastore else set()
        )
    of_commands = transcript.answer_style == "command"
    return frozenset({"core"} if of_commands else {"core", "cfn", "lambda"})


def _is_gone(keys: Credentials) -> bool:
    return REDACTED in keys.api_key or REDACTED in keys.api_secret


def _readable(transcript: Transcript | SynthTranscript) -> Any:
    """The transcript with another word for what is gone.

    Otherwise the word that redaction leaves would be found wherever a secret was, whichever.
    """
    if isinstance(transcript, SynthTranscript):
        return transcript

    def known(keys: Credentials) -> Credentials:
        return Credentials(api_key=GONE, api_secret=GONE) if _is_gone(keys) else keys

    return replace(
        transcript,
        credentials=tuple(map(known, transcript.credentials)),
        beside=None if transcript.beside is None else known(transcript.beside),
        attempts=tuple(
            replace(record, exchanges=tuple(_exchanges(record.exchanges)))
            for record in transcript.attempts
        ),
    )


def _exchanges(exchanges: Iterable[Exchange]) -> Iterator[Exchange]:
    for one in exchanges:
        url = None if one.upload_url is None else one.upload_url.replace(REDACTED, GONE)
        yield replace(one, upload_url=url, target=one.target.replace(REDACTED, GONE))
