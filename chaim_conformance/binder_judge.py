"""Judges a provider's binder, clause by clause, as ``judge.py`` does with its handler."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from chaim_conformance import corpus, synth_calls
from chaim_conformance.binder_suite import BINDER_SUITE, BinderStimulus
from chaim_conformance.checks.binder import BINDER_CHECKS, BinderCheck
from chaim_conformance.checks.binder.grounds import may_refuse
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.contract import Clause
from chaim_conformance.datastores import DataStore, read_datastore
from chaim_conformance.drivers import open_enclosure
from chaim_conformance.drivers.binder import BinderDriver, BinderFacts
from chaim_conformance.drivers.binder_locator import open_binder
from chaim_conformance.errors import (
    AppNotBuildable,
    HarnessError,
    ProviderNotStartable,
    UsageError,
)
from chaim_conformance.half_judge import HalfJudge
from chaim_conformance.other_datastores import of_kind
from chaim_conformance.own_apps import OwnApps, own_apps
from chaim_conformance.own_stimuli import once, own_stimuli
from chaim_conformance.plain_app import PLAIN, needs
from chaim_conformance.plane import Plane, PlaneServer
from chaim_conformance.report.redaction import Redactor, printable
from chaim_conformance.search import Found, search
from chaim_conformance.strategies.resources import scenarios_of_kind
from chaim_conformance.suite import Stimulus
from chaim_conformance.synth_runner import SynthRunner
from chaim_conformance.synth_scenario import DYNAMODB, Synth, SynthScenario
from chaim_conformance.synth_transcript import SynthTranscript
from chaim_conformance.verdict import Blocked, Verdict, Violation

TRANSCRIPTS_KEPT = 300
# Synths that are drawn for a clause, as a part of a handler's attempts: one takes as long as many.
SHARE_OF_DRAWS = 6
# Clauses about what a snapshot need not have, and what is said of a binder that never has it.
CONDITIONAL = {"B27": "no snapshot carries a stable resource key (identity.stableResourceKey)"}


def _drawn(stimulus: BinderStimulus) -> Stimulus:
    """What is drawn, in the form that a search takes; snapshot formats make no difference to it."""
    return Stimulus(drawn=lambda _: stimulus.drawn, cost=stimulus.cost)


def _drawn_of_kind(stimulus: BinderStimulus, store: DataStore) -> Stimulus:
    """The same, with resources of another kind of data store."""
    drawn = tuple(scenarios_of_kind(source, store) for source in stimulus.drawn)
    return Stimulus(drawn=lambda _: drawn, cost=stimulus.cost)


DRAWN = {clause: _drawn(stimulus) for clause, stimulus in BINDER_SUITE.items()}


class BinderJudge(HalfJudge[SynthScenario, SynthTranscript]):
    """One provider's binder under judgement.

    Entering has it synthesize a plain app. ``clauses`` are those that will be judged, as far as it
    is known, so that processes can be started ahead.
    """

    checks = BINDER_CHECKS
    transcripts_kept = TRANSCRIPTS_KEPT
    stimuli = SynthScenario
    facts: BinderFacts
    contained: tuple[str, ...]

    def __init__(
        self,
        provider: ProviderConfig,
        settings: Settings,
        *,
        prepared: bool = False,
        clauses: Iterable[Clause] = (),
    ) -> None:
        super().__init__(provider, settings, prepared=prepared)
        self._clauses = tuple(clauses)
        self._effort = replace(self._effort, examples=self._effort.examples // SHARE_OF_DRAWS)
        self._alone_already: dict[SynthScenario, SynthTranscript] = {}
        # What a clause was blocked in is played for the clause that it was blocked by, too.
        self._blamed: dict[str, dict[SynthScenario, None]] = {}
        self._held: set[str] = set()
        # The kind of data store, where that is not DynamoDB.
        self._store: DataStore | None = None
        self._lacking: tuple[str, ...] = ()
        self._own_apps = OwnApps()
        self._of_own_apps: tuple[str, ...] = ()
        self._driver: BinderDriver
        self._runner: SynthRunner

    @property
    def synths_made(self) -> int:
        """Synths so far."""
        return self._runner.synths_made

    @property
    def notes(self) -> tuple[str, ...]:
        """What an author should know of how it was judged."""
        disturbed = self._isolated and self._settings.isolation != "process"
        note = "one synth disturbs the next in a process: each has a process of its own"
        return ((note,) if disturbed else ()) + self._lacking + self._of_own_apps

    def _unplayed(self, clause: Clause, found: Found) -> Verdict | None:
        if not found.silent:
            return None
        if self._no_secrets and self._is_untold(found, clause):
            return Verdict(clause=clause.id, status="not run", reason=self._no_secrets)
        lacks = "it makes nothing of" if self._can_have_all(clause) else "its app cannot have"
        reason = CONDITIONAL.get(clause.id, f"{lacks} what puts this to the test")
        return Verdict(clause=clause.id, status="n/a", reason=reason)

    def _verdict(self, clause: Clause, found: Found, *, attempts: int, seconds: float) -> Verdict:
        """What a search adds up to; blocked by nothing but clauses that held, it says so.

        What one clause is blocked by is played for the other too, if that is still to be judged.
        """
        verdict = super()._verdict(clause, found, attempts=attempts, seconds=seconds)
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

    def _run(self, scenario: SynthScenario) -> SynthTranscript:
        return self._runner.play(scenario)

    def _made(self) -> int:
        return self.synths_made

    def _parts(self, transcript: SynthTranscript) -> int:
        return len(transcript.records)

    def _names_a_secret(self, scenario: SynthScenario) -> bool:
        configs = (config for app in scenario.apps for config in app.configs)
        return scenario.deploys and any(one.credentials.kind == "secret" for one in configs)

    def _owns(self, clause: Clause) -> tuple[SynthScenario, ...]:
        own = self._own + own_stimuli(clause.id, self._own_apps.apps)
        return self.of_kind(own)

    def _search(self, clause: Clause) -> Found:
        check = BINDER_CHECKS[clause.id]
        blamed = self._blamed.get(clause.id, ())
        planned = (*self._owns(clause), *self._frozen(clause), *blamed)
        if self._settings.profile != "quick":
            planned += self._corners(clause)
        known = self._is_known(clause)
        found = search(
            check,
            dict.fromkeys(planned),
            self._drawn(clause),
            self.play,
            formats=("1.0",),
            effort=replace(self._effort, shrink=not known),
            playable=self._is_playable,
        )
        if self._isolated or found.hung:
            return found
        if found.violation is None and self._is_disturbed(check, found):
            self._isolate()
            return self._search(clause)
        if not isinstance(found.transcript, SynthTranscript) or known:
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
        transcript = self._play_alone(scenario)
        violation = _first_violation(check, transcript)
        return None if violation is None else (violation, transcript)

    def _play_alone(self, scenario: SynthScenario) -> SynthTranscript:
        if scenario not in self._alone_already:
            self._driver.isolate(True)
            try:
                self._alone_already[scenario] = self._runner.play(scenario)
            finally:
                self._driver.isolate(False)
        return self._alone_already[scenario]

    def _is_disturbed(self, check: BinderCheck, found: Found) -> bool:
        """Whether what stands in the way of judging is gone in processes of their own.

        A binder that remembers an app refuses the next one, say: no clause is violated by that.
        """
        for clause, scenario in found.blocked_in.items():
            if not isinstance(scenario, SynthScenario):
                continue
            alone = self._play_alone(scenario)
            if clause not in {one.by for one in check(alone) if isinstance(one, Blocked)}:
                return True
        return False

    def _runs_again(self, check: BinderCheck, scenario: SynthScenario) -> bool:
        """Whether the violation comes back in processes that have synthesized something before.

        That is a plain app, and then this one itself: what is left may concern its names alone.
        """
        self._driver.renew()
        self._runner.play(self._plain)
        return any(_first_violation(check, self._runner.play(scenario)) for _ in range(2))

    def _isolate(self) -> None:
        """Gives each synth a process of its own from here on."""
        self._isolated = True
        self._driver.isolate(True)
        self._transcripts.clear()

    def _is_playable(self, scenario: SynthScenario) -> bool:
        """Whether the binder's apps can have what is in this one, and it can be deployed here."""
        if self._no_secrets and self._names_a_secret(scenario):
            return False
        return not self._unknown(scenario)

    def _unknown(self, scenario: SynthScenario) -> set[str]:
        """What is in a scenario that the binder does not say of its apps that they can have."""
        facts = self.facts
        return needs(scenario) - facts.features - facts.constructs - facts.datastores

    def _can_have_all(self, clause: Clause) -> bool:
        """Whether the binder's apps can have all that puts a clause to the test."""
        return all(map(self._is_playable, self._corners(clause)))

    def _frozen(self, clause: Clause) -> tuple[SynthScenario, ...]:
        """What ``quick`` plays."""
        store = self._store
        own = {} if store is None else BINDER_SUITE[clause.id].resources(store)
        return (*own.values(), *self.of_kind(corpus.frozen_synths(clause.id)))

    def _corners(self, clause: Clause) -> tuple[SynthScenario, ...]:
        return self.of_kind(BINDER_SUITE[clause.id].corners().values())

    def _drawn(self, clause: Clause) -> Stimulus:
        if self._store is None:
            return DRAWN[clause.id]
        return _drawn_of_kind(BINDER_SUITE[clause.id], self._store)

    def of_kind(self, scenarios: Iterable[SynthScenario]) -> tuple[SynthScenario, ...]:
        """Scenarios about tables, with resources of the provider's own kind where it has one."""
        store = self._store
        return tuple(one if store is None else of_kind(one, store) for one in scenarios)

    @property
    def _plain(self) -> SynthScenario:
        return self.of_kind((PLAIN,))[0]

    def _start(self) -> None:
        provider = self._provider
        if provider.binder is None:
            raise UsageError("no binder is configured: set binder in chaim.toml or --chaim-binder")
        if provider.datastore_schema is not None:
            self._store = read_datastore(provider.datastore_schema)
        self._prepare()
        self._own_apps = own_apps(provider)
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
        self.facts = self._facts(provider.binder)
        self._runner = SynthRunner(
            driver=self._driver,
            server=server,
            provider=provider,
            settings=self._settings,
            enclosure=enclosure,
            datastore=self._store,
        )
        self._cleanup.callback(self._runner.close)
        self._require_that_it_synthesizes(provider.binder)
        self._of_own_apps = (*self._own_apps.notes, *self._unjudged())
        if not self._isolated:
            self._driver.expect(
                (synth, synth_calls.environment(server, synth)) for synth in self._to_come()
            )

    def _facts(self, named: str) -> BinderFacts:
        """What the binder says of itself; that it is about DynamoDB, where nobody says otherwise.

        No app of another kind has a table. Raises :class:`ProviderNotStartable` where the binder
        does not know the kind.
        """
        facts, kind = self._driver.facts, DYNAMODB if self._store is None else self._store.type
        if kind in facts.datastores:
            if kind == DYNAMODB:
                return replace(facts, capabilities=facts.capabilities | {DYNAMODB})
            return replace(facts, constructs=frozenset(), datastores=frozenset({kind}))
        known = ", ".join(sorted(facts.datastores))
        if self._store is None:
            said, remedy = "no other was named", f"set datastore_schema, the JSON Schema of {known}"
        else:
            said = f"{self._provider.datastore_schema} is of {kind}"
            remedy = "a binder says which kinds it knows: see docs/binders.md"
        raise ProviderNotStartable(
            f"{named}: its apps can have resources of {known}, and {said}; {remedy}"
        )

    def _require_that_it_synthesizes(self, named: str) -> None:
        """Raises :class:`ProviderNotStartable` where it does not even bind a plain app."""
        plain = f"{named}: a plain app (one table, one entity) could not be synthesized"
        try:
            transcript = self.play(self._plain)
        except HarnessError as error:
            raise ProviderNotStartable(f"{plain}: {error}") from error
        (record,) = transcript.records
        if record.outcome != "synthesized":
            said = record.refusal.message if record.refusal else record.log.strip()[-2000:]
            said = Redactor.of(transcript)(said)
            ended = {"timed-out": "did not end"}.get(record.outcome, record.outcome)
            raise ProviderNotStartable(printable(f"{plain}: it {ended}:\n{said}"))

    def _unjudged(self) -> Iterator[str]:
        """Which of the author's own tables tell nothing, and why.

        Those that cannot be built, whoever binds them, are not played again. Raises
        :class:`UsageError` where the binder's apps can have none of them.
        """
        unasked, unbuilt = [], set()
        for app in self._own_apps.apps:
            (scenario,) = self.of_kind(once(app))
            tables = (table for stack in app.stacks for table in stack.tables)
            names = ", ".join(table.name or table.id for table in tables)
            if lacking := self._unknown(scenario):
                unasked.append(
                    f"not judged: {names}: the binder does not say that it takes"
                    f" {', '.join(sorted(lacking))}"
                )
                continue
            try:
                (record,) = self.play(scenario).records
            except AppNotBuildable as error:
                unbuilt.add(app)
                unasked.append(printable(f"not judged: {names}: {error}"))
                continue
            if record.refusal is not None and may_refuse(app):
                said = Redactor.of(self.play(scenario))(record.refusal.message)
                yield printable(f"not judged: {names}: refused, as it may be: {said}")
        if unasked and len(unasked) == len(self._own_apps.apps):
            raise UsageError("\n".join(unasked))
        left = tuple(app for app in self._own_apps.apps if app not in unbuilt)
        self._own_apps = replace(self._own_apps, apps=left)
        yield from unasked

    def _to_come(self) -> dict[Synth, None]:
        """What surrounds the synths that are planned."""
        return {
            replace(synth, app=0): None
            for clause in self._clauses
            if clause.id in BINDER_CHECKS and not self._idle(clause)
            for scenario in filter(self._is_playable, (*self._owns(clause), *self._frozen(clause)))
            for synth in scenario.synths
        }


def _first_violation(check: BinderCheck, transcript: SynthTranscript) -> Violation | None:
    return next((one for one in check(transcript) if isinstance(one, Violation)), None)
