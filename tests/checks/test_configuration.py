"""H81, H82, H91 and H92: credentials, limits, and values without meaning."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaim_conformance.examples import example
from chaim_conformance.scenario import Operation, Scenario
from chaim_conformance.strategies import adversity, faults
from chaim_conformance.transcript import AttemptRecord, Transcript
from tests.checks.transcripts import (
    KEYS,
    Bend,
    bend,
    failing,
    failures,
    life,
    perfect,
    told,
    verdict,
)

REFUSAL = 1
MODES = pytest.mark.parametrize("mode", ["STRICT", "BEST_EFFORT"])


def ending_in_error(scenario: Scenario, *positions: int, mode: str) -> Transcript:
    """The control is told as an error is, and so are attempts at these positions."""
    status = "FAILED" if mode == "STRICT" else "SUCCESS"
    t = bend(perfect(scenario), REFUSAL, lambda r: failing(r, status=status))
    for position in positions:
        t = bend(t, position, lambda r: replace(failing(r, status=status), exchanges=()))
    return t


def as_if_well(record: AttemptRecord) -> AttemptRecord:
    return replace(told(record, IngestStatus="SUCCESS"), exchanges=())


def headers(*pairs: tuple[str, str]) -> Bend:
    def change(record: AttemptRecord) -> AttemptRecord:
        first = record.exchanges[0]
        kept = tuple(p for p in first.headers if p[0] not in dict(pairs))
        return replace(
            record, exchanges=(replace(first, headers=(*pairs, *kept)), *record.exchanges[1:])
        )

    return change


@pytest.mark.parametrize("key", [KEYS.api_secret, KEYS.api_key.lower(), "another"])
def test_the_key_is_the_environments(key: str) -> None:
    scenario = life(example("1.0", "STRICT"), operations=(Operation(request_type="Create"),))
    assert verdict("H81", perfect(scenario)) == "pass"
    t = bend(perfect(scenario), 0, headers(("x-chaim-key", key)))
    assert failures(t) == {"H81"}
    assert verdict("H22", t) == "blocked by H81"


@MODES
@pytest.mark.parametrize("trouble", faults.CREDENTIALS_TROUBLES)
def test_bad_credentials(mode: str, trouble: faults.Trouble) -> None:
    scenario = adversity.beside_a_refusal(example("1.0", mode), trouble)
    t = ending_in_error(scenario, 2, 3, mode=mode)
    assert verdict("H82", t) == "pass"
    assert failures(t) == set()

    def ignored(record: AttemptRecord) -> AttemptRecord:
        return as_if_well(perfect(scenario).attempts[2])

    assert failures(bend(t, 2, ignored)) == {"H82"}

    def sent(record: AttemptRecord) -> AttemptRecord:
        return replace(record, exchanges=perfect(scenario).attempts[2].exchanges[:1])

    assert failures(bend(t, 2, sent)) == {"H82"}


def test_bad_credentials_prove_nothing_where_refusals_are_not_told() -> None:
    trouble = faults.CREDENTIALS_TROUBLES[0]
    scenario = adversity.beside_a_refusal(example("1.0", "STRICT"), trouble)
    t = ending_in_error(scenario, 2, 3, mode="STRICT")
    t = bend(t, REFUSAL, lambda r: replace(r, answer=replace(r.answer, status="SUCCESS")))
    assert verdict("H82", t) == "blocked by H51"


@MODES
def test_limit(mode: str) -> None:
    scenario = adversity.around_the_limit(example("1.0", mode))
    t = ending_in_error(scenario, 3, mode=mode)
    assert verdict("H91", t) == "pass"
    assert failures(t) == set()
    assert failures(ending_in_error(scenario, 2, 3, mode=mode)) == {"H91"}  # refuses at the limit
    assert failures(ending_in_error(scenario, mode=mode)) == {"H91"}  # publishes beyond it

    def told_of_no_error(record: AttemptRecord) -> AttemptRecord:
        return as_if_well(perfect(scenario).attempts[3])

    assert failures(bend(t, 3, told_of_no_error)) == {"H91"}


@pytest.mark.parametrize("odd", adversity.ODD_VALUES, ids=lambda odd: odd.value)
def test_odd_values(odd: adversity.OddValue) -> None:
    scenario = adversity.with_an_odd_value(odd.spoil(example("1.0", "BEST_EFFORT")))
    t = bend(perfect(scenario), 2, lambda r: failing(r, status="SUCCESS"))
    assert failures(t) == {"H92"}

    def always(t: Transcript, text: str) -> Transcript:
        for position, record in enumerate(t.attempts):
            said = replace(record, stderr=text)
            t = bend(t, position, lambda _, said=said: said)
        return t

    assert failures(always(t, "FAILURE_MODE BEST_EFFORT, strict: false, limit twelve? no")) == {
        "H92"
    }

    def logging(text: str) -> Bend:
        return lambda record: replace(record, stderr=text)

    assert verdict("H92", bend(t, 1, logging(f"what is {odd.value}?"))) == "pass"
    assert verdict("H92", bend(t, 2, logging(f"what is {odd.value}?"))) == "pass"
    assert failures(bend(t, 1, logging(f"un{odd.value}ly"))) == {"H92"}
    own = replace(t, names=(("FAILURE_MODE", "MODE"), ("CHAIM_MAX_SNAPSHOT_BYTES", "MODE")))
    assert verdict("H92", bend(own, 1, logging("MODE is none that I know"))) == "pass"


def test_a_mode_of_another_case_may_be_understood() -> None:
    strict = adversity.OddValue("failure_mode", "strict")
    scenario = adversity.with_an_odd_value(strict.spoil(example("1.0", None)))
    t = bend(perfect(scenario), 2, lambda r: failing(r, status="FAILED"))
    assert verdict("H92", t) == "pass"
