"""H70 to H72 and H75: where credentials and upload URLs must never be found."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

from chaim_conformance.checks.evidence import answer_text, is_healthy, obstacle, url_secrets_until
from chaim_conformance.checks.registry import judges
from chaim_conformance.fragments import Fragments
from chaim_conformance.transcript import AttemptRecord, Credentials, Exchange, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation


@lru_cache(maxsize=64)
def _pieces(*values: str) -> Fragments:
    return Fragments(values)


def credentials_in(secrets: tuple[Credentials, ...], text: str) -> str:
    """Which credential stands in a text and how it is written; empty where none does."""
    named = [(name, value) for keys in secrets for name, value in _named(keys)]
    spans = _pieces(*(value for _, value in named)).spans(text)
    if not spans:
        return ""
    for name, value in named:
        spellings = {
            "": value,
            ", in hex": value.encode().hex(),
            ", in base64": base64.b64encode(value.encode()).decode().rstrip("="),
        }
        for how, spelled in spellings.items():
            if spelled in text:
                return f"the {name}{how}"
    for name, value in named:
        if _pieces(value).spans(text):
            wrapped = any("\n" in text[start:end] for start, end in spans)
            return f"a piece of the {name}" + (", broken over lines" if wrapped else "")
    return ""


def _named(keys: Credentials) -> tuple[tuple[str, str], ...]:
    return ("API secret", keys.api_secret), ("API key", keys.api_key)


def _used(t: Transcript, record: AttemptRecord) -> Finding | None:
    """What it means that nothing was found: that something could have been, or could not."""
    told = any(e.endpoint == "secrets" and e.accepted for e in record.exchanges)
    if record.presigns or told or t.bundle(record).credentials == "malformed":
        return Upheld(where=record)
    if is_healthy(t, record) and (clause := obstacle(t, record)):
        return Blocked(by=clause, where=record)
    return None


@judges("H70")
def log_holds_no_credentials(t: Transcript) -> Iterator[Finding]:
    """No log has a credential, nor 8 characters of one, in any spelling, in any outcome."""
    for record in t.attempts:
        if what := credentials_in(t.secrets, record.log):
            yield Violation(
                expected="no credential in the log, nor 8 characters of one",
                seen=f"{what}{_line_of(t, record)}",
                where=record,
                hint=_log_hint(t, record),
            )
        elif finding := _used(t, record):
            yield finding


def _line_of(t: Transcript, record: AttemptRecord) -> str:
    lines = record.log.splitlines()
    found = (n for n, line in enumerate(lines, 1) if credentials_in(t.secrets, line))
    number = next(found, None)
    return "" if number is None else f", in line {number} of {len(lines)}"


def _log_hint(t: Transcript, record: AttemptRecord) -> str:
    """Where the author has to look, as far as that is certain."""
    if t.bundle(record).credentials == "malformed":
        return "HTTP clients quote a header that they refuse: log the kind of error, not its text"
    if t.bundle(record).credentials == "secret-not-json":
        return "a parser quotes the text that it cannot read: log the kind of error, not its text"
    well = [r for r in t.attempts if is_healthy(t, r)]
    if well and record not in well and not any(credentials_in(t.secrets, r.log) for r in well):
        return "healthy attempts are clean: it is what is logged in trouble that holds it"
    return ""


@judges("H71")
def nothing_sent_holds_credentials(t: Transcript) -> Iterator[Finding]:
    """Neither answer nor request has a credential in it, but the API key in its own header.

    That the upload has no header with one is H32's to say.
    """
    for record in t.attempts:
        sent = ((credentials_in(t.secrets, text), at, by) for text, at, by in _sent(t, record))
        what, place, exchange = next((one for one in sent if one[0]), ("", "", None))
        if what:
            yield Violation(
                expected="no credential in what is uploaded, presigned or answered",
                seen=f"{what}, in {place}",
                where=record,
                exchange=exchange,
            )
        elif finding := _used(t, record):
            yield finding


def _sent(t: Transcript, record: AttemptRecord) -> Iterator[tuple[str, str, Exchange | None]]:
    """Everything that an attempt said to anybody, where, and in which request but the answer."""
    yield answer_text(t, record), "the answer", None
    names = {"presign": "the presign body", "bucket": "the uploaded bytes"}
    for exchange in record.exchanges:
        if exchange.endpoint in ("response-url", "stranger"):  # what a stranger gets is H74's
            continue
        body = names.get(exchange.endpoint, "the body of another request")
        yield exchange.body.decode("utf-8", "replace"), body, exchange
        yield unquote(exchange.target), "the URL of a request", exchange
        if exchange.endpoint != "bucket":
            for name, value in exchange.headers:
                if name.lower() != "x-chaim-key":
                    yield value, f"the header {name}", exchange


@judges("H72")
def log_holds_no_upload_url(t: Transcript) -> Iterator[Finding]:
    """What signs the upload URL does not reach the log, not even in S3's own words."""
    for record in t.attempts:
        if not any(e.upload_url for e in record.presigns):
            if is_healthy(t, record) and (clause := obstacle(t, record)):
                yield Blocked(by=clause, where=record)
        elif url_secrets_until(t, record).spans(record.log):
            refused = any(not upload.accepted for upload in record.uploads)
            yield Violation(
                expected="nothing of the upload URL's signature in the log",
                seen="it is there, and is good for writing as long as the URL lives",
                where=record,
                hint="S3's error documents repeat the request: log their Code only"
                if refused
                and any(
                    "SignatureProvided" in e.answer.decode("utf-8", "replace")
                    for e in record.uploads
                )
                else "",
            )
        else:
            yield Upheld(where=record)


@judges("H75")
def no_credentials_stay_behind(t: Transcript) -> Iterator[Finding]:
    """No file that the handler left in its bundle or its temporary directory has a credential."""
    for left in t.left_behind:
        text = f"{left.path}\n{left.content.decode('utf-8', 'replace')}"
        if what := credentials_in(t.secrets, text):
            yield Violation(
                expected="no credential in a file that outlives the attempt",
                seen=f"{what}, in {left.path}",
            )
            return
    for record in t.attempts:
        if finding := _used(t, record):
            yield finding
