"""``chaim-conformance judge``: judges a transcript again, without a provider."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chaim_conformance import contract
from chaim_conformance.counting import reservations
from chaim_conformance.exit_codes import exit_of

if TYPE_CHECKING:
    from chaim_conformance.events import ClauseJudged


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    judge = commands.add_parser(
        "judge",
        help="judge a transcript again, without a provider",
        description="Judges a transcript by every clause that it puts to the test. Clauses that"
        " take the value of a secret are not run where it was redacted.",
        epilog="example: chaim-conformance judge .chaim/failures/H10*.transcript.json",
    )
    judge.add_argument(
        "transcript", metavar="FILE", type=Path, help="a transcript, as failures have"
    )
    judge.add_argument("--select", metavar="CLAUSE[,...]", default="", help="only these clauses")
    judge.add_argument("--strict", action="store_true", help="a violated SHOULD fails too")
    judge.add_argument("--verbose", action="store_true", help="a line for each clause")
    judge.add_argument("--json", action="store_true", help="print one JSON object")
    judge.set_defaults(command=_judge)


def _judge(options: argparse.Namespace) -> int:
    from chaim_conformance.assessment import told
    from chaim_conformance.json_form import read_any_transcript
    from chaim_conformance.report.console import lines_of_one
    from chaim_conformance.report.run_report import outcome_of
    from chaim_conformance.transcript_judge import is_redacted, judged

    names = [name for name in options.select.split(",") if name]
    chosen = tuple(map(contract.clause, names)) or contract.clauses()
    transcript = read_any_transcript(options.transcript)
    pin = contract.contract_version()
    found = []
    for verdict in judged(transcript, chosen):
        clause = contract.clause(verdict.clause)
        doubts = reservations(clause, pin=pin, odd=False)
        fails = verdict.status == "fail" and (options.strict or not doubts)
        found.append(told(replace(verdict, reservations=doubts), clause, fails=fails))
    if options.json:
        document = {
            "file": str(options.transcript),
            "redacted": is_redacted(transcript),
            "verdicts": [_for_machines(one) for one in found],
        }
        print(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        lines = lines_of_one(found, verbose=options.verbose)
        texts = [one.failure.text for one in found if one.failure is not None]
        print("\n\n".join(("\n".join(lines), *texts)))
    return exit_of(outcome_of(found))


def _for_machines(one: ClauseJudged) -> dict[str, Any]:
    clause = contract.clause(one.clause)
    said = {
        "clause": clause.id,
        "slug": clause.slug,
        "level": clause.level,
        "status": one.status,
        "reason": one.reason,
    }
    if one.failure is not None:
        keys = ("expected", "seen", "hint", "where")
        said |= {key: getattr(one.failure, key) for key in keys}
    return said
