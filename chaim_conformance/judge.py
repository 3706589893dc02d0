"""Judges one provider's handler, clause by clause: preflight, search, verdict."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Literal

from chaim_conformance import confirmation, contract, corpus, decoys
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
from chaim_conformance.errors import UsageError
from chaim_conformance.half_judge import HalfJudge
from chaim_conformance.plane import Plane, PlaneServer
from chaim_conformance.preflight import ProviderFacts, lacks_https, preflight
from chaim_conformance.runner import Runner
from chaim_conformance.scenario import Scenario
from chaim_conformance.search import Found, search
from chaim_conformance.suite import SUITE
from chaim_conformance.transcript import Transcript
from chaim_conformance.verdict import Verdict

TRANSCRIPTS_KEPT = 1500
# A transcript with more bytes than this in requests, or in files that were left, is not kept.
MOST_KEPT = 1_000_000
MOST_LEFT_KEPT = 100_000


class Judge(HalfJudge[Scenario, Transcript]):
    """One provider's handler under judgement; servers belong to it, too.

    Entering runs the preflight.
    """

    checks = CHECKS
    transcripts_kept = TRANSCRIPTS_KEPT
    stimuli = Scenario
    facts: ProviderFacts

    def __init__(
        self, provider: ProviderConfig, settings: Settings, *, prepared: bool = False
    ) -> None:
        super().__init__(provider, settings, prepared=prepared)
        self._left_out = ""
        self._runner: Runner

    @property
    def runner(self) -> Runner:
        """What plays scenarios to the handler."""
        return self._runner

    @property
    def attempts_made(self) -> int:
        """Attempts delivered to the provider so far."""
        return self._runner.attempts_made

    def _verdict(self, clause: Clause, found: Found, *, attempts: int, seconds: float) -> Verdict:
        verdict = super()._verdict(clause, found, attempts=attempts, seconds=seconds)
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
        formats = self.facts.formats
        self._left_out = ""
        planned = (*self._own, *corpus.frozen(clause.id, formats))
        if self._settings.profile != "quick":
            planned += SUITE[clause.id].fixed(formats)
        if not self._spares_waiting(clause):
            planned += tuple(SUITE[clause.id].waiting(formats).values())
        known = self._is_known(clause)
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

    def _idle(self, clause: Clause) -> Verdict | None:
        if (idle := super()._idle(clause)) or SUITE[clause.id].fixed(self.facts.formats):
            return idle
        reason = f"says nothing about formats {', '.join(self.facts.formats)}"
        return Verdict(clause=clause.id, status="n/a", reason=reason)

    def _unplayed(self, clause: Clause, found: Found) -> Verdict | None:
        if not (self._left_out and self._is_untold(found, clause)):
            return None
        return Verdict(clause=clause.id, status="not run", reason=self._left_out)

    def _run(self, scenario: Scenario) -> Transcript:
        return self._runner.play(scenario)

    def _may_be_kept(self, transcript: Transcript) -> bool:
        sent = sum(len(e.body) for record in transcript.attempts for e in record.exchanges)
        left = sum(len(left.content) for left in transcript.left_behind)
        return sent <= MOST_KEPT and left <= MOST_LEFT_KEPT

    def _made(self) -> int:
        return self.attempts_made

    def _parts(self, transcript: Transcript) -> int:
        return len(transcript.attempts)

    def _names_a_secret(self, scenario: Scenario) -> bool:
        return scenario.names_a_secret

    def _start(self) -> None:
        provider = self._provider
        locator = provider.handler
        if locator is None:
            raise UsageError(
                "no handler is configured: set handler in chaim.toml or --chaim-handler"
            )
        self._prepare()
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
