"""How an invocation ended, in the words in which Lambda's caller hears it."""

from __future__ import annotations

import contextlib
import signal
from typing import Literal

from chaim_conformance.drivers.handler_process import End
from chaim_conformance.drivers.runtime_protocol import Result
from chaim_conformance.transcript import Outcome

LIMIT_EXCEEDED = "Sandbox.LimitExceeded"


def killed_words(exceeded: str) -> str:
    """Why the kit itself ended a process."""
    return f"killed by the kit: {exceeded}"


def answered(result: Result, *, seconds: float) -> Outcome:
    """The runtime told of an end: a value, an error, or a handler that cannot be loaded."""
    return Outcome(
        kind=result.kind,
        payload=result.body.decode("utf-8", "replace") if result.kind == "returned" else None,
        error_type=result.error_type,
        error_message=result.error_message,
        trace=result.trace,
        seconds=seconds,
    )


def unanswered(
    end: End,
    request_id: str,
    code: int | None,
    *,
    timeout: float,
    seconds: float,
    exceeded: str = "",
) -> Outcome:
    """There was no answer: none in time, or the process ended instead (with this exit code).

    ``exceeded`` says which limit it was killed for; empty: none.
    ``timeout``, and the ``seconds`` that passed, are in seconds; a signal's number is negated.
    """
    kind: Literal["timed-out", "crashed"]
    if exceeded:
        kind, error_type = "crashed", LIMIT_EXCEEDED
        message = killed_words(exceeded)
    elif end == "timed-out":
        kind, error_type = "timed-out", "Sandbox.Timedout"
        message = f"Task timed out after {timeout:.2f} seconds"
    else:
        kind, error_type = "crashed", "Runtime.ExitError"
        message = _exit_words(code)
    return Outcome(
        kind=kind,
        error_type=error_type,
        error_message=f"RequestId: {request_id} Error: {message}",
        seconds=seconds,
    )


def _exit_words(code: int | None) -> str:
    if not code:
        return "Runtime exited without providing a reason"
    if code > 0:
        return f"Runtime exited with error: exit status {code}"
    with contextlib.suppress(ValueError):
        return f"Runtime exited with error: signal: {signal.Signals(-code).name}"
    return f"Runtime exited with error: signal: {-code}"
