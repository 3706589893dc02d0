"""Judges one provider, clause by clause: preflight, search, verdict."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Literal

from chaim_conformance import confirmation, contract, corpus, decoys, interrupts
from chaim_conformance.checks import CHECKS
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.contract import Clause
from chaim_conformance.drivers import (
    HandlerDriver,
    is_endpoint,
    may_be_doubled,
    open_enclosure,
    open_handler,
)
from chaim_conformance.errors import HarnessError, SdkMissing, UsageError
from chaim_conformance.plane import Plane, PlaneServer
from chaim_conformance.preflight import ProviderFacts, lacks_https, preflight
from chaim_conformance.report.failures import require_writable
from chaim_conformance.runner import Runner
from chaim_conformance.scenario import Scenario
from chaim_conformance.search import Effort, Found, search
from chaim_conformance.suite import SUITE
from chaim_conformance.transcript import Transcript
from chaim_conformance.verdict import HUNG, UNTESTED, Status, Verdict

EFFORTS = {
    "quick": Effort(examples=0, seed=0, seconds=5),
    "default": Effort(examples=60, seed=0, seconds=10),
    "thorough": Effort(examples=2000, seed=0, seconds=300, odd=500),
}
PREPARE_SECONDS = 600
TRANSCRIPTS_KEPT = 1500
# A transcript with more bytes than this in requests, or in files that were left, is not kept.
MOST_KEPT = 1_000_000
MOST_LEFT_KEPT = 100_000


class Judge:
    """One provider under judgement; a context manager, because processes and servers belong to it.

    Entering runs ``prepare`` and the preflight, and raises :class:`UsageError` or
    :class:`ProviderNotStartable` where there is nothing that could be judged.
    """

    facts: ProviderFacts

    def __init__(self, provider: ProviderConfig, settings: Settings) -> None:
        self._provider = provider
        self._settings = settings
        self._effort = replace(EFFORTS[settings.profile], seed=settings.seed)
        self._own: tuple[Scenario, ...] = ()
        self._no_secrets = ""
        self._left_out = ""
        self._isolated = settings.isolation == "process"
        self._transcripts: OrderedDict[Scenario, Transcript] = OrderedDict()
        self._cleanup = ExitStack()
        self._runner: Runner
        self._heed_interrupts: Callable[[], None]

    def __enter__(self) -> Judge:
        with ExitStack() as undo:
            undo.callback(self._cleanup.close)
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

    @property
    def attempts_made(self) -> int:
        """Attempts delivered to the provider so far."""
        return self._runner.attempts_made

    def judge(self, clause: Clause) -> Verdict:
        """The clause's verdict; trouble of the kit's own is the verdict *error*."""
        begun, before = time.monotonic(), self.attempts_made
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
            return Verdict(clause=clause.id, status="error", reason=reason)
        if self._left_out and not found.scenarios:
            return Verdict(clause=clause.id, status="not run", reason=self._left_out)
        verdict = verdict_of(
            clause,
            found,
            attempts=self.attempts_made - before,
            seconds=time.monotonic() - begun,
        )
        if verdict.status == "pass" and self._spares_waiting(clause):
            return replace(verdict, status="not run", reason=self._how_to_wait(clause))
        return verdict

    def _spares_waiting(self, clause: Clause) -> bool:
        """Whether there is something that would take too long, and that nobody asked for."""
        named = any(contract.clause(name) == clause for name in self._settings.select)
        if not SUITE[clause.id].waiting(self.facts.formats):
            return False
        return not named and self._settings.profile != "thorough"

    def _how_to_wait(self, clause: Clause) -> str:
        seconds = self._provider.timeout
        return (
            f"held as far as it was played; endpoints that never end take up to {seconds:g} s each"
            f" (the function's own timeout): profile thorough, or --chaim-select {clause.id}"
        )

    def _search(self, clause: Clause) -> Found:
        """Plays what there is for the clause; a known failure is neither shrunk nor confirmed."""
        formats = self.facts.formats
        self._left_out = ""
        planned = (*self._own, *corpus.frozen(clause.id, formats))
        if self._settings.profile != "quick":
            planned += SUITE[clause.id].fixed(formats)
        if not self._spares_waiting(clause):
            planned += tuple(SUITE[clause.id].waiting(formats).values())
        known = any(entry.clause == clause.id for entry in self._provider.known)
        found = search(
            CHECKS[clause.id],
            dict.fromkeys(planned),
            SUITE[clause.id],
            self.play,
            formats=formats,
            effort=replace(self._effort, shrink=not known),
            playable=self._is_playable,
        )
        if not isinstance(found.transcript, Transcript) or found.hung or known:
            return found
        check, scenario = CHECKS[clause.id], found.transcript.scenario
        if confirmed := confirmation.again(self._runner, check, scenario):
            found.violation, found.transcript = confirmed
        elif not self._isolated and confirmation.needs_company(
            self._runner, check, scenario, formats[0]
        ):
            self._isolate()
            return self._search(clause)
        else:
            found.unstable = True
        return found

    def _is_playable(self, scenario: Scenario) -> bool:
        """Whether the provider has what the scenario needs; what it lacks is remembered."""
        lacking = self._no_secrets if scenario.names_a_secret else ""
        if scenario.is_over_https:
            lacking = lacking or self._no_https
        self._left_out = lacking or self._left_out
        return not lacking

    @cached_property
    def _no_https(self) -> str:
        return lacks_https(self.play, self.facts.formats[0])

    def _isolate(self) -> None:
        """Gives each deployment a process of its own from here on."""
        self._isolated = True
        self._runner.driver.isolate()
        self._transcripts.clear()

    def replay(self, scenario: Scenario) -> tuple[Verdict, ...]:
        """Plays one scenario and judges every clause that it puts to the test."""
        transcript = self.play(scenario)
        verdicts = []
        for clause in contract.clauses():
            if clause.id not in CHECKS or self._idle(clause):
                continue
            found = Found()
            found.take(CHECKS[clause.id], transcript)
            if found.violation or found.upheld or found.blocked_by:
                verdicts.append(verdict_of(clause, found, attempts=len(transcript.attempts)))
        return tuple(verdicts)

    def _idle(self, clause: Clause) -> Verdict | None:
        """The verdict of a clause for which nothing is played."""
        lacking = set(clause.applies) - self.facts.capabilities
        if lacking:
            reason = f"the provider is not {' and '.join(sorted(lacking))}"
            return Verdict(clause=clause.id, status="n/a", reason=reason)
        if clause.id not in CHECKS or clause.id not in SUITE:
            reason = "this version of the kit does not check it"
            return Verdict(clause=clause.id, status="not run", reason=reason)
        if not SUITE[clause.id].fixed(self.facts.formats):
            reason = f"says nothing about formats {', '.join(self.facts.formats)}"
            return Verdict(clause=clause.id, status="n/a", reason=reason)
        return None

    def play(self, scenario: Scenario) -> Transcript:
        """The scenario's transcript; what was played a moment ago is not played again."""
        self._heed_interrupts()
        if scenario in self._transcripts:
            self._transcripts.move_to_end(scenario)
            return self._transcripts[scenario]
        try:
            transcript = self._runner.play(scenario)
        except SdkMissing as error:
            if scenario.names_a_secret:
                self._no_secrets = str(error)
            raise
        sent = sum(len(e.body) for record in transcript.attempts for e in record.exchanges)
        left = sum(len(left.content) for left in transcript.left_behind)
        if sent > MOST_KEPT or left > MOST_LEFT_KEPT:
            return transcript
        self._transcripts[scenario] = transcript
        if len(self._transcripts) > TRANSCRIPTS_KEPT:
            self._transcripts.popitem(last=False)
        return transcript

    def _start(self) -> None:
        provider = self._provider
        self._heed_interrupts = self._cleanup.enter_context(interrupts.remembered())
        require_writable(self._settings.report)
        locator = provider.handler
        if locator is None:
            raise UsageError(
                "no handler is configured: set handler in chaim.toml or --chaim-handler"
            )
        if scenarios := self._settings.scenarios or provider.scenarios:
            self._own = corpus.of_directory(scenarios)
        if provider.prepare:
            prepare(provider.prepare, provider.root)
        enclosure = open_enclosure(self._settings.containment, serves_the_kit=is_endpoint(locator))
        self._cleanup.callback(enclosure.close)
        driver = open_handler(provider, self._settings, enclosure=enclosure)
        self._cleanup.callback(driver.close)
        style = driver.answer_style or (None if provider.answer == "auto" else provider.answer)

        def open_double() -> HandlerDriver:
            double = open_handler(provider, self._settings, enclosure=enclosure)
            self._cleanup.callback(double.close)
            return double

        home = driver.workspace / "home"
        decoys.lay(home)

        def open_runner(scheme: Literal["http", "https"], answer_port: int | None = None) -> Runner:
            server = PlaneServer(
                Plane(), scheme=scheme, listen=enclosure.listen, answer_port=answer_port
            )
            self._cleanup.enter_context(server)
            return Runner(
                driver=driver,
                open_double=open_double if may_be_doubled(locator) else None,
                server=server,
                home=home,
                answer_style=style,
                names=provider.environment,
                timeout=provider.timeout,
            )

        self._runner, self.facts = preflight(
            open_runner,
            locator=locator,
            schemes=("http", "https") if provider.scheme == "auto" else (provider.scheme,),
            formats=provider.formats,  # type: ignore[arg-type]
            answer_style=style,
        )
        self.facts = replace(
            self.facts,
            contained=enclosure.contained,
            notes=(*self.facts.notes, *enclosure.lacking),
        )
        form = self.facts.formats[0]
        if not self._isolated and confirmation.disturbs_the_next(self._runner, form):
            self._isolate()


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
    elif found.hung:
        status, blocked_by = "blocked", ("H56",)
        reason = HUNG
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
        output = (error.stdout + error.stderr).strip()
        raise UsageError(
            f"prepare = {command!r}: exit code {error.returncode}\n{output}"
        ) from error
