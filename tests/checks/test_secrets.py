"""H80, H82 and H90 on hand-made transcripts: named secrets, useless ones, large snapshots."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaim_conformance.examples import example
from chaim_conformance.scenario import Scenario
from chaim_conformance.strategies import adversity, secrets
from chaim_conformance.strategies.faults import BAD_SECRETS
from chaim_conformance.transcript import AttemptRecord, Credentials, Transcript
from chaim_conformance.verdict import Violation
from tests.checks.transcripts import (
    KEYS,
    bend,
    failing,
    failures,
    judged,
    perfect,
    presign_exchange,
    presign_fields_of,
    rotated,
    told,
    verdict,
)

BESIDE = Credentials(api_key="ck-zzzzyyyyxxxxwwww", api_secret="cs-wwwwxxxxyyyyzzzz")
NAMED, ROTATED, ROTATED_COLD, BOTH = range(1, 5)
LIFE = secrets.rotated_secret(example("1.0", "STRICT"))
MODES = pytest.mark.parametrize("mode", ["STRICT", "BEST_EFFORT"])


def played() -> Transcript:
    return replace(perfect(LIFE), beside=BESIDE)


def with_key(keys: Credentials):
    def change(record: AttemptRecord) -> AttemptRecord:
        presign = presign_exchange(presign_fields_of(record), keys=keys)
        return replace(record, exchanges=(presign, *record.exchanges[1:]))

    return change


def hint(clause: str, t: Transcript) -> str:
    return next(one.hint for one in judged(clause, t) if isinstance(one, Violation))


def test_the_secrets_own_credentials_pass() -> None:
    assert verdict("H80", played()) == "pass"
    assert failures(played()) == set()


@pytest.mark.parametrize(
    ("position", "keys", "why"),
    [
        (BOTH, BESIDE, "the secret wins"),
        (ROTATED, KEYS, "before the rotation"),
        (ROTATED_COLD, rotated(1), "before the rotation"),
        (NAMED, replace(KEYS, api_key=KEYS.api_secret), "swapped"),
        (NAMED, replace(KEYS, api_key="another"), ""),
    ],
)
def test_another_key(position: int, keys: Credentials, why: str) -> None:
    t = bend(played(), position, with_key(keys))
    assert "H80" in failures(t)
    assert failures(t) <= {"H80", "H71"}
    assert why in hint("H80", t)
    assert verdict("H22", t) == "blocked by H80"


def test_a_secret_that_was_not_asked_for() -> None:
    def without(record: AttemptRecord) -> AttemptRecord:
        return replace(failing(record, status="FAILED"), exchanges=())

    t = bend(played(), NAMED, without)
    assert failures(t) == {"H80"}
    assert "was not asked" in hint("H80", t)


def test_who_never_publishes_is_no_matter_of_secrets() -> None:
    t = played()
    for position in range(5):
        t = bend(t, position, lambda r: replace(failing(r, status="FAILED"), exchanges=()))
    assert verdict("H80", t) == "blocked by H54"


def ending_in_error(scenario: Scenario, mode: str) -> Transcript:
    status = "FAILED" if mode == "STRICT" else "SUCCESS"
    t = bend(perfect(scenario), 2, lambda r: failing(r, status=status))
    for position in range(3, len(t.attempts)):
        t = bend(t, position, lambda r: replace(failing(r, status=status), exchanges=()))
    return t


@MODES
@pytest.mark.parametrize("position", range(3, 3 + len(BAD_SECRETS)), ids=BAD_SECRETS)
def test_useless_secrets(mode: str, position: int) -> None:
    scenario = secrets.bad_secrets(example("1.0", mode))
    t = ending_in_error(scenario, mode)
    assert verdict("H82", t) == "pass"
    assert failures(t) == set()
    as_if_well = perfect(scenario).attempts[position]
    ignored = replace(told(as_if_well, IngestStatus="SUCCESS"), exchanges=())
    assert failures(bend(t, position, lambda _: ignored)) == {"H82"}
    assert failures(bend(t, position, lambda _: as_if_well)) == {"H82"}
    raised = replace(
        t.attempts[position], answer=replace(t.attempts[position].answer, status="FAILED")
    )
    if mode == "BEST_EFFORT":
        assert failures(bend(t, position, lambda _: raised)) == {"H50"}


@MODES
def test_secrets_withheld(mode: str) -> None:
    scenario = secrets.secrets_manager_in_trouble(example("1.0", mode))
    status, other = ("FAILED", "SUCCESS") if mode == "STRICT" else ("SUCCESS", "FAILED")
    t = perfect(scenario)
    for position in range(2, 5):
        t = bend(t, position, lambda r: replace(failing(r, status=status), exchanges=()))
    assert failures(t) == set()
    t = bend(t, 3, lambda r: replace(r, answer=replace(r.answer, status=other)))
    assert failures(t) == {"H51" if mode == "STRICT" else "H50"}


GROWN = adversity.grown(example("1.0", "STRICT"))
SMALL = Scenario(
    bundles=(GROWN.bundles[0], replace(GROWN.bundles[1], grown_to=50_000)),
    operations=GROWN.operations,
)


def test_large_snapshots() -> None:
    t = perfect(SMALL)
    assert len(t.attempts[2].uploads[0].body) == 50_000
    assert verdict("H90", t) == "pass"

    def refused(record: AttemptRecord) -> AttemptRecord:
        return replace(failing(record, status="FAILED"), exchanges=())

    assert verdict("H90", bend(t, 2, refused)) == "fail"
    assert verdict("H90", bend(bend(t, 0, refused), 2, refused)) == "blocked by H54"

    def cut(record: AttemptRecord) -> AttemptRecord:
        presign, upload = record.exchanges
        return replace(record, exchanges=(presign, replace(upload, body=upload.body[:40_000])))

    assert verdict("H90", bend(t, 2, cut)) == "fail"
    assert verdict("H90", bend(t, 3, refused)) == "fail"


def test_a_snapshot_is_grown_to_the_byte() -> None:
    small = example("1.0", "STRICT")
    for size in (5_000, 5_001, 1_000_000):
        text = replace(small, grown_to=size).text
        assert text is not None
        assert len(text.encode()) == size
    with pytest.raises(ValueError, match="no room"):
        _ = replace(small, grown_to=100).text
