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

    ``clauses`` are what the run is about: a half without any is not started.
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
        provider, settings = self._provider, self._settings
        if provider.handler is None and provider.binder is None:
            raise UsageError(NO_PROVIDER)
        with ExitStack() as undo:
            undo.callback(self._open.close)
            if provider.handler is not None and "H" in self._halves:
                self.handler = self._open.enter_context(Judge(provider, settings))
            if provider.binder is not None and "B" in self._halves:
                # Late: who judges handlers only need not wait for it.
                from chaim_conformance.binder_judge import BinderJudge

                prepared = self.handler is not None
                judge = BinderJudge(provider, settings, prepared=prepared, clauses=self._clauses)
                self.binder = self._open.enter_context(judge)
            undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    @property
    def attempts_made(self) -> int:
        """Attempts delivered to the handler so far."""
        return self.handler.attempts_made if self.handler else 0

    @property
    def synths_made(self) -> int:
        """Synths that the binder made so far."""
        return self.binder.synths_made if self.binder else 0

    def judge(self, clause: Clause) -> Verdict:
        """The clause's verdict, by the half that it is about."""
        half = self.handler if clause.id.startswith("H") else self.binder
        if half is None:
            return Verdict(clause=clause.id, status="n/a", reason="that half is not configured")
        return half.judge(clause)

    def replay(self, scenario: Scenario | SynthScenario) -> tuple[Verdict, ...]:
        """Plays one scenario and judges every clause that it puts to the test.

        Raises :class:`UsageError` where it is for a half that is not configured.
        """
        if isinstance(scenario, Scenario):
            if self.handler is None:
                raise UsageError("the scenario is a handler's, and none is configured: --handler")
            return self.handler.replay(scenario)
        if self.binder is None:
            raise UsageError("the scenario is a binder's, and none is configured: --binder")
        return self.binder.replay(scenario)
