"""What a run tells as it goes: typed events, and whoever wants to print or write them listens.

pytest and the command emit the same ones, in the same order: :class:`RunStarted`, for each provider
:class:`ProviderStarted` or :class:`ProviderNotStarted`, a :class:`ClauseJudged` a clause,
:class:`Noted` in between, :class:`RunEnded`. They hold no secret: what is in them has passed the
redactor. What cannot be shown in every report, :class:`Events` escapes. Each has a JSON form
(``json_form.py``), as under pytest-xdist they come from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, is_dataclass, replace
from typing import Any

from chaim_conformance.verdict import Status


@dataclass(frozen=True, kw_only=True)
class RunStarted:
    """A run begins. ``started`` is a time of day in ISO 8601, UTC; ``select`` as it was typed."""

    kit: str
    contract: str
    started: str
    profile: str
    seed: int
    strict: bool
    select: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProviderStarted:
    """A provider's halves run, and what the preflight found out about them.

    ``name`` is empty where there is only one ``[provider]``. ``pin`` is the version of the contract
    that it is judged by. ``clauses`` are all that are about its halves, judged in this run or not;
    ``about`` is the same as all the rest, in lines for people; ``notes`` are what an author should
    know of how it is judged. ``problems`` are entries of ``[[known]]`` that cannot be used, each of
    which fails the run.
    """

    name: str
    handler: str | None = None
    binder: str | None = None
    pin: str = ""
    capabilities: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    answer_style: str = ""
    scheme: str = ""
    constructs: tuple[str, ...] = ()
    contained: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProviderNotStarted:
    """There is nothing to judge: ``message`` says why, and what to do."""

    name: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Message:
    """One arrow of a sequence diagram, from one party to another.

    ``chapter`` is the attempt or synth that it belongs to. ``note`` says what the service scripted
    or objected to; ``failed`` that it brought no success, ``guilty`` that the violation is here.
    """

    chapter: str
    source: str
    target: str
    text: str
    note: str = ""
    failed: bool = False
    guilty: bool = False


@dataclass(frozen=True, kw_only=True)
class Failure:
    """The evidence of a violation.

    ``where`` names attempt or synth, ``story`` is what was played in one line and ``steps`` in
    several; ``log`` are the last lines that the provider printed there. ``scenario`` and
    ``transcript`` are files relative to the report's folder, ``replay`` the command that plays it
    again, ``text`` all of it as the console prints it.
    """

    expected: str
    seen: str
    where: str = ""
    hint: str = ""
    story: str = ""
    steps: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    scenario: str = ""
    transcript: str = ""
    replay: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class ClauseJudged:
    """A clause's verdict for a provider.

    ``fails`` says whether it fails the run: a stale entry always does; a violation that there are
    ``reservations`` about (``odd``, ``SHOULD``, ``disputed``, ``new in 1.1``) under
    ``--chaim-strict`` alone; a blocked clause only where nothing that blocks it is judged or known.
    ``failure`` is there for violations, known ones too.
    ``attempts`` are a handler's attempts or a binder's synths; ``notes`` are what an author should
    know by now of how the provider is judged.
    """

    provider: str
    clause: str
    status: Status
    fails: bool
    reason: str = ""
    blocked_by: tuple[str, ...] = ()
    reservations: tuple[str, ...] = ()
    scenarios: int = 0
    attempts: int = 0
    seconds: float = 0.0
    failure: Failure | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Noted:
    """Something else that people want to read once, at the end."""

    text: str


@dataclass(frozen=True, kw_only=True)
class RunEnded:
    """The run is over; ``exit_code`` as in ``exit_codes.py``. It is not ``whole`` where it was
    interrupted, or stopped at the first failure.
    """

    seconds: float
    exit_code: int
    whole: bool = True


Event = RunStarted | ProviderStarted | ProviderNotStarted | ClauseJudged | Noted | RunEnded
Listener = Callable[[Event], None]


class Events:
    """Hands each event to every listener, in turn; no text in it is obeyed by a terminal."""

    def __init__(self, *listeners: Listener) -> None:
        self._listeners = listeners

    def __call__(self, event: Event) -> None:
        """Emits an event."""
        fit = _fit(event)
        for listener in self._listeners:
            listener(fit)


def _fit(value: Any) -> Any:
    """The same with every text in it as it can be shown, whoever wrote it."""
    # Late: pytest starts faster without it.
    from chaim_conformance.report.redaction import printable

    match value:
        case str():
            return printable(value)
        case tuple():
            return tuple(map(_fit, value))
        case _ if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{name: _fit(one) for name, one in vars(value).items()})
    return value
