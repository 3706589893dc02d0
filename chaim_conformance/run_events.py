"""The events with which a run and each provider begin, and who listens to them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial

from chaim_conformance import __version__
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.contract import clauses, contract_version
from chaim_conformance.events import Events, Listener, ProviderStarted, RunStarted
from chaim_conformance.provider_judge import ProviderJudge
from chaim_conformance.report.console import about
from chaim_conformance.report.failures import require_writable
from chaim_conformance.report.files import write_files
from chaim_conformance.report.github import GitHub, is_github
from chaim_conformance.report.run_report import when_ended


def events_of(
    settings: Settings, *listeners: Listener, providers: Iterable[ProviderConfig]
) -> Events:
    """Events for these listeners, for the files of the report, which every run has, and for GitHub
    where the run is part of a job there.

    Raises :class:`UsageError` where the files could not be written, before anything is judged.
    """
    require_writable(settings.report)
    told = [*listeners, when_ended(partial(write_files, directory=settings.report))]
    if is_github():
        told.append(when_ended(GitHub(settings, providers, environ=os.environ, write=_write)))
    return Events(*told)


def _write(text: str) -> None:
    # Late: pytest, when it captures, has another one, and this one again when it does not.
    sys.stdout.write(text)
    sys.stdout.flush()


def run_started(settings: Settings) -> RunStarted:
    """A run with these settings begins now."""
    return RunStarted(
        kit=__version__,
        contract=contract_version(),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        profile=settings.profile,
        seed=settings.seed,
        strict=settings.strict,
        select=settings.select,
    )


def provider_started(judge: ProviderJudge, provider: ProviderConfig) -> ProviderStarted:
    """The judge's preflight has passed."""
    halves = {half for half, one in (("H", provider.handler), ("B", provider.binder)) if one}
    handler = judge.handler.facts if judge.handler else None
    binder = judge.binder.facts if judge.binder else None
    facts = [one for one in (handler, binder) if one is not None]
    contained = judge.binder.contained if judge.binder else ()
    return ProviderStarted(
        name=provider.name,
        handler=provider.handler,
        binder=provider.binder,
        pin=provider.pin,
        capabilities=tuple(sorted({name for one in facts for name in one.capabilities})),
        formats=tuple(dict.fromkeys(form for one in facts for form in one.formats)),
        answer_style=handler.answer_style if handler else "",
        scheme=handler.scheme if handler else "",
        constructs=tuple(sorted(binder.constructs)) if binder else (),
        contained=handler.contained if handler else contained,
        clauses=tuple(c.id for c in clauses() if c.id[0] in halves and c.check == "yes"),
        problems=provider.known_problems,
        about=tuple(about(judge)),
        notes=judge.notes,
    )
