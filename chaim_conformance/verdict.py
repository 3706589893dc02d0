"""What judgement says: findings about one transcript, and the verdict that they add up to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript
from chaim_conformance.transcript import AttemptRecord, Exchange, Transcript

Status = Literal["pass", "fail", "unstable", "stale", "known", "n/a", "not run", "blocked", "error"]
STATUSES: tuple[Status, ...] = get_args(Status)

# Where in a transcript something was seen: an attempt of a handler, or a synth of a binder.
Where = AttemptRecord | SynthRecord

# The reason of a clause that is blocked because a handler hung where no endpoint made it wait.
HUNG = "by H56: an attempt did not end"
# That of a clause that nothing was judged by, and no other stood in the way.
UNTESTED = "by what else is wrong: nothing that was played put it to the test"


@dataclass(frozen=True, kw_only=True)
class Upheld:
    """The clause was put to the test at ``where`` and held. A pass needs at least one."""

    where: Where | None = None


@dataclass(frozen=True, kw_only=True)
class Blocked:
    """The clause could not be judged at ``where``, because the clause ``by`` was violated."""

    by: str
    where: Where | None = None


@dataclass(frozen=True, kw_only=True)
class Violation:
    """The clause does not hold: what was expected, what was seen, in which attempt, and why.

    ``exchange`` is the request that it is about, where it is about one.
    """

    expected: str
    seen: str
    where: Where | None = None
    hint: str = ""
    exchange: Exchange | None = field(default=None, repr=False)


Finding = Upheld | Blocked | Violation


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A clause's outcome for a provider, with its evidence.

    ``violation`` and ``transcript`` belong to ``fail``, ``known`` and ``unstable``, which is a
    violation that did not come back in a new process; ``stale`` is a pass that is listed as a known
    failure; ``reason`` says why for every status but
    ``pass`` and ``fail``; ``blocked_by`` names the clauses that kept it from being judged.
    ``odd`` says that no real platform would have asked for what showed the violation.
    ``reservations`` are why a violation fails the run under ``--chaim-strict`` alone: words such as
    ``SHOULD``, ``disputed``, ``new in 1.1``, ``odd``; none where it fails every run.
    """

    clause: str
    status: Status
    reason: str = ""
    violation: Violation | None = None
    transcript: Transcript | SynthTranscript | None = field(default=None, repr=False)
    blocked_by: tuple[str, ...] = ()
    odd: bool = False
    reservations: tuple[str, ...] = ()
    scenarios: int = 0
    attempts: int = 0
    seconds: float = 0.0
