"""Scenarios with a name and a reason, about a wire that breaks, waits, leads away or deceives."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle

from chaim_conformance.corners import COLD, MODES, WARM, Corners, Formats
from chaim_conformance.examples import example
from chaim_conformance.scenario import OK, Attempt, Fault, Operation, RequestType, Scenario
from chaim_conformance.strategies import adversity, faults, strangers
from chaim_conformance.strategies.faults import Trouble

STALL, DRIP = Fault(kind="stall"), Fault(kind="drip")


def retried(formats: Formats) -> Corners:
    """An operation meets with the wire, once or always, and is retried when that is well."""
    troubles = {
        "presign-cut": (Attempt(presign=(Fault(kind="reset-during"),)), WARM),
        "presign-lost": (Attempt(presign=(faults.LOST,)), COLD),
        "bucket-lost": (Attempt(bucket=(faults.LOST,)), WARM, COLD),
        "presign-lost-once": (Attempt(presign=(faults.LOST, OK)), WARM),
        "bucket-lost-once": (Attempt(bucket=(faults.LOST, OK)), COLD),
        "bucket-late-once": (Attempt(bucket=(faults.LATE, OK)), WARM),
        "bucket-truncated": (Attempt(bucket=(Fault(kind="truncated"),)), WARM),
        "closed": (Attempt(presign=(faults.CLOSED,), bucket=(faults.CLOSED,)), WARM, WARM),
        "moved": (Attempt(presign=(faults.MOVED[1], OK), bucket=(faults.MOVED[1], OK)), WARM),
    }
    kinds: tuple[RequestType, ...] = ("Update", "Delete", "Create")
    return {
        f"wire-{kind.lower()}-after-{trouble}": Scenario(
            bundles=(example(formats[0], mode),),
            operations=(
                Operation(request_type="Create"),
                *(Operation(request_type="Delete") for _ in range(kind == "Create")),
                Operation(request_type=kind, attempts=attempts),
            ),
        )
        for (trouble, attempts), kind, mode in zip(
            troubles.items(), cycle(kinds), cycle(MODES), strict=False
        )
    }


def cut_short(formats: Formats) -> Corners:
    """Answers that break off, which a handler may wait for until it is nobody's turn (H56)."""
    return {
        f"cut-short-{endpoint}-{fault.kind}": _after_a_healthy_life(formats, trouble, mode)
        for mode, fault in zip(cycle(MODES), faults.CUT_SHORT, strict=False)
        for endpoint, trouble in (
            ("presign", Trouble(presign=(fault,))),
            ("bucket", Trouble(bucket=(fault,))),
        )
    }


def waiting(formats: Formats) -> Corners:
    """Answers that never end, one way or the other, at either endpoint."""
    return {
        "waiting-presign-stall": _waits(formats, Attempt(presign=(STALL,)), "BEST_EFFORT"),
        "waiting-presign-drip": _waits(formats, Attempt(presign=(DRIP,)), "STRICT"),
        "waiting-bucket-stall": _waits(formats, Attempt(bucket=(STALL,)), "STRICT"),
        "waiting-bucket-drip": _waits(formats, Attempt(bucket=(DRIP,)), "BEST_EFFORT"),
    }


def impostors(formats: Formats) -> Corners:
    """Over https all is well; then certificates do not verify, in each mode."""
    return {
        f"impostor-{mode.lower().replace('_', '-')}": strangers.beside_an_impostor(
            example(formats[0], mode)
        )
        for mode in MODES
    }


def led_away(formats: Formats) -> Corners:
    """Redirects to another host, with a status that turns POST into GET and one that does not."""
    return {
        f"led-away-{fault.status}": strangers.led_away(example(formats[0], mode), fault)
        for fault, mode in zip(faults.LED_AWAY, MODES, strict=True)
    }


def _after_a_healthy_life(formats: Formats, trouble: Trouble, mode: str) -> Scenario:
    return adversity.after_a_healthy_life(example(formats[0], mode), trouble)


def _waits(formats: Formats, attempt: Attempt, mode: str) -> Scenario:
    create = Operation(request_type="Create")
    return Scenario(
        bundles=(example(formats[0], mode),),
        operations=(create, replace(create, request_type="Update", attempts=(attempt,))),
    )
