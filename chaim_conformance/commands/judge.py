"""``chaim-conformance judge``: judges a transcript again, without a provider."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chaim_conformance import contract
from chaim_conformance.exit_codes import Exit

if TYPE_CHECKING:
    from chaim_conformance.contract import Clause
    from chaim_conformance.report.redaction import Redactor
    from chaim_conformance.verdict import Verdict


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    judge = commands.add_parser(
        "judge",
        help="judge a transcript again, without a provider",
        description="Judges a transcript by every clause that it puts to the test. Clauses that"
        " take the value of a secret are not run where it was redacted.",
        epilog="example: chaim-conformance judge .chaim/failures/H10-content-hash.transcript.json",
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
    from chaim_conformance.json_form import read_any_transcript
    from chaim_conformance.report.console import lines_of_one
    from chaim_conformance.report.redaction import Redactor, printable
    from chaim_conformance.report.violation import violation_text
    from chaim_conformance.transcript_judge import is_redacted, judged

    names = [name for name in options.select.split(",") if name]
    chosen = tuple(map(contract.clause, names)) or contract.clauses()
    transcript = read_any_transcript(options.transcript)
    redact = Redactor.of(transcript)
    found = [(contract.clause(one.clause), one) for one in judged(transcript, chosen)]
    if options.json:
        document = {
            "file": str(options.transcript),
            "redacted": is_redacted(transcript),
            "verdicts": [_for_machines(clause, verdict, redact) for clause, verdict in found],
        }
        print(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        lines = lines_of_one(found, verbose=options.verbose)
        texts = [violation_text(c, v) for c, v in found if v.violation is not None]
        print(printable(redact("\n\n".join(("\n".join(lines), *texts)))))
    counted = ("MUST", "SHOULD") if options.strict else ("MUST",)
    failed = any(v.status == "fail" and clause.level in counted for clause, v in found)
    return Exit.VIOLATIONS if failed else Exit.CONFORMANT


def _for_machines(clause: Clause, verdict: Verdict, redact: Redactor) -> dict[str, Any]:
    said = {
        "clause": clause.id,
        "slug": clause.slug,
        "level": clause.level,
        "status": verdict.status,
        "reason": verdict.reason,
    }
    if violation := verdict.violation:
        where = "" if violation.where is None else str(violation.where)
        texts = {"expected": violation.expected, "seen": violation.seen, "hint": violation.hint}
        said |= {key: redact(text) for key, text in {**texts, "where": where}.items()}
    return said
