"""``chaim-conformance explain``: what a clause says, why, and how to get it right."""

from __future__ import annotations

import argparse
import json
from typing import Any

from chaim_conformance import contract
from chaim_conformance.exit_codes import Exit


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    explain = commands.add_parser(
        "explain",
        help="say what a clause means and how to keep it",
        description="Says what a clause means, by what authority, how to keep it, and what a"
        " violation looks like.",
        epilog="example: chaim-conformance explain H10 fresh-nonce\n"
        "`chaim-conformance clauses` lists all clauses and families",
    )
    explain.add_argument(
        "clauses",
        metavar="CLAUSE",
        nargs="+",
        help="an id (H10), a slug (content-hash), both (H10-content-hash), or a family (hashing)",
    )
    explain.add_argument("--json", action="store_true", help="print one JSON array")
    explain.set_defaults(command=_explain)


def _explain(options: argparse.Namespace) -> int:
    from chaim_conformance.report.explanation import explained, explanation

    named = [one for name in options.clauses for one in contract.clauses_named(name)]
    chosen = tuple(dict.fromkeys(named))
    if options.json:
        print(json.dumps([explained(one) for one in chosen], indent=2, ensure_ascii=False))
    else:
        print("\n\n\n".join(explanation(one) for one in chosen))
    return Exit.CONFORMANT
