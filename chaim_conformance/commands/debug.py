"""``chaim-conformance debug``: one scenario of a clause, the handler under a debugger."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chaim_conformance import contract
from chaim_conformance.commands.options import configured, only
from chaim_conformance.config import HANDLER_HELP, ProviderConfig, Settings
from chaim_conformance.errors import UsageError
from chaim_conformance.exit_codes import Exit

if TYPE_CHECKING:
    from chaim_conformance.contract import Clause
    from chaim_conformance.scenario import Scenario
    from chaim_conformance.transcript import Transcript

# What is fixed: it is one scenario, and a debugger has to get in.
FIXED = {
    "binder": None,
    "containment": "off",
    "isolation": "process",
    "profile": "quick",
    "scenarios": None,
    "seed": 0,
    "select": "",
    "strict": False,
}


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    debug = commands.add_parser(
        "debug",
        usage="%(prog)s CLAUSE [options]",
        help="play one scenario to a handler under a debugger",
        description="Plays one scenario of a clause, with all timeouts off, to a handler that waits"
        " for a debugger; then judges the clause. It is the one that failed in the run before, or"
        " the simplest.",
        epilog="example: chaim-conformance debug H10 --handler node:index.js",
    )
    option = debug.add_argument
    option("clause", metavar="CLAUSE", help="its id or name")
    option("--scenario", metavar="FILE", type=Path, help="another, as failures have")
    option("--port", metavar="N", type=int, help="of the debugger; default 9229 or 5678")
    option("--with", dest="own", metavar="COMMAND", help="your own, with {command} and {port}")
    option("--config", metavar="FILE", type=Path, help="instead of chaim.toml here")
    option("--provider", metavar="NAME", help="one of several [provider.NAME]")
    option("--handler", metavar="LOCATOR", help=HANDLER_HELP)
    option("--report", metavar="DIR", type=Path, default=Path(".chaim"), help="of failures")
    debug.set_defaults(command=_debug, **FIXED)


def _debug(options: argparse.Namespace) -> int:
    clause = contract.clause(options.clause)
    providers, settings = configured(options)
    provider = only(providers).without_its_own()  # it is one that is played
    if provider.handler is None:
        raise UsageError("debug: no handler is configured: --handler, or handler in chaim.toml")

    from chaim_conformance import debugging
    from chaim_conformance.drivers.debugger import find_debugger
    from chaim_conformance.drivers.locator import read_locator

    debugging.require_debuggable(clause)
    scheme, _ = read_locator(provider.handler)
    debugger = find_debugger(scheme, own=options.own, port=options.port)
    scenario, whence = _scenario(options.scenario, clause, provider, settings)
    found = debugging.look(provider, settings, clause, scenario)
    print(f"{clause.name}: {clause.text}\n\nWhat is played ({whence or found.why}):")
    print("\n".join(f"  {line}" for line in debugging.plan(found.scenario)), end="\n\n")
    transcript = debugging.play(found, provider, debugger, tell=_tell)
    print()
    return _report(clause, transcript)


def _tell(line: str) -> None:
    print(line, flush=True)


def _scenario(
    file: Path | None, clause: Clause, provider: ProviderConfig, settings: Settings
) -> tuple[Scenario | None, str]:
    """The scenario that was named or failed in the run before, and where it is."""
    from chaim_conformance.json_form import read_any_scenario
    from chaim_conformance.report.failures import scenario_file
    from chaim_conformance.scenario import Scenario

    failed = settings.report / scenario_file(provider, clause)
    chosen = file or (failed if failed.is_file() else None)
    if chosen is None:
        return None, ""
    scenario = read_any_scenario(chosen)
    if not isinstance(scenario, Scenario):
        raise UsageError(f"{chosen}: a scenario of a binder, which `debug` does not start")
    return scenario, str(chosen)


def _report(clause: Clause, transcript: Transcript) -> int:
    """Prints what happened and the verdict, without secrets."""
    from chaim_conformance.assessment import told
    from chaim_conformance.debugging import judged
    from chaim_conformance.report.console import clause_line
    from chaim_conformance.report.redaction import Redactor, printable
    from chaim_conformance.report.violation import story

    verdict = judged(clause, transcript)
    found = told(verdict, clause, fails=verdict.status == "fail")
    if found.failure is not None:
        print(found.failure.text)
    else:
        lines = ["What happened:", *(f"  {line}" for line in story(transcript))]
        for record in transcript.attempts:
            lines += [f"  | {line}" for line in record.log.splitlines()]
        print(printable(Redactor.of(transcript)("\n".join(lines))))
    print(f"\n{clause_line(found)}")
    return Exit.VIOLATIONS if found.fails else Exit.CONFORMANT
