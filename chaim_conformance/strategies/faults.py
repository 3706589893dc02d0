"""What a service answers when it does not do what it was asked, as data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from chaim_conformance.scenario import OK, RESET, Attempt, Bundle, CredentialsKind, Fault

PRESIGN_REFUSALS = tuple(
    Fault(kind="refuse", status=status) for status in (400, 401, 403, 409, 413, 429, 500, 502, 503)
)

BUCKET_REFUSALS = tuple(
    Fault(kind="refuse", code=code)
    for code in ("AccessDenied", "SignatureDoesNotMatch", "InternalError", "SlowDown", "BadDigest")
)

# A refusal that still carries an upload URL: only the status says that it is one.
REFUSAL_WITH_URL = Fault(
    kind="answer",
    status=403,
    body='{"errorCode": "FORBIDDEN", "errorMessage": "no", "uploadUrl": "{uploadUrl}"}',
)

MALFORMED_PRESIGNS = tuple(
    Fault(kind="answer", status=200, body=body, content_type=content_type)
    for body, content_type in (
        ("", "application/json"),
        ("{}", "application/json"),
        ("[]", "application/json"),
        ("null", "application/json"),
        ('{"s3Key": "a", "expiresAt": "2026-01-15T14:30:00Z"}', "application/json"),
        ('{"uploadUrl": null}', "application/json"),
        ('{"uploadUrl": ""}', "application/json"),
        ('{"uploadUrl": "https://bucket.s3.amaz', "application/json"),
        ("<html><body>It works!</body></html>", "text/html"),
    )
)

# What a proxy or a gateway in between answers: no document of the service's own, or none at all.
ERRORS_OF_OTHERS = (
    Fault(kind="answer", status=500, body=""),
    Fault(kind="answer", status=502, body="<html>Bad Gateway</html>", content_type="text/html"),
)

# The connection breaks, at any moment before an answer, or what comes is none.
UNHEARD = tuple(
    Fault(kind=kind) for kind in ("reset-before", "reset-during", "reset", "lost", "garbage")
)
# The answer breaks off, or its Content-Length says that it does.
CUT_SHORT = tuple(Fault(kind=kind) for kind in ("cut-after-head", "truncated", "short-length"))
# A good answer, and something about it that HTTP clients differ in.
PECULIAR = tuple(Fault(kind=kind) for kind in ("overlong", "continue", "closed"))
LOST, LATE, CLOSED = Fault(kind="lost"), Fault(kind="late"), Fault(kind="closed")
# A client that takes the service at its word waits for an hour.
BUSY = Fault(kind="refuse", status=503, retry_after=3600)
MOVED = tuple(Fault(kind="redirect", status=s, code="same-host") for s in (301, 308))
LED_AWAY = tuple(Fault(kind="redirect", status=s, code="other-host") for s in (302, 307))

UNAVAILABLE = Fault(kind="refuse", status=503)
FORBIDDEN = Fault(kind="refuse", status=403)
SLOW_DOWN = Fault(kind="refuse", code="SlowDown")
ACCESS_DENIED = Fault(kind="refuse", code="AccessDenied")


def presign_refusals() -> st.SearchStrategy[Fault]:
    """Every status that presign refuses with, and a connection closed without an answer.

    >>> from chaim_conformance.scenario import Attempt
    >>> from chaim_conformance.strategies import presign_refusals
    >>> refused = presign_refusals().map(lambda fault: Attempt(presign=(fault,)))
    """
    return st.sampled_from((*PRESIGN_REFUSALS, RESET))


def bucket_refusals() -> st.SearchStrategy[Fault]:
    """Refusals of the bucket as S3 writes them, and a connection closed without an answer.

    >>> from chaim_conformance.scenario import Attempt
    >>> from chaim_conformance.strategies import bucket_refusals
    >>> refused = bucket_refusals().map(lambda fault: Attempt(bucket=(fault,)))
    """
    return st.sampled_from((*BUCKET_REFUSALS, RESET))


def malformed_presigns() -> st.SearchStrategy[Fault]:
    """Answers with status 200 that hold no upload URL (H55).

    >>> from chaim_conformance.scenario import Attempt
    >>> from chaim_conformance.strategies import malformed_presigns
    >>> answered = malformed_presigns().map(lambda fault: Attempt(presign=(fault,)))
    """
    return st.sampled_from(MALFORMED_PRESIGNS)


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One reason why an ingestion cannot succeed, however often the handler tries (reading 8).

    ``bundle`` holds the fields of :class:`Bundle` that it changes; the scripts never recover, but
    for those of ``EITHER_WAY``.
    """

    presign: tuple[Fault, ...] = ()
    bucket: tuple[Fault, ...] = ()
    bundle: tuple[tuple[str, Any], ...] = ()

    def spoil(self, bundle: Bundle) -> Bundle:
        """The bundle as this trouble leaves it."""
        return replace(bundle, **dict(self.bundle))

    def attempt(self) -> Attempt:
        """A warm attempt during which the service is in this trouble."""
        return Attempt(presign=self.presign, bucket=self.bucket)


SERVICE_TROUBLES = (
    *(Trouble(presign=(fault,)) for fault in (*PRESIGN_REFUSALS, BUSY, *UNHEARD)),
    *(Trouble(bucket=(fault,)) for fault in (*BUCKET_REFUSALS, BUSY, *UNHEARD, LATE)),
    *(Trouble(presign=(fault,)) for fault in ERRORS_OF_OTHERS),
    *(Trouble(bucket=(fault,)) for fault in ERRORS_OF_OTHERS),
)
MALFORMED = tuple(Trouble(presign=(fault,)) for fault in (*MALFORMED_PRESIGNS, *CUT_SHORT))
CUT_SHORT_TROUBLES = (
    *(Trouble(presign=(fault,)) for fault in CUT_SHORT),
    *(Trouble(bucket=(fault,)) for fault in CUT_SHORT),
)
BUNDLE_TROUBLES = (
    Trouble(bundle=(("snapshot", None),)),
    Trouble(bundle=(("snapshot", '{"schemaVersion": "1.0", "act'),)),
    Trouble(bundle=(("snapshot", ""),)),
)
# Who meets these may have published or not, and be right either way.
EITHER_WAY = (
    *(Trouble(presign=(fault,)) for fault in (*PECULIAR, *LED_AWAY)),
    *(Trouble(bucket=(fault,)) for fault in (*CUT_SHORT, *PECULIAR, *LED_AWAY)),
    *(Trouble(presign=(fault, OK)) for fault in MOVED),
    *(Trouble(bucket=(fault, OK)) for fault in MOVED),
    Trouble(bucket=(LATE, OK)),
    Trouble(presign=(LOST, OK)),
    Trouble(bucket=(LOST, OK)),
)
BAD_CREDENTIALS = ("missing", "empty", "no-key", "no-secret", "malformed")
CREDENTIALS_TROUBLES = tuple(Trouble(bundle=(("credentials", kind),)) for kind in BAD_CREDENTIALS)
# Secrets that hold no credentials, and reasons why Secrets Manager gives none away.
BAD_SECRETS: tuple[CredentialsKind, ...] = (
    "secret-not-found",
    "secret-denied",
    "secret-not-json",
    "secret-without-keys",
    "secret-empty",
)
SECRETS_FAULTS = (
    Fault(kind="refuse", code="InternalServiceError"),
    Fault(kind="refuse", code="ThrottlingException"),
    RESET,
)
SIZE_TROUBLE = Trouble(bundle=(("max_snapshot_bytes", "10"),))
CONFIGURATION_TROUBLES = (*CREDENTIALS_TROUBLES, SIZE_TROUBLE)

# Error bodies that do not fit into an answer to CloudFormation (4,096 bytes), each in a way of its
# own: whole, after cutting it to so many characters, after writing it as JSON.
LONG_WORDS = (
    "the gateway is tired " * 5,
    "the gateway is tired " * 150,
    "the gateway is tired " * 250,
    "\u65e5\u672c\u8a9e\u306e\u8aac\u660e " * 400,
    '"\\\n' * 1300,
    "the gateway is tired " * 3200,
)
WORDY_TROUBLES = (
    *(
        Trouble(presign=(Fault(kind="answer", status=500, body=words, content_type="text/plain"),))
        for words in LONG_WORDS
    ),
    *(
        Trouble(bucket=(Fault(kind="answer", status=503, body=words, content_type="text/plain"),))
        for words in LONG_WORDS[1:]
    ),
    Trouble(
        presign=(Fault(kind="answer", status=200, body=LONG_WORDS[-1], content_type="text/html"),)
    ),
    Trouble(
        presign=(
            Fault(
                kind="answer",
                status=400,
                body=f'{{"errorCode": "INVALID_REQUEST", "errorMessage": "{LONG_WORDS[-1]}"}}',
            ),
        )
    ),
)
