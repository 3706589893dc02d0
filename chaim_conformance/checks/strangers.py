"""H73 and H74: what a server gets that is not the service."""

from __future__ import annotations

from collections.abc import Iterator

from chaim_conformance.checks.evidence import is_healthy, obstacle
from chaim_conformance.checks.registry import judges
from chaim_conformance.checks.secrecy import credentials_in
from chaim_conformance.checks.troubles import healthy_failure
from chaim_conformance.transcript import AttemptRecord, Exchange, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

CREDENTIAL_HEADERS = ("x-chaim-key", "x-chaim-signature", "authorization")


@judges("H73")
def certificates_are_verified(t: Transcript) -> Iterator[Finding]:
    """A server whose certificate does not verify gets no request.

    The control is a publication over https in the same scenario: who cannot do that sends nothing
    to anybody.
    """
    for record in t.attempts:
        places = _untrusted_places(t, record)
        got = next((e for e in record.exchanges if not e.trusted), None)
        if got is not None:
            yield Violation(
                expected=f"no request to {places}: its certificate is by an unknown authority",
                seen=f"{got.method} {got.target.partition('?')[0]}, {len(got.body)} bytes of body"
                + (" and the API key" if got.header("x-chaim-key") else ""),
                where=record,
                hint="the HTTP client was told not to verify certificates: leave that as it is by"
                " default",
                exchange=got,
            )
        elif places:
            clause = _control_failure(t)
            yield Blocked(by=clause, where=record) if clause else Upheld(where=record)


def _untrusted_places(t: Transcript, record: AttemptRecord) -> str:
    """Which server of the attempt is not to be trusted."""
    if t.bundle(record).base_url == "untrusted":
        return "the service at the base URL"
    if any(step.kind == "untrusted-url" for step in t.stimulus(record).presign):
        return "the server of the upload URL"
    return ""


def _control_failure(t: Transcript) -> str | None:
    """The clause by which nothing was published over https, if nothing was."""
    if blocked := healthy_failure(t):
        return blocked
    controls = [r for r in t.attempts if is_healthy(t, r) and t.bundle(r).base_url == "https"]
    if any(upload.accepted for record in controls for upload in record.uploads):
        return None
    return next(filter(None, (obstacle(t, record) for record in controls)), "H54")


@judges("H74")
def strangers_get_no_credentials(t: Transcript) -> Iterator[Finding]:
    """Where a redirect leads to another host, no credential goes with it."""
    for record in t.attempts:
        told = [e for e in record.exchanges if _leads_away(e)]
        strangers = [e for e in record.exchanges if e.endpoint == "stranger"]
        leaks = ((what, e) for e in strangers if (what := _credential(t, e)))
        what, leak = next(leaks, ("", None))
        if leak is not None:
            yield Violation(
                expected="no credentials to the host that a redirect leads to",
                seen=f"{what}, in a {leak.method} to another host",
                where=record,
                hint="the HTTP client follows redirects with all headers: have it follow none",
                exchange=leak,
            )
        elif told:
            yield Upheld(where=record)
        elif _was_to_be_led_away(t, record) and (clause := _reason(t, record)):
            yield Blocked(by=clause, where=record)


def _leads_away(exchange: Exchange) -> bool:
    fault = exchange.fault
    return fault is not None and fault.kind == "redirect" and fault.code == "other-host"


def _was_to_be_led_away(t: Transcript, record: AttemptRecord) -> bool:
    return any(s.kind == "redirect" and s.code == "other-host" for s in t.stimulus(record).script)


def _reason(t: Transcript, record: AttemptRecord) -> str | None:
    """Why no redirect came to pass: nothing was presigned, or nothing was uploaded."""
    if blocked := healthy_failure(t):
        return blocked
    return None if record.presigns else "H20"


def _credential(t: Transcript, exchange: Exchange) -> str:
    """The credential in a request; empty where there is none."""
    for name, value in exchange.headers:
        if name.lower() in CREDENTIAL_HEADERS:
            return f"header {name}"
        if what := credentials_in(t.secrets, value):
            return f"{what}, in header {name}"
    rest = f"{exchange.target}\n{exchange.body.decode('utf-8', 'replace')}"
    return credentials_in(t.secrets, rest)
