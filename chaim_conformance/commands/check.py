"""``chaim-conformance check``: judges a provider."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from chaim_conformance.commands.options import add_provider, configured
from chaim_conformance.commands.progress import Console, bar
from chaim_conformance.config import PROFILES, ProviderConfig, Settings
from chaim_conformance.errors import UsageError
from chaim_conformance.events import (
    Event,
    Events,
    Noted,
    ProviderNotStarted,
    RunEnded,
)
from chaim_conformance.exit_codes import Exit, exit_of
from chaim_conformance.known import drafted, expectations, require_draftable


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    check = commands.add_parser(
        "check",
        help="judge a provider",
        usage="%(prog)s [options]",
        epilog="example: chaim-conformance check --handler node:index.js",
    )
    add_provider(check)
    check.add_argument("--profile", choices=PROFILES, default="default", help="how much is played")
    check.add_argument("--select", metavar="CLAUSE[,...]", default="", help="only these clauses")
    check.add_argument("--scenarios", metavar="DIR", type=Path, help="your own, played first")
    check.add_argument("--seed", metavar="N", type=int, help="of all draws")
    check.add_argument("--write-known", action="store_true", help="list failures in chaim.toml")
    check.set_defaults(command=_check)


def _check(options: argparse.Namespace) -> int:
    providers, settings = configured(options)
    if options.write_known:
        require_draftable(providers)
    # The bar is there first: a provider's start may take as long as many clauses.
    with bar(sum(len(settings.clauses_for(one)) for one in providers)) as advance:
        return _told(providers, settings, Console(advance, settings), draft=options.write_known)


def _told(
    providers: tuple[ProviderConfig, ...], settings: Settings, console: Console, *, draft: bool
) -> int:
    """Judges the providers, and tells it to all who listen, however it ends."""
    from chaim_conformance.report.run_report import fold
    from chaim_conformance.run_events import events_of, run_started

    begun = time.monotonic()
    seen: list[Event] = []
    emit = events_of(settings, seen.append, console, providers=providers)
    emit(run_started(settings))
    code, whole = Exit.INTERNAL_ERROR, False
    try:
        for provider in providers:
            _judge(provider, settings, emit)
        report = fold(seen)
        code, whole = exit_of(report.outcome), True
        if draft:
            failures = {one.name: expectations(one) for one in report.providers}
            for line in drafted(providers, failures, settings.profile):
                emit(Noted(text=line))
    except UsageError:
        code = Exit.USAGE
        raise
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
        raise
    finally:
        seconds = round(time.monotonic() - begun, 3)
        emit(RunEnded(seconds=seconds, exit_code=code, whole=whole))
    return code


def _judge(provider: ProviderConfig, settings: Settings, emit: Events) -> None:
    from chaim_conformance.assessment import assess
    from chaim_conformance.provider_judge import ProviderJudge
    from chaim_conformance.run_events import provider_started

    clauses = settings.clauses_for(provider)
    if settings.select and not clauses:
        emit(Noted(text=f"provider {provider.name}: none of the selected clauses is about it"))
        return
    with ProviderJudge(provider, settings, clauses) as judge:
        try:
            judge.preflight()
        except UsageError as error:
            emit(ProviderNotStarted(name=provider.name, message=str(error)))
            raise
        emit(provider_started(judge, provider))
        for clause in clauses:
            emit(assess(judge, clause, provider=provider, settings=settings))
