"""``chaim-conformance replay``: plays scenarios again, and judges every clause on each."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chaim_conformance import contract
from chaim_conformance.commands.options import add_provider, configured, only
from chaim_conformance.errors import UsageError
from chaim_conformance.exit_codes import exit_of

if TYPE_CHECKING:
    from chaim_conformance.config import ProviderConfig, Settings
    from chaim_conformance.events import ClauseJudged
    from chaim_conformance.verdict import Verdict


REPORT = "report.json"


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    replay = commands.add_parser(
        "replay",
        help="play a scenario and judge every clause on it",
        usage="%(prog)s FILE [options]",  # for the rest to fit a screen
        epilog="example: chaim-conformance replay .chaim/failures/H10-content-hash.json",
    )
    replay.add_argument(
        "path",
        metavar="FILE",
        type=Path,
        help="a scenario, a transcript, a report.json, or a folder",
    )
    replay.add_argument("--verbose", action="store_true", help="a line for each clause")
    add_provider(replay)
    replay.set_defaults(command=_replay, profile="quick", select="", seed=0, scenarios=None)


def _replay(options: argparse.Namespace) -> int:
    from chaim_conformance.json_form import read_any_scenario
    from chaim_conformance.provider_judge import ProviderJudge
    from chaim_conformance.report.console import lines_of_one, news
    from chaim_conformance.report.run_report import outcome_of
    from chaim_conformance.scenario import Scenario

    # All are read first: what is played writes its failures, perhaps into the same folder.
    scenarios = {path: read_any_scenario(path) for path in _files(options.path)}
    providers, settings = configured(options)
    provider = only(providers).without_its_own()  # it is these that are played
    halves = {"H" if isinstance(one, Scenario) else "B" for one in scenarios.values()}
    clauses = [clause for clause in contract.clauses() if clause.id[0] in halves]
    found = []
    with ProviderJudge(provider, settings, clauses) as judge:
        for path, scenario in scenarios.items():
            these = [_assessed(one, provider, settings) for one in judge.replay(scenario)]
            if len(scenarios) > 1:
                print(f"{path.name}:")
            print("\n".join(lines_of_one(these, verbose=options.verbose)), flush=True)
            found += these
    # What several scenarios show is told once.
    told = {one.clause: text for one in reversed(found) if (text := news(one))}
    for text in told.values():
        print(f"\n{text}")
    return exit_of(outcome_of(found))


def _assessed(verdict: Verdict, provider: ProviderConfig, settings: Settings) -> ClauseJudged:
    from chaim_conformance.assessment import present

    if verdict.status == "pass":  # in one scenario, which makes no known failure stale
        provider = replace(provider, known=())
    clause = contract.clause(verdict.clause)
    return present(verdict, clause, provider=provider, settings=settings)


def _files(path: Path) -> list[Path]:
    """The scenarios to play: of a report, its violations'.

    Raises :class:`UsageError` where there is none.
    """
    if path.is_dir() and (path / REPORT).is_file():
        path /= REPORT
    if path.name == REPORT:
        return _failures(path)
    if not path.is_dir():
        return [path]
    files = [one for one in sorted(path.glob("*.json")) if not one.stem.endswith(".transcript")]
    if not files:
        raise UsageError(
            f"{path}: there is no scenario in this folder (FILE.json); expected one such as"
            " .chaim/failures, or of several providers that of one: .chaim/failures/NAME"
        )
    return files


def _failures(path: Path) -> list[Path]:
    from chaim_conformance.report.reading import read_report

    clauses = [one for provider in read_report(path).providers for one in provider.clauses]
    files = [
        path.parent / one.failure.scenario
        for one in clauses
        if one.failure is not None and one.failure.scenario
    ]
    if not files:
        raise UsageError(f"{path}: nothing was violated in this run, so there is nothing to replay")
    return files
