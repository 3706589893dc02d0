"""What ``check`` prints while it judges: lines, and on a terminal a progress bar below them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from chaim_conformance.config import Settings
from chaim_conformance.events import (
    ClauseJudged,
    Event,
    ProviderStarted,
    RunEnded,
    RunStarted,
)

BAR_WIDTH = 30


@contextmanager
def bar(total: int) -> Iterator[Advance]:
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


class Console:
    """A listener that prints: a line a clause, the first violation at once, then all there is."""

    def __init__(self, bar: Advance, settings: Settings) -> None:
        self._bar = bar
        self._settings = settings
        self._events: list[Event] = []

    def __call__(self, event: Event) -> None:
        """Prints what the event says."""
        from chaim_conformance.report.console import clause_line, news, repetition

        told = any(isinstance(one, ClauseJudged) and news(one) for one in self._events)
        self._events.append(event)
        match event:
            case RunStarted():
                for line in repetition(self._settings, flag="--seed"):
                    self._bar.tell(line)
            case ProviderStarted():
                named = [f"provider {event.name}"] if event.name else []
                self._bar.tell(*event.problems, *named)
            case ClauseJudged():
                self._bar(clause_line(event))
                if not told and (text := news(event)):
                    self._bar.tell("", text, "")
            case RunEnded():
                self._bar.clear()
                self._end()

    def _end(self) -> None:
        from chaim_conformance.report.console import news, summary
        from chaim_conformance.report.run_report import fold

        report = fold(self._events)
        clauses = [one for provider in report.providers for one in provider.clauses]
        if not clauses:  # why is said elsewhere
            return
        for one in clauses:
            if text := news(one):
                print(f"\n{text}")
        print()
        print("\n".join(summary(report, directory=str(self._settings.report))), flush=True)
