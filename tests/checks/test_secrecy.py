"""H70 to H72 and H75: what counts as a credential in sight, and what does not."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from chaim_conformance.checks.secrecy import credentials_in
from chaim_conformance.examples import example
from chaim_conformance.scenario import Attempt, Operation
from chaim_conformance.strategies.faults import UNAVAILABLE
from chaim_conformance.transcript import AttemptRecord, LeftFile, Transcript
from chaim_conformance.verdict import Violation
from tests.checks.transcripts import (
    KEYS,
    UPLOAD_URL,
    bend,
    edit,
    failing,
    failures,
    judged,
    life,
    perfect,
    resend,
    told,
    verdict,
)

CREATE, UPDATE = range(2)
REFUSED = (Attempt(presign=(UNAVAILABLE,)),)
LIFE = life(
    example("1.0", "BEST_EFFORT"),
    operations=(
        Operation(request_type="Create"),
        Operation(request_type="Update", attempts=REFUSED),
    ),
)
SECRET = KEYS.api_secret
SIGNATURE = UPLOAD_URL.rpartition("=")[2]


def played() -> Transcript:
    return bend(perfect(LIFE), UPDATE, lambda r: failing(r, status="SUCCESS"))


def printing(text: str):
    def change(record: AttemptRecord) -> AttemptRecord:
        return replace(record, stdout=f"{record.stdout}{text}\n")

    return change


def first(record: AttemptRecord, **fields: Any) -> AttemptRecord:
    """The attempt with its presign changed."""
    return replace(
        record, exchanges=(replace(record.exchanges[0], **fields), *record.exchanges[1:])
    )


def hint(clause: str, t: Transcript) -> str:
    return next(one.hint for one in judged(clause, t) if isinstance(one, Violation))


@pytest.mark.parametrize("clause", ["H70", "H71", "H72", "H75"])
def test_what_keeps_quiet_passes(clause: str) -> None:
    assert verdict(clause, played()) == "pass"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (f"key={KEYS.api_key}", "the API key"),
        (SECRET, "the API secret"),
        (SECRET.encode().hex(), "the API secret, in hex"),
        (base64.b64encode(SECRET.encode()).decode(), "the API secret, in base64"),
        (base64.b64encode(f"user:{SECRET}".encode()).decode(), "a piece of the API secret"),
        (SECRET[4:12], "a piece of the API secret"),
        (f"{SECRET[:7]}\n  {SECRET[7:14]}\n", "a piece of the API secret, broken over lines"),
        (f"{SECRET[3:7]}\\n{SECRET[7:12]}", "a piece of the API secret"),
        ("\n".join(SECRET.encode().hex()), "a piece of the API secret, broken over lines"),
    ],
)
@pytest.mark.parametrize("position", [CREATE, UPDATE])
def test_credentials_in_the_log(text: str, what: str, position: int) -> None:
    assert credentials_in((KEYS,), text) == what
    assert failures(bend(played(), position, printing(text))) == {"H70"}


@pytest.mark.parametrize("text", [SECRET[4:11], "ck-, cs-", "0123456789abcdef" * 4])
def test_what_is_no_credential(text: str) -> None:
    assert failures(bend(played(), UPDATE, printing(text))) == set()


def test_a_log_that_tells_in_trouble_only_says_so() -> None:
    assert "healthy attempts are clean" in hint("H70", bend(played(), UPDATE, printing(SECRET)))
    assert hint("H70", bend(played(), CREATE, printing(SECRET))) == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda r: edit(r, publisher=SECRET[-10:]),
        lambda r: resend(r, publisher=KEYS.api_key),
        lambda r: told(replace(r, outcome=replace(r.outcome, payload=KEYS.api_key))),
        lambda r: replace(r, outcome=replace(r.outcome, trace=("Error", f"at {SECRET}"))),
        lambda r: first(r, headers=(*r.exchanges[0].headers, ("x-secret", SECRET))),
        lambda r: first(r, target=f"/ingest/presign?key={KEYS.api_key}"),
        lambda r: replace(
            r,
            exchanges=(
                *r.exchanges,
                replace(r.exchanges[0], endpoint="secrets", upload_url=None, body=SECRET.encode()),
            ),
        ),
    ],
    ids=["uploaded", "presigned", "returned", "in the trace", "header", "query", "elsewhere"],
)
def test_credentials_in_what_is_sent(change) -> None:
    assert failures(bend(played(), CREATE, change)) == {"H71"}


@pytest.mark.parametrize("text", [UPLOAD_URL, SIGNATURE, SIGNATURE[:16]])
def test_upload_url_in_the_log(text: str) -> None:
    assert failures(bend(played(), CREATE, printing(text))) == {"H72"}


def test_the_rest_of_an_upload_url_is_no_secret() -> None:
    t = bend(played(), CREATE, printing(UPLOAD_URL.partition("?")[0] + SIGNATURE[:15]))
    assert failures(t) == set()


def test_files_left_behind() -> None:
    def left(path: str, text: str) -> Transcript:
        return replace(played(), left_behind=(LeftFile(path=path, content=text.encode()),))

    assert failures(left("tmp/chaim.json", f'{{"key": "{KEYS.api_key}"}}')) == {"H75"}
    assert failures(left(f"bundle/{KEYS.api_key}.txt", "")) == {"H75"}
    assert failures(left("tmp/event-ids.json", "{}")) == set()


def test_who_never_presigns_cannot_keep_a_secret() -> None:
    def fails(record: AttemptRecord) -> AttemptRecord:
        return replace(record, exchanges=(), answer=replace(record.answer, status="FAILED"))

    t = bend(bend(played(), CREATE, fails), UPDATE, fails)
    assert {verdict(clause, t) for clause in ("H70", "H71", "H72", "H75")} == {"blocked by H54"}
