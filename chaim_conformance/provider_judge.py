"""Judges a whole provider: its handler, its binder, or both, whichever are configured."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING

from chaim_conformance.config import NO_PROVIDER, ProviderConfig, Settings
from chaim_conformance.contract import Clause
from chaim_conformance.errors import UsageError
from chaim_conformance.judge import Judge
from chaim_conformance.scenario import Scenario
from chaim_conformance.synth_scenario import SynthScenario
from chaim_conformance.verdict import Verdict

if TYPE_CHECKING:
    from chaim_conformance.binder_judge import BinderJudge


class ProviderJudge:
    """The judges of a provider's halves; a context manager, as they are.

    ``clauses`` are what the run is about: a half without any is not started. The others are by
    :meth:`preflight`, or when the first clause about them is judged.
    """

    def __init__(
        self, provider: ProviderConfig, settings: Settings, clauses: Iterable[Clause]
    ) -> None:
        self._provider = provider
        self._settings = settings
        self._clauses = tuple(clauses)
        self._halves = {clause.id[0] for clause in self._clauses}
        self._open = ExitStack()
        self.handler: Judge | None = None
        self.binder: BinderJudge | None = None

    def __enter__(self) -> ProviderJudge:
        if self._provider.handler is None and self._provider.binder is None:
            raise UsageError(NO_PROVIDER)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    def preflight(self) -> None:
        """Starts each half; raises what entering its judge raises, with the provider's name."""
        try:
            self._started_handler()
            self._started_binder()
        except UsageError as error:
            if not self._provider.name:
                raise
            raise type(error)(f"provider {self._provider.name}: {error}") from error

    def _started_handler(self) -> Judge | None:
        if self.handler is None and self._provider.handler is not None and "H" in self._halves:
            judge = Judge(self._provider, self._settings, prepared=self.binder is not None)
            self.handler = self._open.enter_context(judge)
        return self.handler

    def _started_binder(self) -> BinderJudge | None:
        if self.binder is None and self._provider.binder is not None and "B" in self._halves:
            # Late: who judges handlers only need not wait for it.
            from chaim_conformance.binder_judge import BinderJudge

            prepared = self.handler is not None
            judge = BinderJudge(
                self._provider, self._settings, prepared=prepared, clauses=self._clauses
            )
            self.binder = self._open.enter_context(judge)
        return self.binder

    @property
    def attempts_made(self) -> int:
        """Attempts delivered to the handler so far."""
        return self.handler.attempts_made if self.handler else 0

    @property
    def synths_made(self) -> int:
        """Synths that the binder made so far."""
        return self.binder.synths_made if self.binder else 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What an author should know by now of how the provider is judged."""
        handler = self.handler.facts.notes if self.handler else ()
        binder = self.binder.notes if self.binder else ()
        return tuple(dict.fromkeys((*handler, *binder)))

    def judge(self, clause: Clause) -> Verdict:
        """The clause's verdict, by the half that it is about."""
        is_handlers = clause.id.startswith("H")
        half = self._started_handler() if is_handlers else self._started_binder()
        if half is None:
            return Verdict(clause=clause.id, status="n/a", reason="that half is not configured")
        return half.judge(clause)

    def replay(self, scenario: Scenario | SynthScenario) -> tuple[Verdict, ...]:
        """Plays one scenario and judges every clause that it puts to the test.

        Raises :class:`UsageError` where it is for a half that is not configured.
        """
        if isinstance(scenario, Scenario):
            handler = self._started_handler()
            if handler is None:
                raise UsageError("the scenario is a handler's, and none is configured: --handler")
            return handler.replay(scenario)
        binder = self._started_binder()
        if binder is None:
            raise UsageError("the scenario is a binder's, and none is configured: --binder")
        return binder.replay(scenario)
