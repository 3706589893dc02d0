"""``chaim-conformance doctor``: what is installed, does the provider start, what is missing."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chaim_conformance.commands.options import add_provider, configured
from chaim_conformance.config import FILE_NAME
from chaim_conformance.errors import UsageError
from chaim_conformance.exit_codes import Exit

if TYPE_CHECKING:
    from chaim_conformance.doctor.finding import Finding

WIDTH = 20


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    doctor = commands.add_parser(
        "doctor",
        help="find what is missing for judging a provider",
        epilog="example: chaim-conformance doctor --handler node:index.js\n"
        "exit codes: 0 all is there, 4 something is missing",
    )
    add_provider(doctor)
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    doctor.set_defaults(command=_doctor, profile="quick", select="", seed=0, scenarios=None)


def _doctor(options: argparse.Namespace) -> int:
    findings: list[Finding] = []
    for finding in _examine(options):
        if any(finding.said in earlier.said for earlier in findings if finding.status == "note"):
            continue  # what the system lacks is said once
        findings.append(finding)
        if not options.json:
            print(finding.lines(WIDTH), flush=True)
    missing = sum(finding.status == "missing" for finding in findings)
    if options.json:
        print(
            json.dumps({"ready": not missing, "findings": [asdict(f) for f in findings]}, indent=2)
        )
    elif missing:
        print(f"\n{missing} missing")
    else:
        print(f"\nall is there; next: {_next(options)}")
    return Exit.USAGE if missing else Exit.CONFORMANT


def _examine(options: argparse.Namespace) -> Iterator[Finding]:
    """What was found out about one thing after the other."""
    from chaim_conformance.doctor.machine import installed, judgeable
    from chaim_conformance.doctor.provider import startable, unconfigured, well_configured
    from chaim_conformance.doctor.surroundings import allowed

    try:
        providers, settings = configured(options)
    except UsageError as error:
        yield from installed(())
        yield from allowed(options.containment)
        yield unconfigured(error, options.config or Path(FILE_NAME))
        yield judgeable()
        return
    yield from installed(providers)
    yield from allowed(options.containment)
    for provider in providers:
        yield from well_configured(provider)
        yield from startable(provider, settings)


def _next(options: argparse.Namespace) -> str:
    """The command that judges what was looked at."""
    words = ["chaim-conformance", "check", "--profile", "quick"]
    for name in ("config", "provider", "handler", "binder"):
        value = getattr(options, name)
        words += [f"--{name}", str(value)] if value is not None else []
    return shlex.join(words)
