"""``chaim-conformance``: the same judgement for those who do not know pytest."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from chaim_conformance import __version__, contract
from chaim_conformance.config import (
    BINDER_HELP,
    CONTAINMENTS,
    HANDLER_HELP,
    ISOLATIONS,
    PROFILES,
    ProviderConfig,
    Settings,
    load_providers,
    seed_of,
)
from chaim_conformance.errors import UsageError
from chaim_conformance.known import drafted, require_draftable
from chaim_conformance.validate_command import add_validate

if TYPE_CHECKING:
    from chaim_conformance.assessment import Assessed

CONFORMANT, VIOLATIONS, INTERRUPTED, INTERNAL_ERROR, USAGE = range(5)
BAR_WIDTH = 30


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code, as the epilog of the help has them."""
    try:
        options = _parser().parse_args(arguments)
        return int(options.command(options))
    except UsageError as error:
        message = str(error)
        if message.startswith("--chaim-"):  # pytest's name of the same flag
            message = f"--{message.removeprefix('--chaim-')}"
        print(f"chaim-conformance: {message}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("chaim-conformance: interrupted", file=sys.stderr)
        return INTERRUPTED


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Leaves the exit code to :func:`main`."""
        raise UsageError(f"{message}\n{self.format_usage().rstrip()}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="chaim-conformance",
        description="Judges a provider by the Chaim ingest contract.",
        epilog="exit codes: 0 conformant, 1 violations, 2 interrupted, 3 error of the kit, 4 usage",
    )
    parser.add_argument("--version", action="version", version=f"chaim-conformance {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    check = commands.add_parser(
        "check",
        help="judge a provider",
        epilog="example: chaim-conformance check --handler node:index.js",
    )
    _add_provider(check)
    check.add_argument("--profile", choices=PROFILES, default="default", help="how much is played")
    check.add_argument("--select", metavar="CLAUSE[,...]", default="", help="only these clauses")
    check.add_argument("--scenarios", metavar="DIR", type=Path, help="your own, played first")
    check.add_argument("--seed", metavar="N", type=int, help="of all draws")
    check.add_argument("--write-known", action="store_true", help="list failures in chaim.toml")
    check.set_defaults(command=_check)

    replay = commands.add_parser(
        "replay",
        help="play one scenario and judge every clause on it",
        epilog="example: chaim-conformance replay .chaim/failures/H10-content-hash.json",
    )
    replay.add_argument("scenario", metavar="FILE", type=Path, help="a scenario, as failures have")
    _add_provider(replay)
    replay.set_defaults(command=_replay, profile="quick", select="", seed=0, scenarios=None)

    add_validate(commands)

    clauses = commands.add_parser("clauses", help="list the clauses of the contract")
    clauses.set_defaults(command=_clauses)
    return parser


def _add_provider(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--config", metavar="FILE", type=Path, help="instead of chaim.toml here")
    add("--provider", metavar="NAME", help="one of several [provider.NAME]")
    add("--handler", metavar="LOCATOR", help=HANDLER_HELP)
    add("--binder", metavar="LOCATOR", help=BINDER_HELP)
    add("--report", metavar="DIR", type=Path, default=Path(".chaim"), help="where failures go")
    add("--strict", action="store_true", help="a violated SHOULD fails the run too")
    add("--isolation", choices=ISOLATIONS, default="bundle", help="a new process per bundle")
    add("--containment", choices=CONTAINMENTS, default="auto", help="keep handlers in?")


def _configured(options: argparse.Namespace) -> tuple[tuple[ProviderConfig, ...], Settings]:
    settings = Settings(
        profile=options.profile,
        select=tuple(name for name in options.select.split(",") if name),
        strict=options.strict,
        isolation=options.isolation,
        containment=options.containment,
        report=options.report,
        scenarios=options.scenarios,
        seed=seed_of(options.profile) if options.seed is None else options.seed,
    )
    providers = load_providers(
        directory=Path.cwd(),
        config=options.config,
        provider=options.provider,
        handler=options.handler,
        binder=options.binder,
    )
    return providers, settings


def _check(options: argparse.Namespace) -> int:
    providers, settings = _configured(options)
    if options.write_known:
        require_draftable(providers)
    code = CONFORMANT
    for provider in providers:
        found = _check_one(provider, settings)
        code = max(code, _exit_code(found), VIOLATIONS if provider.known_problems else CONFORMANT)
        if options.write_known:
            new = {
                one.verdict.clause: one.verdict.violation.expected
                for one in found
                if one.fails and one.verdict.violation is not None
            }
            print("\n".join(drafted([provider], {provider.name: new}, settings.profile)))
    return code


def _check_one(provider: ProviderConfig, settings: Settings) -> list[Assessed]:
    from chaim_conformance.assessment import assess
    from chaim_conformance.provider_judge import ProviderJudge
    from chaim_conformance.report.console import about, clause_line, repetition, summary

    begun = time.monotonic()
    found = []
    clauses = settings.clauses_for(provider)
    # The bar is there first: a provider's start may take as long as many clauses.
    with _bar(len(clauses)) as advance, ProviderJudge(provider, settings, clauses) as judge:
        judge.preflight()
        named = [f"provider {provider.name}"] if provider.name else []
        advance.tell(*repetition(settings, flag="--seed"), *provider.known_problems, *named)
        for clause in clauses:
            one = assess(judge, clause, provider=provider, settings=settings)
            found.append(one)
            advance(clause_line(clause, one.verdict))
        attempts, synths, facts = judge.attempts_made, judge.synths_made, about(judge)
    for one in found:
        if one.text:
            print(f"\n{one.text}")
    print()
    verdicts = [one.verdict for one in found]
    seconds = time.monotonic() - begun
    uncounted = sum(one.verdict.status == "fail" and not one.fails for one in found)
    lines = summary(
        verdicts, uncounted=uncounted, attempts=attempts, synths=synths, seconds=seconds
    )
    print("\n".join((*lines, *facts, *provider.known_problems)))
    return found


def _exit_code(found: Sequence[Assessed]) -> int:
    if any(one.verdict.status == "error" for one in found):
        return INTERNAL_ERROR
    return VIOLATIONS if any(one.fails for one in found) else CONFORMANT


@contextmanager
def _bar(total: int) -> Iterator[Advance]:
    """Prints lines as they come; on a terminal with a progress bar below them."""
    advance = Advance(total, live=sys.stderr.isatty() and sys.stdout.isatty())
    try:
        yield advance
    finally:
        advance.clear()


class Advance:
    """Writes lines, and the bar anew where there is one."""

    def __init__(self, total: int, *, live: bool) -> None:
        self._total = total
        self._done = 0
        self._live = live
        self._draw("starting the provider")

    def __call__(self, line: str) -> None:
        """One more is done."""
        self._done += 1
        self.tell(line)

    def tell(self, *lines: str) -> None:
        """Writes these above the bar."""
        self.clear()
        for line in lines:
            print(line, flush=True)
        self._draw()

    def clear(self) -> None:
        """Takes the bar away."""
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _draw(self, what: str = "") -> None:
        if self._live:
            filled = BAR_WIDTH * self._done // max(1, self._total)
            bar = "#" * filled + "." * (BAR_WIDTH - filled)
            text = f"[{bar}] {self._done}/{self._total} {what}".rstrip()
            print(text, end="", file=sys.stderr, flush=True)


def _replay(options: argparse.Namespace) -> int:
    from chaim_conformance.assessment import present
    from chaim_conformance.json_form import read_any_scenario
    from chaim_conformance.provider_judge import ProviderJudge
    from chaim_conformance.report.console import clause_line
    from chaim_conformance.scenario import Scenario

    scenario = read_any_scenario(options.scenario)
    providers, settings = _configured(options)
    if len(providers) > 1:
        names = ", ".join(provider.name for provider in providers)
        raise UsageError(f"several providers are configured; choose one with --provider ({names})")
    provider = replace(providers[0], scenarios=None)  # it is this one that is played
    found = []
    half = "H" if isinstance(scenario, Scenario) else "B"
    clauses = [clause for clause in contract.clauses() if clause.id.startswith(half)]
    with ProviderJudge(provider, settings, clauses) as judge:
        for verdict in judge.replay(scenario):
            clause = contract.clause(verdict.clause)
            one = present(verdict, clause, provider=provider, settings=settings)
            found.append(one)
            print(clause_line(clause, one.verdict))
    for one in found:
        if one.text:
            print(f"\n{one.text}")
    return _exit_code(found)


def _clauses(options: argparse.Namespace) -> int:
    for clause in contract.clauses():
        checked = "" if clause.check == "yes" else f"  ({clause.check})"
        print(f"{clause.id} {clause.level:<6} {clause.slug:<36}{checked}".rstrip())
    return CONFORMANT


if __name__ == "__main__":
    sys.exit(main())
