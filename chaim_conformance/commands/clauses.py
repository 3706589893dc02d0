"""``chaim-conformance clauses``: lists the clauses of the contract."""

from __future__ import annotations

import argparse
import json
from typing import Any

from chaim_conformance import contract
from chaim_conformance.errors import UsageError
from chaim_conformance.exit_codes import Exit

HALVES = {"handler": "H", "binder": "B", "service": "P"}


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    clauses = commands.add_parser(
        "clauses",
        help="list the clauses of the contract",
        epilog="example: chaim-conformance clauses --half binder --level SHOULD",
    )
    clauses.add_argument("--half", choices=HALVES, help="those about it alone")
    clauses.add_argument("--family", metavar="NAME", help="those of one family, say hashing")
    clauses.add_argument("--level", choices=("MUST", "SHOULD"), type=str.upper)
    clauses.add_argument("--json", action="store_true", help="print one JSON array")
    clauses.set_defaults(command=_clauses)


def _clauses(options: argparse.Namespace) -> int:
    chosen = [
        one
        for one in contract.clauses()
        if (options.half is None or one.id[0] == HALVES[options.half])
        and (options.family is None or one.family == _family(options.family))
        and options.level in (None, one.level)
    ]
    if options.json:
        print(json.dumps([_for_machines(one) for one in chosen], indent=2, ensure_ascii=False))
        return Exit.CONFORMANT
    for one in chosen:
        notes = [] if one.check == "yes" else [one.check]
        notes += ["disputed"] if one.disputed else []
        said = f"  ({', '.join(notes)})" if notes else ""
        print(f"{one.id} {one.level:<6} {one.slug:<36}{said}".rstrip())
    return Exit.CONFORMANT


def _family(name: str) -> str:
    plain = name.strip().lower().replace("_", "-")
    for family in contract.families():
        if family.replace("_", "-") == plain:
            return family
    raise UsageError(
        f"--family: there is no {name!r}; expected one of {', '.join(contract.families())}"
    )


def _for_machines(clause: contract.Clause) -> dict[str, Any]:
    return {
        "id": clause.id,
        "slug": clause.slug,
        "family": clause.family,
        "level": clause.level,
        "applies": list(clause.applies),
        "text": clause.text,
        "check": clause.check,
    }
