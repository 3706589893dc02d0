"""``chaim-conformance check``: judges a provider."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chaim_conformance.commands.options import add_provider, configured
from chaim_conformance.config import PROFILES, ProviderConfig, Settings
from chaim_conformance.exit_codes import Exit
from chaim_conformance.known import drafted, require_draftable

if TYPE_CHECKING:
    from chaim_conformance.assessment import Assessed

BAR_WIDTH = 30


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    check = commands.add_parser(
        "check",
        help="judge a provider",
        epilog="example: chaim-conformance check --handler node:index.js",
    )
    add_provider(check)
    check.add_argument("--profile", choices=PROFILES, default="default", help="how much is played")
    check.add_argument("--select", metavar="CLAUSE[,...]", default="", help="only these clauses")
    check.add_argument("--scenarios", metavar="DIR", type=Path, help="your own, played first")
    check.add_argument("--seed", metavar="N", type=int, help="of all draws")
    check.add_argument("--write-known", action="store_true", help="list failures in chaim.toml")
    check.set_defaults(command=_check)


def _check(options: argparse.Namespace) -> int:
    providers, settings = configured(options)
    if options.write_known:
        require_draftable(providers)
    code: int = Exit.CONFORMANT
    for provider in providers:
        found = _check_one(provider, settings)
        code = max(
            code, exit_code(found), Exit.VIOLATIONS if provider.known_problems else Exit.CONFORMANT
        )
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
    from chaim_conformance.report.console import about, clause_line, pinned, repetition, summary

    begun = time.monotonic()
    found: list[Assessed] = []
    clauses = settings.clauses_for(provider)
    if settings.select and not clauses:
        print(f"provider {provider.name}: none of the selected clauses is about it")
        return found
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
    print("\n".join((*lines, *pinned(provider.pin), *facts, *provider.known_problems)))
    return found


def exit_code(found: Sequence[Assessed]) -> int:
    """What a run with these verdicts ends with."""
    if any(one.verdict.status == "error" for one in found):
        return Exit.INTERNAL_ERROR
    return Exit.VIOLATIONS if any(one.fails for one in found) else Exit.CONFORMANT


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
