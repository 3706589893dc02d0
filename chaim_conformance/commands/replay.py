"""``chaim-conformance replay``: plays one scenario, and judges every clause on it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from chaim_conformance import contract
from chaim_conformance.commands.options import add_provider, configured, only
from chaim_conformance.exit_codes import exit_of


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    replay = commands.add_parser(
        "replay",
        help="play one scenario and judge every clause on it",
        epilog="example: chaim-conformance replay .chaim/failures/H10-content-hash.json",
    )
    replay.add_argument("scenario", metavar="FILE", type=Path, help="a scenario, as failures have")
    add_provider(replay)
    replay.set_defaults(command=_replay, profile="quick", select="", seed=0, scenarios=None)


def _replay(options: argparse.Namespace) -> int:
    from chaim_conformance.assessment import present
    from chaim_conformance.json_form import read_any_scenario
    from chaim_conformance.provider_judge import ProviderJudge
    from chaim_conformance.report.console import clause_line, is_told
    from chaim_conformance.report.run_report import outcome_of
    from chaim_conformance.scenario import Scenario

    scenario = read_any_scenario(options.scenario)
    providers, settings = configured(options)
    provider = replace(only(providers), scenarios=None)  # it is this one that is played
    found = []
    half = "H" if isinstance(scenario, Scenario) else "B"
    clauses = [clause for clause in contract.clauses() if clause.id.startswith(half)]
    with ProviderJudge(provider, settings, clauses) as judge:
        for verdict in judge.replay(scenario):
            clause = contract.clause(verdict.clause)
            one = present(verdict, clause, provider=provider, settings=settings)
            found.append(one)
            print(clause_line(one))
    for one in found:
        if one.failure is not None and is_told(one):
            print(f"\n{one.failure.text}")
    return exit_of(outcome_of(found))
