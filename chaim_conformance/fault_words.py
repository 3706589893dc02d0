"""Faults as people write them: ``503,reset,ok``, the words that a story has for them too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any, get_args

from chaim_conformance.errors import UsageError
from chaim_conformance.json_form import from_json
from chaim_conformance.plane.s3_errors import S3_ERRORS
from chaim_conformance.plane.secrets_manager import MESSAGES
from chaim_conformance.scenario import ENDPOINTS, PLACES, Fault, FaultKind

LATER = re.compile(r"(?P<step>.*?)\s*\(Retry-After: (?P<seconds>\d{1,9})\)")
REFUSAL = re.compile(r"(?P<status>[45]\d\d)?\s*(?P<code>[A-Z][A-Za-z0-9]*)?")
REDIRECT = re.compile(r"(?P<status>3\d\d) to (?P<code>same|other) host")
ANSWER = re.compile(r"(?P<status>[2-5]\d\d) with body (?P<body>.*)", re.DOTALL)
# These say more than their name.
WORDY: frozenset[FaultKind] = frozenset({"refuse", "answer", "redirect"})
CODES = {
    "bucket": {error.code: error.status for error in S3_ERRORS.values()},
    "secrets": dict.fromkeys(MESSAGES, 0),
}


def script(endpoint: str, text: str) -> tuple[Fault, ...]:
    """The steps of a script for ``presign``, ``bucket`` or ``secrets``, with commas between them.

    Each is what ``str(fault)`` says: ``ok``, ``reset``, ``503``, ``503 SlowDown (Retry-After: 3)``,
    ``307 to other host``, ``200 with body {}``. An empty text is a healthy endpoint. Raises
    :class:`UsageError`.
    """
    return tuple(fault(endpoint, step) for step in text.split(",") if text.strip())


def scripts(data: Any) -> dict[str, tuple[Fault, ...]]:
    """Scripts by endpoint, from JSON: a list of steps, or a text with commas between them.

    A step is a text as :func:`script` has it, or a fault as scenarios do. Raises
    :class:`UsageError`.
    """
    if not isinstance(data, dict):
        raise UsageError(f"expected an object with scripts for {_either(ENDPOINTS)}")
    return {name: _script(_known(name), steps) for name, steps in data.items()}


def _script(endpoint: str, steps: Any) -> tuple[Fault, ...]:
    if isinstance(steps, str):
        return script(endpoint, steps)
    if not isinstance(steps, list):
        raise UsageError(f"{endpoint}: expected a list of faults, or a text as in 503,reset,ok")
    return tuple(
        fault(endpoint, step) if isinstance(step, str) else _written_out(endpoint, step)
        for step in steps
    )


def _written_out(endpoint: str, step: Any) -> Fault:
    try:
        return _placed(endpoint, from_json(Fault, step), str(step))
    except UsageError as error:
        raise UsageError(f"{endpoint}: {error}") from error


def named_script(text: str) -> tuple[str, tuple[Fault, ...]]:
    """An endpoint and its script, from ``presign=503,reset,ok``. Raises :class:`UsageError`."""
    endpoint, sign, steps = text.partition("=")
    if not sign:
        raise UsageError(f"{text!r}: expected an endpoint and its faults, as in presign=503,ok")
    return _known(endpoint.strip()), script(endpoint.strip(), steps)


def fault(endpoint: str, text: str) -> Fault:
    """One step of a script. Raises :class:`UsageError` where the endpoint has no such fault."""
    text = text.strip()
    if text in get_args(FaultKind) and text not in WORDY:
        return _placed(endpoint, Fault(kind=text), text)  # type: ignore[arg-type]
    if found := REDIRECT.fullmatch(text):
        step = Fault(kind="redirect", status=int(found["status"]), code=f"{found['code']}-host")
        return _placed(endpoint, step, text)
    if found := ANSWER.fullmatch(text):
        return Fault(kind="answer", status=int(found["status"]), body=_unquoted(found["body"]))
    later = LATER.fullmatch(text)
    found = REFUSAL.fullmatch(later["step"] if later else text)
    if found is None or not _refuses(endpoint, found["status"], found["code"]):
        raise UsageError(f"{endpoint}: {text!r} is no fault of it; expected {_all(endpoint)}")
    return Fault(
        kind="refuse",
        status=int(found["status"] or 0),
        code=found["code"] or "",
        retry_after=int(later["seconds"]) if later else None,
    )


def _refuses(endpoint: str, status: str | None, code: str | None) -> bool:
    """Whether the endpoint would answer just this."""
    if endpoint == "presign":
        return status is not None and code is None
    usual = CODES[endpoint].get(code) if code else None
    if endpoint == "secrets":
        return usual is not None
    if code is None:
        return status is not None
    return status is not None if usual is None else status in (None, str(usual))


def _placed(endpoint: str, step: Fault, text: str) -> Fault:
    if step.kind == "held":
        raise UsageError(f"{endpoint}: 'held' is for two attempts at once, as scenarios have them")
    if endpoint not in PLACES.get(step.kind, ENDPOINTS[:2]):
        raise UsageError(f"{endpoint}: {text!r} is no fault of it; expected {_all(endpoint)}")
    return step


def _all(endpoint: str) -> str:
    kinds = [
        kind
        for kind in get_args(FaultKind)
        if endpoint in PLACES.get(kind, ENDPOINTS[:2]) and kind not in {*WORDY, "held"}
    ]
    status = {"presign": "a status (503)", "bucket": "a status or a code of S3's (SlowDown)"}
    refusal = status.get(endpoint) or _either(CODES[endpoint])
    redirect = "" if endpoint == "secrets" else "'302 to same host', '302 to other host', "
    return f"{refusal}, '200 with body ...', {redirect}{_either(kinds)}"


def _known(endpoint: str) -> str:
    if endpoint not in ENDPOINTS:
        raise UsageError(f"{endpoint!r} is no endpoint; expected {_either(ENDPOINTS)}")
    return endpoint


def _either(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}"


def _unquoted(text: str) -> str:
    """The text that stands in quotation marks, where it does."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        try:
            return str(ast.literal_eval(text))
        except (SyntaxError, ValueError):
            pass
    return text
