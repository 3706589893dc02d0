"""How an invocation ended, in the words in which Lambda's caller hears it."""

from __future__ import annotations

import contextlib
import signal

from chaim_conformance.drivers.runtime_protocol import Result
from chaim_conformance.transcript import Outcome


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


def timed_out(request_id: str, *, timeout: float, seconds: float) -> Outcome:
    """There was no end in time (``timeout`` and ``seconds`` in seconds)."""
    return Outcome(
        kind="timed-out",
        error_type="Sandbox.Timedout",
        error_message=f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds",
        seconds=seconds,
    )


def crashed(request_id: str, code: int | None, *, seconds: float) -> Outcome:
    """The process ended instead of the invocation; a signal's number is negated in ``code``."""
    return Outcome(
        kind="crashed",
        error_type="Runtime.ExitError",
        error_message=f"RequestId: {request_id} Error: {exit_words(code)}",
        seconds=seconds,
    )


def exit_words(code: int | None) -> str:
    """Lambda's words for an exit code; ``None`` where there was none."""
    if not code:
        return "Runtime exited without providing a reason"
    if code > 0:
        return f"Runtime exited with error: exit status {code}"
    with contextlib.suppress(ValueError):
        return f"Runtime exited with error: signal: {signal.Signals(-code).name}"
    return f"Runtime exited with error: signal: {-code}"
