"""H56: an answer comes in time, also where an endpoint's own never ends, or ends too early."""

from __future__ import annotations

from collections.abc import Iterator

from chaim_conformance.checks.evidence import ending
from chaim_conformance.checks.registry import judges
from chaim_conformance.checks.troubles import CUT_SHORT, healthy_failure, met, misses_its_deadline
from chaim_conformance.scenario import ENDLESS
from chaim_conformance.transcript import AttemptRecord, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation


@judges("H56")
def answers_in_time(t: Transcript) -> Iterator[Finding]:
    """An endpoint that stalls, drips or cuts its answer short does not keep the handler's back."""
    blocked = healthy_failure(t)
    for record in t.attempts:
        if not met(record, ENDLESS | CUT_SHORT):
            continue
        if blocked:
            yield Blocked(by=blocked, where=record)
        elif misses_its_deadline(t, record):
            yield Violation(
                expected=f"an answer before the function's deadline, though {_what(record)}",
                seen=_seen(record),
                where=record,
                hint=_hint(record),
            )
        else:
            yield Upheld(where=record)


def _what(record: AttemptRecord) -> str:
    """What the endpoint did, the last one that did anything of the kind."""
    kinds = ENDLESS | CUT_SHORT
    faults = ((e.endpoint, e.fault) for e in record.exchanges if e.fault is not None)
    endpoint, fault = [(e, f) for e, f in faults if f.kind in kinds][-1]
    said = {
        "stall": "does not answer",
        "drip": "answers without an end, a byte a second",
        "cut-after-head": "breaks its answer off after the headers",
        "truncated": "ends its answer before it is complete",
        "short-length": "announces less than its whole answer",
    }
    return f"{endpoint} {said[fault.kind]}"


def _seen(record: AttemptRecord) -> str:
    if record.outcome.kind == "timed-out":
        return ending(record)
    return f"the handler ended without one (null); {ending(record)}"


def _hint(record: AttemptRecord) -> str:
    if record.outcome.kind != "timed-out":
        return (
            "a promise that never settles: Node ends the invocation when nothing is left to do;"
            " handle the response's `error`, `aborted` and `close`, not only its `end`"
        )
    if met(record, {"drip"}):
        return "a socket's timeout begins anew with every byte: limit the whole exchange"
    return "give every request a limit below what context says is left"
