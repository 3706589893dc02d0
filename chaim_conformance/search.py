"""Looks for a violation of one clause: planned scenarios, then drawn ones; shrinks it."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any, Protocol

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from chaim_conformance.errors import HarnessError
from chaim_conformance.scenario import Attempt, Operation, Scenario
from chaim_conformance.strategies.bundles import Format
from chaim_conformance.suite import Draws, Source
from chaim_conformance.synth_scenario import SynthScenario
from chaim_conformance.synth_simpler import simpler_synths
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript
from chaim_conformance.transcript import Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

# A handler's scenarios and transcripts, or a binder's: a search is one or the other throughout.
Check = Callable[[Any], Iterator[Finding]]
Play = Callable[[Any], Any]
# Of each kind of trouble, however many kinds there are: the simplest one, and one by chance.
LEAST_DRAWS = 2
# As many things happen in a story, at most.
STORY_STEPS = 8


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How far a search goes: drawn scenarios, their seed, and seconds for drawing and shrinking.

    ``odd`` is how many scenarios are drawn that no real platform would ask for.
    """

    examples: int
    seed: int
    seconds: float
    odd: int = 0
    shrink: bool = True


@dataclass(kw_only=True)
class Found:
    """What a search has seen so far, and the violation, once there is one.

    ``hung`` says that an attempt never ended, so that to go on would cost too much; ``odd`` that
    only an odd scenario showed the violation; ``unstable`` that it did not come back.
    ``blocked_in`` has the first scenario in which each clause blocked this one.
    """

    scenarios: int = 0
    upheld: int = 0
    hung: bool = False
    odd: bool = False
    unstable: bool = False
    blocked_by: Counter[str] = field(default_factory=Counter)
    blocked_in: dict[str, Scenario | SynthScenario] = field(default_factory=dict)
    violation: Violation | None = None
    transcript: Transcript | SynthTranscript | None = None

    def take(self, check: Check, transcript: Transcript | SynthTranscript) -> Violation | None:
        """Judges one transcript and counts what comes of it."""
        self.scenarios += 1
        violation = None
        for finding in check(transcript):
            match finding:
                case Upheld():
                    self.upheld += 1
                case Blocked(by=clause):
                    self.blocked_by[clause] += 1
                    self.blocked_in.setdefault(clause, transcript.scenario)
                case Violation():
                    violation = violation or finding
        if violation is not None:
            self.violation, self.transcript = violation, transcript
        self.hung |= transcript.hung
        return violation

    @property
    def silent(self) -> bool:
        """Whether nothing that was played put the clause to the test."""
        return not (self.upheld or self.blocked_by or self.violation or self.hung)

    @property
    def hopeless(self) -> bool:
        """Whether more of the same would tell nothing: an attempt hung, or nothing was judged."""
        return self.hung or not self.upheld


class Drawable(Protocol):
    """What a search needs to know of a stimulus; ``suite.Stimulus`` says what the fields are."""

    @property
    def drawn(self) -> Draws:
        """Sources by format."""

    @property
    def odd(self) -> Draws | None:
        """The same of what no real platform produces."""

    @property
    def cost(self) -> int:
        """What the number of draws is divided by."""


def search(
    check: Check,
    planned: Iterable[Any],
    stimulus: Drawable,
    play: Play,
    *,
    formats: tuple[Format, ...],
    effort: Effort,
    playable: Callable[[Any], bool] = lambda _: True,
) -> Found:
    """Plays until the clause is violated, the effort is spent, or there is no hope of more.

    What is ``planned`` is played whole; then come draws of the stimulus. What is not ``playable``
    is left out.
    """
    found = Found()
    ends = time.monotonic() + effort.seconds
    for scenario in filter(playable, planned):
        if found.take(check, play(scenario)):
            return _simplified(found, check, play, ends) if effort.shrink else found
        if found.hung:
            return found
    draws = [(stimulus.drawn, effort.examples // stimulus.cost)]
    if stimulus.odd is not None:
        draws.append((stimulus.odd, effort.odd))
    for strategy, examples in draws:
        for scenario in filter(playable, drawn(strategy, formats, examples, effort.seed)):
            if found.hopeless or time.monotonic() > ends:
                return found
            if found.take(check, play(scenario)):
                found.odd = strategy is stimulus.odd
                if effort.shrink:
                    again = partial(_draw_again, strategy, formats, examples, effort.seed, scenario)
                    _shrink(found, check, play, again, ends)
                    _simplified(found, check, play, ends)
                return found
    return found


def _settings(examples: int) -> settings:
    """Every field that a profile of the surroundings (CI has one) would set otherwise."""
    return settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        print_blob=False,
        report_multiple_bugs=False,
        stateful_step_count=STORY_STEPS,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )


@lru_cache(maxsize=64)
def drawn(strategy: Draws, formats: tuple[Format, ...], examples: int, at: int) -> tuple[Any, ...]:
    """The scenarios that this seed draws; clauses with one strategy share them."""
    each = (_of_stratum(one, at) for one in _strata(strategy, formats, examples))
    return tuple(dict.fromkeys(scenario for scenarios in each for scenario in scenarios))


@dataclass(frozen=True)
class _Stratum:
    """One of the sources that are drawn from, its place, and how often it is."""

    source: Source
    place: int
    examples: int


def _strata(draws: Draws, formats: tuple[Format, ...], examples: int) -> Iterator[_Stratum]:
    sources = draws(formats)
    for place, source in enumerate(sources if examples else ()):
        if isinstance(source, st.SearchStrategy):
            yield _Stratum(source, place, max(LEAST_DRAWS, examples // len(sources)))
        else:  # whatever is drawn beside them, so that clauses share stories
            yield _Stratum(source, 0, max(LEAST_DRAWS, examples // 2))


@lru_cache(maxsize=64)
def _of_stratum(stratum: _Stratum, at: int) -> tuple[Any, ...]:
    scenarios: dict[Any, None] = {}

    def collect(scenario: Any) -> None:
        scenarios[scenario] = None

    _run(stratum, at, collect)
    return tuple(scenarios)


def _run(stratum: _Stratum, at: int, test: Callable[[Any], None]) -> None:
    """Hands scenarios of this seed to a test, and shrinks one that it raises for."""
    number = at * 1000 + stratum.place
    if isinstance(stratum.source, st.SearchStrategy):
        settled = _settings(stratum.examples)(given(stratum.source)(test))
        seed(number)(settled)()
    else:
        machine = seed(number)(stratum.source(test))
        run_state_machine_as_test(machine, settings=_settings(stratum.examples))


def _draw_again(
    draws: Draws,
    formats: tuple[Format, ...],
    examples: int,
    at: int,
    scenario: Any,
    test: Callable[[Any], None],
) -> None:
    """Hands the scenarios of the stratum that drew this one to a test."""
    for stratum in _strata(draws, formats, examples):
        if scenario in _of_stratum(stratum, at):
            return _run(stratum, at, test)
    return None


class _Violated(Exception):
    """Tells Hypothesis that a scenario violates the clause."""


def _shrink(
    found: Found,
    check: Check,
    play: Play,
    draw_again: Callable[[Callable[[Any], None]], None],
    ends: float,
) -> None:
    """Has Hypothesis draw the same again, and shrink the scenario that fails."""
    if found.hung:
        return
    judged: dict[Any, bool] = {}

    def violates(scenario: Any) -> bool:
        if scenario not in judged:
            late = time.monotonic() > ends
            judged[scenario] = not late and _still(found, check, play(scenario))
        return judged[scenario]

    def attempt(scenario: Any) -> None:
        if violates(scenario):
            raise _Violated

    original = found.violation, found.transcript
    try:
        draw_again(attempt)
    except (_Violated, Flaky):
        return
    found.violation, found.transcript = original


def _still(found: Found, check: Check, transcript: Transcript | SynthTranscript) -> bool:
    """Whether the clause is still violated, and what explains it has not been left out."""
    before = found.violation, found.transcript
    violation = found.take(check, transcript)
    if violation is None:
        return False
    if before[0] is not None and not _is_the_same(before[0], violation):
        found.violation, found.transcript = before
        return False
    return True


def _is_the_same(before: Violation, after: Violation) -> bool:
    """Whether a violation is still the one that was found, as far as can be told.

    It is not where its synth ended otherwise: what is left may be an app that nobody can make.
    """
    return _cause(before) in ("", _cause(after)) and _ending(before) == _ending(after)


def _ending(violation: Violation) -> str:
    where = violation.where
    return where.outcome if isinstance(where, SynthRecord) else ""


def _cause(violation: Violation) -> str:
    """The hint, whatever sizes it names."""
    return re.sub(r"\d+", "#", violation.hint)


def _simplified(found: Found, check: Check, play: Play, ends: float) -> Found:
    """Leaves out operations, retries and faults for as long as the violation stays."""
    while not found.hung and found.transcript is not None:
        for candidate in _candidates(found.transcript.scenario):
            if time.monotonic() > ends:
                return found
            with suppress(HarnessError):  # what cannot be played is no simpler scenario
                if _still(found, check, play(candidate)):
                    break
        else:
            return found
    return found


def _candidates(scenario: Scenario | SynthScenario) -> Iterator[Scenario | SynthScenario]:
    return simpler(scenario) if isinstance(scenario, Scenario) else simpler_synths(scenario)


def simpler(scenario: Scenario) -> Iterator[Scenario]:
    """Scenarios with one thing less, the greatest omissions first."""
    operations = scenario.operations
    for index in reversed(range(len(operations))):
        if len(operations) > 1:
            yield replace(scenario, operations=operations[:index] + operations[index + 1 :])
    for index, operation in enumerate(operations):
        attempts = operation.attempts
        for number in reversed(range(len(attempts))):
            if len(attempts) > 1:
                fewer = attempts[:number] + attempts[number + 1 :]
                yield _with_attempts(scenario, index, fewer)
        for number, attempt in enumerate(attempts):
            if attempt != Attempt():
                plain = (*attempts[:number], Attempt(), *attempts[number + 1 :])
                yield _with_attempts(scenario, index, plain)
        for plainer in ({"sibling": ""}, {"aftermath": (Attempt(),)}, {"rotates": False}):
            if replace(operation, **plainer) != operation:
                yield _with_operation(scenario, index, replace(operation, **plainer))
    if scenario.security_token is not None:
        yield replace(scenario, security_token=None)


def _with_attempts(scenario: Scenario, index: int, attempts: tuple[Attempt, ...]) -> Scenario:
    return _with_operation(scenario, index, replace(scenario.operations[index], attempts=attempts))


def _with_operation(scenario: Scenario, index: int, operation: Operation) -> Scenario:
    operations = list(scenario.operations)
    operations[index] = operation
    return replace(scenario, operations=tuple(operations))
