"""``chaim-conformance validate``: what is wrong with ``.bprint`` files."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chaim_conformance.bprint_validation import Problem

FINE, WRONG = 0, 1


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    validate = commands.add_parser(
        "validate",
        help="find what is wrong with .bprint files",
        description="Finds what is wrong with .bprint files, by the contract's rules.",
        epilog="example: chaim-conformance validate schemas/ orders/Order.bprint\n"
        "exit codes: 0 nothing wrong, 1 something, 4 usage",
    )
    validate.add_argument(
        "paths", metavar="PATH", type=Path, nargs="+", help="a file, or a directory of *.bprint"
    )
    validate.add_argument("--json", action="store_true", help="print one JSON object")
    validate.add_argument("--strict", action="store_true", help="warnings fail too")
    validate.set_defaults(command=_validate)


def _validate(options: argparse.Namespace) -> int:
    from chaim_conformance.bprint_files import files_below
    from chaim_conformance.bprint_validation import read_bprint

    found = {path: read_bprint(path)[1] for path in files_below(options.paths, "validate")}
    if options.json:
        print(json.dumps(_for_machines(found), indent=2))
    else:
        for path, problems in found.items():
            for problem in problems:
                print(_line(path, problem))
        print(_summary(found))
    failing = ("error", "warning") if options.strict else ("error",)
    return WRONG if _count(found, *failing) else FINE


def _line(path: Path, problem: Problem) -> str:
    """As compilers do it, so that editors can jump there."""
    mark = "warning: " if problem.level == "warning" else ""
    place = f"{path}:{problem.line or 1}:{problem.column or 1}"
    return f"{place}: {mark}{problem.rule}: {problem.message}"


def _summary(found: dict[Path, list[Problem]]) -> str:
    files = _counted(len(found), "file")
    warnings = _count(found, "warning")
    noted = f", {_counted(warnings, 'warning')}" if warnings else ""
    if errors := _count(found, "error"):
        wrong = sum(any(one.level == "error" for one in some) for some in found.values())
        return f"{files}: {wrong} wrong, {_counted(errors, 'error')}{noted}"
    return f"{files}: nothing wrong{noted}"


def _count(found: dict[Path, list[Problem]], *levels: str) -> int:
    return sum(one.level in levels for some in found.values() for one in some)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _for_machines(found: dict[Path, list[Problem]]) -> dict[str, Any]:
    return {
        "files": len(found),
        "errors": _count(found, "error"),
        "warnings": _count(found, "warning"),
        "problems": [
            {"file": str(path), **asdict(one)} for path, some in found.items() for one in some
        ],
    }
