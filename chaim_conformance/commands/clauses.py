"""``chaim-conformance clauses``: lists the clauses of the contract."""

from __future__ import annotations

import argparse
from typing import Any

from chaim_conformance import contract
from chaim_conformance.exit_codes import Exit


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    clauses = commands.add_parser("clauses", help="list the clauses of the contract")
    clauses.set_defaults(command=_clauses)


def _clauses(options: argparse.Namespace) -> int:
    for clause in contract.clauses():
        notes = [] if clause.check == "yes" else [clause.check]
        notes += ["disputed"] if clause.disputed else []
        said = f"  ({', '.join(notes)})" if notes else ""
        print(f"{clause.id} {clause.level:<6} {clause.slug:<36}{said}".rstrip())
    return Exit.CONFORMANT
