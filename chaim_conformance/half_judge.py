"""A provider's half under judgement: what the judges of handlers and of binders share."""

from __future__ import annotations

import shlex
import subprocess
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from chaim_conformance import contract, corpus, interrupts
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.contract import Clause
from chaim_conformance.counting import is_newer
from chaim_conformance.errors import HarnessError, SdkMissing, UsageError
from chaim_conformance.report.failures import require_writable
from chaim_conformance.report.redaction import printable
from chaim_conformance.search import Check, Effort, Found
from chaim_conformance.verdict import HUNG, UNTESTED, Status, Verdict

if TYPE_CHECKING:
    from chaim_conformance.drivers.binder import BinderFacts
    from chaim_conformance.preflight import ProviderFacts

EFFORTS = {
    "quick": Effort(examples=0, seed=0, seconds=5),
    "default": Effort(examples=60, seed=0, seconds=10),
    "thorough": Effort(examples=2000, seed=0, seconds=300, odd=500),
}
PREPARE_SECONDS = 600
# The clause that a synth violates that should have been done, and was not.
UNBOUND = "B05"

Stimulus = TypeVar("Stimulus")
Seen = TypeVar("Seen")


class HalfJudge(ABC, Generic[Stimulus, Seen]):
    """One half of a provider under judgement; a context manager, as processes belong to it.

    ``Stimulus`` is the half's kind of scenario, ``Seen`` its kind of transcript; ``checks`` are its
    clauses'. Entering builds and starts the provider, and raises :class:`UsageError` or
    :class:`ProviderNotStartable` where there is nothing that could be judged. ``prepared`` says
    that the provider's own build was run already.
    """

    checks: ClassVar[Mapping[str, Check]]
    transcripts_kept: ClassVar[int]
    stimuli: type[Stimulus]
    facts: ProviderFacts | BinderFacts

    def __init__(
        self, provider: ProviderConfig, settings: Settings, *, prepared: bool = False
    ) -> None:
        self._provider = provider
        self._prepared = prepared
        self._settings = settings
        self._effort = replace(EFFORTS[settings.profile], seed=settings.seed)
        # The provider's own scenarios; they are played for any clause, and say nothing of most.
        self._own: tuple[Stimulus, ...] = ()
        # Why what needs a secret is not played, once that is known.
        self._no_secrets = ""
        self._isolated = settings.isolation == "process"
        self._transcripts: OrderedDict[Stimulus, Seen] = OrderedDict()
        self._cleanup = ExitStack()
        self._heed_interrupts: Callable[[], None]

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self._cleanup.close)
            self._heed_interrupts = self._cleanup.enter_context(interrupts.remembered())
            require_writable(self._settings.report)
            self._start()
            undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._cleanup.close()

    def judge(self, clause: Clause) -> Verdict:
        """The clause's verdict; trouble of the kit's own is the verdict *error*."""
        begun, before = time.monotonic(), self._made()
        if idle := self._idle(clause):
            return idle
        try:
            try:
                found = self._search(clause)
            except SdkMissing:
                if not self._no_secrets:
                    raise
                found = self._search(clause)  # without what needs a secret
        except UsageError:
            raise
        except Exception as error:  # whatever it is, it is the kit's, and the run goes on
            reason = str(error) if isinstance(error, HarnessError) else f"in the kit: {error!r}"
            return Verdict(clause=clause.id, status="error", reason=printable(reason))
        if unplayed := self._unplayed(clause, found):
            return unplayed
        made, seconds = self._made() - before, time.monotonic() - begun
        return self._verdict(clause, found, attempts=made, seconds=seconds)

    def replay(self, scenario: Stimulus) -> tuple[Verdict, ...]:
        """Plays one scenario and judges every clause that it puts to the test."""
        transcript: Any = self.play(scenario)
        verdicts = []
        for clause in contract.clauses():
            if clause.id not in self.checks or self._idle(clause):
                continue
            found = Found()
            found.take(self.checks[clause.id], transcript)
            if found.violation or found.upheld or found.blocked_by:
                verdicts.append(verdict_of(clause, found, attempts=self._parts(transcript)))
        return tuple(verdicts)

    def play(self, scenario: Stimulus) -> Seen:
        """The scenario's transcript; what was played a moment ago is not played again."""
        self._heed_interrupts()
        if scenario in self._transcripts:
            self._transcripts.move_to_end(scenario)
            return self._transcripts[scenario]
        try:
            transcript = self._run(scenario)
        except SdkMissing as error:
            if self._names_a_secret(scenario):
                self._no_secrets = str(error)
            raise
        if self._may_be_kept(transcript):
            self._transcripts[scenario] = transcript
            if len(self._transcripts) > self.transcripts_kept:
                self._transcripts.popitem(last=False)
        return transcript

    def _idle(self, clause: Clause) -> Verdict | None:
        """The verdict of a clause for which nothing is played."""
        if is_newer(clause, pin := self._provider.pin):
            reason = f"it came with contract {clause.since}, and {pin} is pinned"
            return Verdict(clause=clause.id, status="n/a", reason=reason)
        lacking = set(clause.applies) - self.facts.capabilities
        if lacking:
            reason = f"the provider is not {' and '.join(sorted(lacking))}"
            return Verdict(clause=clause.id, status="n/a", reason=reason)
        if clause.id not in self.checks:
            reason = "this version of the kit does not check it"
            return Verdict(clause=clause.id, status="not run", reason=reason)
        return None

    def _verdict(self, clause: Clause, found: Found, *, attempts: int, seconds: float) -> Verdict:
        """What a search adds up to."""
        return verdict_of(clause, found, attempts=attempts, seconds=seconds)

    def _prepare(self) -> None:
        """Reads the provider's own scenarios, and runs its build, once for both halves."""
        if scenarios := self._settings.scenarios or self._provider.scenarios:
            own = corpus.of_directory(scenarios)
            self._own = tuple(one for one in own if isinstance(one, self.stimuli))
        if self._provider.prepare and not self._prepared:
            prepare(self._provider.prepare, self._provider.root)

    def _is_known(self, clause: Clause) -> bool:
        """Whether it is a known failure, which is neither shrunk nor confirmed."""
        return any(entry.clause == clause.id for entry in self._provider.known)

    def _owns(self, clause: Clause) -> tuple[Stimulus, ...]:
        """What is the provider's own among what is played for a clause."""
        return self._own

    def _is_untold(self, found: Found, clause: Clause) -> bool:
        """Whether nothing was played but the provider's own scenarios, and they tell nothing."""
        return found.silent and found.scenarios <= sum(map(self._is_playable, self._owns(clause)))

    def _may_be_kept(self, transcript: Seen) -> bool:
        """Whether a transcript is small enough to be kept."""
        return True

    @abstractmethod
    def _start(self) -> None:
        """Starts what is judged; what has to be closed goes into the cleanup."""

    @abstractmethod
    def _search(self, clause: Clause) -> Found:
        """Plays what there is for the clause."""

    @abstractmethod
    def _is_playable(self, scenario: Stimulus) -> bool:
        """Whether the provider has what the scenario needs."""

    @abstractmethod
    def _unplayed(self, clause: Clause, found: Found) -> Verdict | None:
        """The verdict where all of a clause's scenarios were left out; ``None`` elsewhere."""

    @abstractmethod
    def _run(self, scenario: Stimulus) -> Seen:
        """Plays a scenario, whether or not that was done before."""

    @abstractmethod
    def _made(self) -> int:
        """How many attempts or synths there were so far."""

    @abstractmethod
    def _parts(self, transcript: Seen) -> int:
        """How many of these a transcript is of."""

    @abstractmethod
    def _names_a_secret(self, scenario: Stimulus) -> bool:
        """Whether it takes Secrets Manager, and so its SDK, to play this."""


def verdict_of(clause: Clause, found: Found, *, attempts: int, seconds: float = 0.0) -> Verdict:
    """What a search adds up to."""
    status: Status = "pass"
    reason = ""
    blocked_by: tuple[str, ...] = ()
    if found.violation is not None and found.unstable:
        status = "unstable"
        reason = "violated once, and not again in a new process"
    elif found.violation is not None:
        status = "fail"
    elif found.hung and clause.id.startswith("H"):
        status, blocked_by = "blocked", ("H56",)
        reason = HUNG
    elif found.hung:
        status, blocked_by = "blocked", tuple(found.blocked_by) or (UNBOUND,)
        reason = f"by {', '.join(blocked_by)}: a synth did not end"
    elif found.blocked_by:
        status, blocked_by = "blocked", tuple(by for by, _ in found.blocked_by.most_common())
        reason = f"by {', '.join(blocked_by)}"
    elif not found.upheld:
        status = "blocked"
        reason = UNTESTED
    return Verdict(
        clause=clause.id,
        status=status,
        reason=reason,
        violation=found.violation,
        transcript=found.transcript if found.violation is not None else None,
        blocked_by=blocked_by,
        odd=found.odd,
        scenarios=found.scenarios,
        attempts=attempts,
        seconds=seconds,
    )


def prepare(command: str, root: Path) -> None:
    """Runs the provider's own build, so that no stale one is judged."""
    try:
        subprocess.run(
            shlex.split(command),
            cwd=root,
            check=True,
            timeout=PREPARE_SECONDS,
            capture_output=True,
            text=True,
        )
    except OSError as error:
        raise UsageError(f"prepare = {command!r}: cannot be run ({error.strerror})") from error
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"prepare = {command!r}: not done after {PREPARE_SECONDS} s") from error
    except subprocess.CalledProcessError as error:
        output = printable((error.stdout + error.stderr).strip())
        raise UsageError(
            f"prepare = {command!r}: exit code {error.returncode}\n{output}"
        ) from error
