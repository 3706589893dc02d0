"""Judges a provider's binder, clause by clause, as ``judge.py`` does with its handler."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType

from chaim_conformance import contract, corpus, interrupts, synth_calls
from chaim_conformance.binder_suite import BINDER_SUITE, BinderStimulus
from chaim_conformance.checks.binder import BINDER_CHECKS, BinderCheck
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.contract import Clause
from chaim_conformance.drivers import open_enclosure
from chaim_conformance.drivers.binder import BinderDriver, BinderFacts
from chaim_conformance.drivers.binder_locator import open_binder
from chaim_conformance.errors import HarnessError, ProviderNotStartable, SdkMissing, UsageError
from chaim_conformance.judge import EFFORTS, prepare, verdict_of
from chaim_conformance.plane import Plane, PlaneServer
from chaim_conformance.report.failures import require_writable
from chaim_conformance.report.redaction import Redactor, printable
from chaim_conformance.search import Found, search
from chaim_conformance.suite import Stimulus
from chaim_conformance.synth_runner import SynthRunner
from chaim_conformance.synth_scenario import (
    App,
    Binding,
    Schema,
    Synth,
    SynthScenario,
    SynthStack,
    Table,
)
from chaim_conformance.synth_transcript import SynthTranscript
from chaim_conformance.verdict import Verdict, Violation

TRANSCRIPTS_KEPT = 300
# Synths that are drawn for a clause, as a part of a handler's attempts: one takes as long as many.
SHARE_OF_DRAWS = 6


def _drawn(stimulus: BinderStimulus) -> Stimulus:
    """What is drawn, in the form that a search takes; snapshot formats make no difference to it."""
    return Stimulus(drawn=lambda _: stimulus.drawn, cost=stimulus.cost)


DRAWN = {clause: _drawn(stimulus) for clause, stimulus in BINDER_SUITE.items()}


class BinderJudge:
    """One provider's binder under judgement; a context manager, because processes belong to it.

    Entering starts it and has it synthesize a plain app; raises :class:`UsageError` or
    :class:`ProviderNotStartable` where there is nothing that could be judged. ``prepared`` says
    that the provider's own build was run already.
    """

    facts: BinderFacts
    contained: tuple[str, ...]

    def __init__(
        self, provider: ProviderConfig, settings: Settings, *, prepared: bool = False
    ) -> None:
        self._provider = provider
        self._settings = settings
        self._prepared = prepared
        effort = EFFORTS[settings.profile]
        self._effort = replace(
            effort, seed=settings.seed, examples=effort.examples // SHARE_OF_DRAWS
        )
        self._own: tuple[SynthScenario, ...] = ()
        self._blamed: dict[str, dict[SynthScenario, None]] = {}
        self._held: set[str] = set()
        self._transcripts: OrderedDict[SynthScenario, SynthTranscript] = OrderedDict()
        self._cleanup = ExitStack()
        self._isolated = settings.isolation == "process"
        self._no_secrets = ""
        self._left_out = False
        self._lacking: tuple[str, ...] = ()
        self._driver: BinderDriver
        self._runner: SynthRunner
        self._heed_interrupts: Callable[[], None]

    def __enter__(self) -> BinderJudge:
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
    def synths_made(self) -> int:
        """Synths so far."""
        return self._runner.synths_made

    @property
    def notes(self) -> tuple[str, ...]:
        """What an author should know of how it was judged."""
        disturbed = self._isolated and self._settings.isolation != "process"
        note = "one synth disturbs the next in a process: each has a process of its own"
        return ((note,) if disturbed else ()) + self._lacking

    def judge(self, clause: Clause) -> Verdict:
        """The clause's verdict; trouble of the kit's own is the verdict *error*."""
        begun, before = time.monotonic(), self.synths_made
        if idle := self._idle(clause):
            return idle
        try:
            try:
                found = self._search(clause)
            except SdkMissing as error:
                self._no_secrets = str(error)
                found = self._search(clause)  # without what needs a secret
        except UsageError:
            raise
        except Exception as error:  # whatever it is, it is the kit's, and the run goes on
            reason = str(error) if isinstance(error, HarnessError) else f"in the kit: {error!r}"
            return Verdict(clause=clause.id, status="error", reason=printable(reason))
        # What was played may have had nothing of it: one's own scenarios, or plain apps.
        nothing = found.silent and (self._left_out or not found.scenarios)
        if nothing and self._no_secrets:
            return Verdict(clause=clause.id, status="not run", reason=self._no_secrets)
        if nothing:
            reason = "its app cannot have what puts this to the test"
            return Verdict(clause=clause.id, status="n/a", reason=reason)
        made = self.synths_made - before
        verdict = verdict_of(clause, found, attempts=made, seconds=time.monotonic() - begun)
        return self._blamed_on_others(verdict, found)

    def _blamed_on_others(self, verdict: Verdict, found: Found) -> Verdict:
        """The verdict, unless it is blocked by nothing but clauses that were judged, and held.

        What one clause is blocked by is played for the other too, if that is still to be judged.
        """
        for by, scenario in found.blocked_in.items():
            if isinstance(scenario, SynthScenario):
                self._blamed.setdefault(by, {}).setdefault(scenario)
        if verdict.status == "pass":
            self._held.add(verdict.clause)
        if verdict.status != "blocked" or not self._held.issuperset(verdict.blocked_by):
            return verdict
        seen = [said for by in verdict.blocked_by if (said := self._seen(by, found))]
        if not seen and not found.hung:
            return verdict
        held = f"{verdict.reason}, which held in all that was played for it, and not here"
        reason = printable(": ".join((held, *seen[:1])))
        return replace(verdict, blocked_by=(), reason=reason)

    def _seen(self, clause: str, found: Found) -> str:
        """What violates a clause in the scenario in which it blocked another."""
        scenario = found.blocked_in.get(clause)
        if not isinstance(scenario, SynthScenario):
            return ""
        transcript = self.play(scenario)
        violation = _first_violation(BINDER_CHECKS[clause], transcript)
        return Redactor.of(transcript)(violation.seen) if violation else ""

    def replay(self, scenario: SynthScenario) -> tuple[Verdict, ...]:
        """Plays one scenario and judges every clause that it puts to the test."""
        transcript = self.play(scenario)
        verdicts = []
        for clause in contract.clauses():
            if clause.id not in BINDER_CHECKS or self._idle(clause):
                continue
            found = Found()
            found.take(BINDER_CHECKS[clause.id], transcript)
            if found.violation or found.upheld or found.blocked_by:
                made = len(transcript.records)
                verdicts.append(verdict_of(clause, found, attempts=made))
        return tuple(verdicts)

    def play(self, scenario: SynthScenario) -> SynthTranscript:
        """The scenario's transcript; what was played a moment ago is not played again."""
        self._heed_interrupts()
        if scenario in self._transcripts:
            self._transcripts.move_to_end(scenario)
            return self._transcripts[scenario]
        transcript = self._transcripts[scenario] = self._runner.play(scenario)
        if len(self._transcripts) > TRANSCRIPTS_KEPT:
            self._transcripts.popitem(last=False)
        return transcript

    def _idle(self, clause: Clause) -> Verdict | None:
        """The verdict of a clause for which nothing is played."""
        lacking = set(clause.applies) - self.facts.capabilities
        if lacking:
            reason = f"the provider is not {' and '.join(sorted(lacking))}"
            return Verdict(clause=clause.id, status="n/a", reason=reason)
        if clause.id not in BINDER_CHECKS:
            reason = "this version of the kit does not check it"
            return Verdict(clause=clause.id, status="not run", reason=reason)
        return None

    def _search(self, clause: Clause) -> Found:
        """Plays what there is for the clause; a known failure is neither shrunk nor confirmed."""
        self._left_out = False
        check = BINDER_CHECKS[clause.id]
        blamed = self._blamed.get(clause.id, ())
        planned = (*self._own, *corpus.frozen_synths(clause.id), *blamed)
        if self._settings.profile != "quick":
            planned += tuple(BINDER_SUITE[clause.id].corners().values())
        known = any(entry.clause == clause.id for entry in self._provider.known)
        found = search(
            check,
            dict.fromkeys(planned),
            DRAWN[clause.id],
            self.play,
            formats=("1.0",),
            effort=replace(self._effort, shrink=not known),
            playable=self._is_playable,
        )
        if not isinstance(found.transcript, SynthTranscript) or found.hung or known:
            return found
        if self._isolated:
            return found
        scenario = found.transcript.scenario
        if confirmed := self._alone(check, scenario):
            found.violation, found.transcript = confirmed
            return found
        if self._runs_again(check, scenario):
            self._isolate()
            return self._search(clause)
        found.unstable = True
        return found

    def _alone(
        self, check: BinderCheck, scenario: SynthScenario
    ) -> tuple[Violation, SynthTranscript] | None:
        """The violation as it comes back where each synth has a process of its own.

        That is how a synth runs in life: what one leaves behind in a process concerns no other.
        """
        self._driver.isolate(True)
        try:
            transcript = self._runner.play(scenario)
        finally:
            self._driver.isolate(False)
        violation = _first_violation(check, transcript)
        return None if violation is None else (violation, transcript)

    def _runs_again(self, check: BinderCheck, scenario: SynthScenario) -> bool:
        """Whether the violation comes back in processes that have synthesized something before."""
        self._driver.renew()
        self._runner.play(PLAIN)
        return _first_violation(check, self._runner.play(scenario)) is not None

    def _isolate(self) -> None:
        """Gives each synth a process of its own from here on."""
        self._isolated = True
        self._driver.isolate(True)
        self._transcripts.clear()

    def _is_playable(self, scenario: SynthScenario) -> bool:
        """Whether the binder's apps can have what is in this one, and it can be deployed here."""
        keeps_secret = self._no_secrets and scenario.deploys and _names_a_secret(scenario)
        known = needs(scenario) <= self.facts.features | self.facts.constructs
        self._left_out |= not known or bool(keeps_secret)
        return known and not keeps_secret

    def _start(self) -> None:
        provider = self._provider
        self._heed_interrupts = self._cleanup.enter_context(interrupts.remembered())
        require_writable(self._settings.report)
        if provider.binder is None:
            raise UsageError("no binder is configured: set binder in chaim.toml or --chaim-binder")
        if scenarios := self._settings.scenarios or provider.scenarios:
            own = corpus.of_directory(scenarios)
            self._own = tuple(one for one in own if isinstance(one, SynthScenario))
        if provider.prepare and not self._prepared:
            prepare(provider.prepare, provider.root)
        enclosure = open_enclosure(self._settings.containment, serves_the_kit=False)
        self._cleanup.callback(enclosure.close)
        self.contained, self._lacking = enclosure.contained, enclosure.lacking
        server = PlaneServer(Plane(), listen=enclosure.listen)
        self._cleanup.enter_context(server)
        around = synth_calls.environment(server, Synth())
        self._driver = open_binder(
            provider, self._settings, enclosure=enclosure, environment=around
        )
        self._cleanup.callback(self._driver.close)
        self.facts = self._driver.facts
        self._runner = SynthRunner(
            driver=self._driver,
            server=server,
            provider=provider,
            settings=self._settings,
            enclosure=enclosure,
        )
        self._cleanup.callback(self._runner.close)
        self._require_that_it_synthesizes(provider.binder)

    def _require_that_it_synthesizes(self, named: str) -> None:
        """Raises :class:`ProviderNotStartable` where it does not even bind a plain app."""
        plain = f"{named}: a plain app (one table, one entity) could not be synthesized"
        try:
            transcript = self.play(PLAIN)
        except HarnessError as error:
            raise ProviderNotStartable(f"{plain}: {error}") from error
        (record,) = transcript.records
        if record.outcome != "synthesized":
            said = record.refusal.message if record.refusal else record.log.strip()[-2000:]
            said = Redactor.of(transcript)(said)
            ended = {"timed-out": "did not end"}.get(record.outcome, record.outcome)
            raise ProviderNotStartable(printable(f"{plain}: it {ended}:\n{said}"))


def _first_violation(check: BinderCheck, transcript: SynthTranscript) -> Violation | None:
    return next((one for one in check(transcript) if isinstance(one, Violation)), None)


PLAIN_DOCUMENT = {
    "schemaVersion": 1.0,
    "entityName": "Payment",
    "description": "canary000001",
    "primaryKey": {"partitionKey": "id"},
    "fields": [{"name": "id", "type": "string", "required": True}],
}
PLAIN = SynthScenario(
    apps=(
        App(
            stacks=(
                SynthStack(
                    tables=(Table(),),
                    bindings=(
                        Binding(
                            id="Binding",
                            schema=Schema(
                                file="schemas/payment.bprint", text=json.dumps(PLAIN_DOCUMENT)
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
)


def _names_a_secret(scenario: SynthScenario) -> bool:
    return any(c.credentials.kind == "secret" for app in scenario.apps for c in app.configs)


def needs(scenario: SynthScenario) -> set[str]:
    """The constructs and features of an app that a driver has to know to play this."""
    found: set[str] = set()
    for app in scenario.apps:
        found |= {"context"} if app.context else set()
        found |= {"several-stacks"} if len(app.stacks) > 1 else set()
        for stack in app.stacks:
            found |= {"stages"} if stack.stage else set()
            found |= {"stack-names"} if stack.name else set()
            found |= set() if stack.account and stack.region else {"unknown-environment"}
            nested = [one.scopes for one in stack.tables] + [one.scopes for one in stack.bindings]
            found |= {"scopes"} if any(nested) else set()
            for table in stack.tables:
                found.add(table.construct)
                late = any(i.late for i in (*table.global_indexes, *table.local_indexes))
                found |= {"late-indexes"} if late else set()
    return found
