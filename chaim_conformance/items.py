"""What pytest runs: an item a clause, and what they share."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.contract import Clause
from chaim_conformance.errors import UsageError
from chaim_conformance.verdict import HUNG, Verdict

if TYPE_CHECKING:
    from chaim_conformance.assessment import Assessed
    from chaim_conformance.provider_judge import ProviderJudge

ROOT_ID = "chaim"


@dataclass(kw_only=True)
class Run:
    """One pytest run of the suite in one process."""

    providers: tuple[ProviderConfig, ...]
    settings: Settings
    wanted_ids: tuple[str, ...]
    alone: bool
    assessed: list[Assessed] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    failures: dict[str, dict[str, str]] = field(default_factory=dict)
    errors: int = 0
    started: float = field(default_factory=time.monotonic)
    _judges: dict[str, ProviderJudge] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)

    def clauses(self, provider: ProviderConfig) -> tuple[Clause, ...]:
        """The clauses that the provider is judged by."""
        return self.settings.clauses_for(provider)

    def judge(self, provider: ProviderConfig) -> ProviderJudge:
        """The provider's judge, which starts a half of it when that is first asked for."""
        # Late: it costs, and a run may need none.
        from chaim_conformance.provider_judge import ProviderJudge

        if provider.name not in self._judges:
            judge = ProviderJudge(provider, self.settings, self.clauses(provider))
            self._judges[provider.name] = self._open.enter_context(judge)
        return self._judges[provider.name]

    def close(self) -> None:
        """Ends every provider's processes and servers."""
        self._judges.clear()
        self._open.close()


class Family(pytest.Collector):
    """A family of clauses, as a module would be one of tests."""

    def collect(self) -> list[pytest.Item]:
        return []


class Violated(Exception):
    """A clause does not hold; the message is the whole text."""


class Failed(Exception):
    """The kit or its surroundings failed."""


class ClauseItem(pytest.Item):
    """One clause for one provider."""

    clause: Clause
    provider: ProviderConfig
    run_state: Run

    def answers_to(self, nodeid: str) -> bool:
        """Whether an id from the command line means this item: whole, or without slug or name."""
        wanted = nodeid.removeprefix(f"{ROOT_ID}::")
        return wanted in (self.name, self.clause.id, self.clause.name)

    def runtest(self) -> None:
        from chaim_conformance.assessment import assess

        run = self.run_state
        judge = run.judge(self.provider)
        found = assess(judge, self.clause, provider=self.provider, settings=run.settings)
        verdict = found.verdict
        self.user_properties += [
            ("chaim_clause", self.clause.id),
            ("chaim_verdict", verdict.status),
            ("chaim_reason", verdict.reason),
            ("chaim_expected", verdict.violation.expected if verdict.violation else ""),
            ("chaim_reservations", ", ".join(verdict.reservations)),
            ("chaim_attempts", str(verdict.attempts)),
            ("chaim_provider", self.provider.name),
        ]
        if found.text and not found.fails:
            self.user_properties.append(("chaim_violation", found.text))
        match verdict.status:
            case "stale":
                raise Violated(f"{self.clause.name}: {verdict.reason}")
            case "fail" | "unstable" | "blocked" if found.fails:
                raise Violated(found.text or _blocked(self.clause, verdict))
            case "error":
                raise Failed(verdict.reason)
            case "known":
                pytest.xfail(verdict.reason)
            case "pass":
                pass
            case status:
                pytest.skip(verdict.reason or status)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, Violated | Failed | UsageError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.name


class UnusableKnown(pytest.Item):
    """Says which entries of ``[[known]]`` name nothing, or give no reason."""

    problems: tuple[str, ...] = ()

    def answers_to(self, nodeid: str) -> bool:
        """Whether an id from the command line means this item."""
        return nodeid == self.nodeid

    def runtest(self) -> None:
        raise Violated("\n".join(self.problems))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.name


def _blocked(clause: Clause, verdict: Verdict) -> str:
    reason = verdict.reason
    if reason == HUNG:
        return (
            f"{clause.name} could not be judged: blocked {reason}; see what the handler waits for"
            " that the service, or its refusal, does not make it wait for"
        )
    if not verdict.blocked_by:
        return f"{clause.name} could not be judged: blocked {reason}"
    return (
        f"{clause.name} could not be judged: blocked {reason}, which was not judged in this run; "
        "run without --chaim-select to see what is wrong first"
    )
