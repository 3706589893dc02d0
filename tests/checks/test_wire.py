"""What the wire does to an attempt: what is demanded then, what either way is fine, what fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chaim_conformance.examples import example
from chaim_conformance.scenario import OK, RESET, Attempt, Fault, FaultKind, Operation, Scenario
from chaim_conformance.strategies import adversity, faults, strangers
from chaim_conformance.strategies.faults import Trouble
from chaim_conformance.strategies.stories import AT_ONCE
from chaim_conformance.transcript import AttemptRecord, Exchange, Transcript
from chaim_conformance.verdict import Violation
from tests.checks.transcripts import (
    KEYS,
    bend,
    failing,
    failures,
    judged,
    life,
    perfect,
    resend,
    verdict,
)

MODES = ("STRICT", "BEST_EFFORT")
TROUBLED = 2  # the first attempt in trouble of a life that was healthy
FRESH = "33333333-3333-4333-8333-333333333333"

Ending = Callable[[AttemptRecord], AttemptRecord]


def unheard(record: AttemptRecord, mode: str, *exchanges: Exchange) -> AttemptRecord:
    """The attempt as an ingestion error ends, after these requests."""
    status = "FAILED" if mode == "STRICT" else "SUCCESS"
    return replace(failing(record, status=status), exchanges=exchanges)


def faulted(exchange: Exchange, fault: Fault) -> Exchange:
    return replace(exchange, fault=fault)


def single(trouble: Trouble, mode: str, end: Ending) -> Transcript:
    """A healthy life, then one Update in trouble that ends like this."""
    scenario = adversity.after_a_healthy_life(example("1.0", mode), trouble, kinds=("Update",))
    return bend(perfect(scenario), TROUBLED, end)


# Trouble that nothing overcomes


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "kind", ["reset-before", "reset-during", "reset", "lost", "garbage", "stall", "drip"]
)
def test_what_is_not_heard_is_an_ingestion_error(kind: FaultKind, mode: str) -> None:
    fault = Fault(kind=kind)

    def ends(record: AttemptRecord) -> AttemptRecord:
        whole = not kind.startswith("reset-")
        asked = replace(record.exchanges[0], status=None, whole=whole, upload_url=None)
        return unheard(record, mode, faulted(asked, fault))

    t = single(Trouble(presign=(fault,)), mode, ends)
    assert failures(t) == set()
    assert verdict("H34", t) == "pass"
    assert verdict("H51" if mode == "STRICT" else "H53", t) == "pass"
    claimed = perfect(t.scenario).attempts[TROUBLED]
    silent = bend(t, TROUBLED, lambda r: replace(claimed, exchanges=r.exchanges))
    assert failures(silent) == {"H51" if mode == "STRICT" else "H53"}


@pytest.mark.parametrize("kind", ["reset", "lost", "late", "garbage"])
def test_an_upload_of_which_nothing_good_was_heard(kind: FaultKind) -> None:
    fault = Fault(kind=kind)

    def ends(record: AttemptRecord) -> AttemptRecord:
        status = 403 if kind == "late" else None
        upload = faulted(replace(record.exchanges[1], status=status), fault)
        return unheard(record, "STRICT", record.exchanges[0], upload)

    t = single(Trouble(bucket=(fault,)), "STRICT", ends)
    assert failures(t) == set()
    succeeds = replace(t.attempts[TROUBLED].answer, status="SUCCESS")
    assert failures(bend(t, TROUBLED, lambda r: replace(r, answer=succeeds))) == {"H51"}


@pytest.mark.parametrize("fault", faults.CUT_SHORT, ids=str)
def test_half_a_presign_answer_is_a_malformed_one(fault: Fault) -> None:
    scenario = adversity.beside_a_refusal(
        example("1.0", "STRICT"), Trouble(presign=(fault,)), kinds=("Update",)
    )
    t = bend(perfect(scenario), 1, lambda r: failing(r, status="FAILED"))
    t = bend(t, 2, lambda r: unheard(r, "STRICT", faulted(r.exchanges[0], fault)))
    assert failures(t) == set()
    assert verdict("H55", t) == verdict("H56", t) == "pass"
    succeeds = replace(t.attempts[2].answer, status="SUCCESS")
    assert failures(bend(t, 2, lambda r: replace(r, answer=succeeds))) == {"H55"}


# Either way is fine


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "trouble", faults.EITHER_WAY, ids=lambda t: f"{[*map(str, t.presign)]}-{[*map(str, t.bucket)]}"
)
def test_who_published_and_who_did_not_are_both_right(trouble: Trouble, mode: str) -> None:
    def fails(record: AttemptRecord) -> AttemptRecord:
        return unheard(record, mode, record.exchanges[0])

    assert failures(single(trouble, mode, lambda record: record)) == set()
    assert failures(single(trouble, mode, fails)) == set()


@pytest.mark.parametrize("trouble", faults.EITHER_WAY[:4])
def test_but_best_effort_succeeds_always(trouble: Trouble) -> None:
    def raises(record: AttemptRecord) -> AttemptRecord:
        return failing(record, status="FAILED")

    assert failures(single(trouble, "BEST_EFFORT", raises)) == {"H50"}


def test_after_a_closed_connection_a_warm_attempt_may_fail() -> None:
    closed = Attempt(presign=(faults.CLOSED,))
    scenario = life(
        example("1.0", "STRICT"),
        operations=(
            Operation(request_type="Create", attempts=(closed, Attempt(), Attempt())),
            Operation(request_type="Update", attempts=(closed, Attempt(start="cold"))),
        ),
    )
    t = perfect(scenario)

    def ends(record: AttemptRecord) -> AttemptRecord:
        return unheard(record, "STRICT", record.exchanges[0])

    assert failures(bend(t, 1, ends)) == set()
    assert verdict("H40", bend(t, 1, ends)) == "pass"
    assert verdict("H40", bend(t, 4, ends)) == "blocked by H57"  # a cold one has no connection


# Retries within an attempt


def once(fault: Fault, *, nonce: str | None = FRESH) -> Transcript:
    """An Update whose presign is answered with a fault, and asked again."""
    attempts = (Attempt(presign=(fault, OK)), Attempt())
    scenario = life(
        example("1.0", "STRICT"),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Update", attempts=attempts),
        ),
    )

    def tries_again(record: AttemptRecord) -> AttemptRecord:
        first = record if nonce is None else resend(record, nonce=nonce)
        status = fault.status or None
        unanswered = replace(first.exchanges[0], status=status, upload_url=None, answer=b"")
        upload = replace(record.exchanges[1], upload_of=(1, 1))
        return replace(record, exchanges=(faulted(unanswered, fault), record.exchanges[0], upload))

    return bend(perfect(scenario), 1, tries_again)


@pytest.mark.parametrize("fault", [faults.LOST, RESET], ids=str)
def test_a_lost_presign_is_asked_for_again_with_another_nonce(fault: Fault) -> None:
    assert failures(once(fault)) == set()
    assert failures(once(fault, nonce=None)) == {"H23"}


@pytest.mark.parametrize("fault", faults.MOVED, ids=str)
def test_a_nonce_that_a_redirect_carries_along_is_not_used_again(fault: Fault) -> None:
    t = once(fault, nonce=None)
    moved = replace(t.attempts[1].exchanges[1], target="/moved/ingest/presign")
    first, _, upload = t.attempts[1].exchanges
    t = bend(t, 1, lambda r: replace(r, exchanges=(first, moved, upload)))
    assert failures(t) == set()


def test_a_redirected_post_may_come_as_a_get() -> None:
    fault = faults.MOVED[0]

    def ends(record: AttemptRecord) -> AttemptRecord:
        asked = faulted(replace(record.exchanges[0], status=301, upload_url=None), fault)
        got = replace(
            asked,
            endpoint="elsewhere",
            method="GET",
            target="/moved/ingest/presign",
            body=b"",
            status=405,
            fault=None,
        )
        return unheard(record, "STRICT", asked, got)

    assert failures(single(Trouble(presign=(fault, OK)), "STRICT", ends)) == set()


def test_an_upload_is_repeated_where_its_answer_was_doubtful() -> None:
    for kind, expected in (("truncated", set()), ("closed", {"H33"})):
        fault = Fault(kind=kind)  # type: ignore[arg-type]

        def twice(record: AttemptRecord, fault: Fault = fault) -> AttemptRecord:
            presign, upload = record.exchanges
            return replace(record, exchanges=(presign, faulted(upload, fault), upload))

        assert failures(single(Trouble(bucket=(fault, OK)), "STRICT", twice)) == expected


def test_a_url_of_an_attempt_before_has_expired_since() -> None:
    attempts = (Attempt(bucket=(faults.LATE,)), Attempt())
    operations = (
        Operation(request_type="Create"),
        Operation(request_type="Update", attempts=attempts),
    )
    t = perfect(life(example("1.0", "STRICT"), operations=operations))

    def refused(record: AttemptRecord, of: tuple[int, int]) -> AttemptRecord:
        upload = replace(record.exchanges[1], status=403, upload_of=of)
        return unheard(record, "STRICT", record.exchanges[0], upload)

    t = bend(t, 1, lambda r: refused(r, (1, 0)))
    assert failures(bend(t, 2, lambda r: refused(r, (1, 0)))) == {"H33"}
    assert failures(bend(t, 2, lambda r: refused(r, (2, 0)))) == {"H57"}


def test_an_upload_without_a_presign_of_its_own_is_told_as_what_it_is() -> None:
    """The snapshot was uploaded, whole: what is wrong is the URL, and nothing else is."""
    operations = (Operation(request_type="Create", attempts=(Attempt(), Attempt())),)
    t = perfect(life(example("1.0", "STRICT"), operations=operations))

    def unasked(record: AttemptRecord, of: tuple[int, int] | None) -> AttemptRecord:
        return replace(record, exchanges=(replace(record.exchanges[1], upload_of=of),))

    borrowed = bend(t, 1, lambda r: unasked(r, (0, 0)))
    assert failures(borrowed) == {"H33"}
    (violation,) = (one for one in judged("H33", borrowed) if isinstance(one, Violation))
    assert "presign in the attempt that uploads" in violation.hint.lower()
    assert {verdict(clause, borrowed) for clause in ("H31", "H32", "H40", "H43")} == {"pass"}
    assert verdict("H22", borrowed) == "blocked by H33"

    invented = bend(t, 1, lambda r: unasked(r, None))
    assert failures(invented) == {"H30"}
    assert verdict("H22", invented) == "blocked by H30"


# H56

CUT = Trouble(presign=(faults.CUT_SHORT[1],))
STALLED = Trouble(bucket=(Fault(kind="stall"),))


def timed_out(record: AttemptRecord) -> AttemptRecord:
    upload = faulted(replace(record.exchanges[1], status=None), STALLED.bucket[0])
    outcome = replace(record.outcome, kind="timed-out", payload=None)
    ended = replace(record, outcome=outcome, exchanges=(record.exchanges[0], upload))
    return replace(ended, answer=replace(record.answer, status="FAILED", data=None))


def never_settles(record: AttemptRecord) -> AttemptRecord:
    presign = faulted(record.exchanges[0], CUT.presign[0])
    outcome = replace(record.outcome, payload="null")
    answer = replace(record.answer, data=None)
    return replace(record, exchanges=(presign,), outcome=outcome, answer=answer, stdout="")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("trouble", "end"), [(STALLED, timed_out), (CUT, never_settles)])
def test_an_answer_that_does_not_come_in_time(trouble: Trouble, end: Ending, mode: str) -> None:
    t = single(trouble, mode, end)
    assert failures(t) == {"H56"}
    for clause in ("H50",) if mode == "BEST_EFFORT" else ("H51",) if trouble is STALLED else ():
        assert verdict(clause, t) == "blocked by H56"


def test_a_raw_handler_that_puts_no_answer() -> None:
    def silent(record: AttemptRecord) -> AttemptRecord:
        return replace(never_settles(record), answer=replace(record.answer, status=None, data=None))

    t = replace(single(CUT, "STRICT", silent), answer_style="response-url")
    assert verdict("H56", t) == "fail"
    assert verdict("H60", t) == "blocked by H56"


def test_a_handler_that_never_says_anything_is_not_late() -> None:
    t = single(CUT, "BEST_EFFORT", never_settles)
    for position in range(2):
        t = bend(t, position, lambda r: replace(r, answer=replace(r.answer, data=None)))
    assert verdict("H56", t) != "fail"


def test_hanging_of_its_own_accord_is_not_what_h56_is_about() -> None:
    t = single(Trouble(presign=(faults.UNAVAILABLE,)), "BEST_EFFORT", timed_out)
    t = bend(t, TROUBLED, lambda r: replace(r, exchanges=r.exchanges[:1]))
    assert failures(t) == {"H50"}
    assert verdict("H56", t) == "nothing"


# H73


def beside_an_impostor(mode: str) -> Transcript:
    """A publisher that verifies certificates."""
    t = perfect(strangers.beside_an_impostor(example("1.0", mode)))
    t = bend(t, 1, lambda r: unheard(r, mode))
    asked = t.attempts[2].exchanges[0]
    return bend(t, 2, lambda r: unheard(r, mode, faulted(asked, Fault(kind="untrusted-url"))))


@pytest.mark.parametrize("mode", MODES)
def test_who_verifies_certificates_passes(mode: str) -> None:
    t = beside_an_impostor(mode)
    assert failures(t) == set()
    assert verdict("H73", t) == "pass"
    assert verdict("H51" if mode == "STRICT" else "H53", t) == "pass"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("position", "which"), [(1, 0), (1, 1), (2, 1)])
def test_an_impostor_gets_a_request(mode: str, position: int, which: int) -> None:
    t = beside_an_impostor(mode)
    published = perfect(t.scenario).attempts[position]
    exchanges = list(published.exchanges)
    exchanges[which] = replace(exchanges[which], trusted=False)
    t = bend(t, position, lambda r: replace(published, exchanges=tuple(exchanges)))
    assert failures(t) == {"H73"}


def test_who_cannot_speak_https_verifies_nothing() -> None:
    t = bend(beside_an_impostor("STRICT"), 0, lambda r: unheard(r, "STRICT"))
    assert failures(t) == {"H54"}
    assert verdict("H73", t) == "blocked by H54"


# H74


def led_away(*strange: Exchange) -> Transcript:
    fault = faults.LED_AWAY[0]
    t = perfect(strangers.led_away(example("1.0", "STRICT"), fault))
    asked = faulted(
        replace(t.attempts[1].exchanges[0], status=302, upload_url=None, answer=b""), fault
    )
    t = bend(t, 1, lambda r: unheard(r, "STRICT", asked, *strange))
    presign, upload = t.attempts[2].exchanges
    sent = faulted(replace(upload, status=302), fault)
    return bend(t, 2, lambda r: unheard(r, "STRICT", presign, sent))


def stranger(**changes: object) -> Exchange:
    request = Exchange(
        endpoint="stranger",
        method="GET",
        target="/ingest/presign",
        headers=(("Host", "localhost:9"),),
        body=b"",
        received_at=0.0,
        status=404,
        answer=b"",
    )
    return replace(request, **changes)  # type: ignore[arg-type]


def test_a_redirect_that_is_not_followed_and_one_that_is_followed_bare() -> None:
    for t in (led_away(), led_away(stranger())):
        assert failures(t) == set()
        assert verdict("H74", t) == "pass"


@pytest.mark.parametrize(
    "leak",
    [
        {"headers": (("x-chaim-key", "any"),)},
        {"headers": (("X-Chaim-Signature", "00"),)},
        {"headers": (("authorization", "Bearer x"),)},
        {"headers": (("cookie", KEYS.api_key),)},
        {"target": f"/?key={KEYS.api_key}"},
        {"body": KEYS.api_secret.encode()},
    ],
    ids=lambda leak: str(next(iter(leak))),
)
def test_a_stranger_gets_a_credential(leak: dict[str, object]) -> None:
    assert failures(led_away(stranger(**leak))) == {"H74"}


def test_where_nothing_happens_nothing_is_shown() -> None:
    healthy = Scenario(
        bundles=(example("1.0", "STRICT"),), operations=(Operation(request_type="Create"),)
    )
    t = perfect(healthy)
    assert {verdict(clause, t) for clause in ("H56", "H73", "H74")} == {"nothing"}


def test_who_was_held_for_long_may_have_lost_patience() -> None:
    operations = (
        Operation(request_type="Create"),
        Operation(request_type="Update", attempts=AT_ONCE),
    )
    t = perfect(life(example("1.0", "STRICT"), operations=operations))

    def gives_up(seconds: float) -> Transcript:
        def ends(record: AttemptRecord) -> AttemptRecord:
            one, other = record.exchanges[0], resend(record, nonce=FRESH).exchanges[0]
            outcome = replace(record.outcome, seconds=seconds)
            asked = faulted(one, AT_ONCE[0].presign[0]), other
            return replace(unheard(record, "STRICT", *asked), outcome=outcome)

        return bend(t, 1, ends)

    assert failures(t) == set()
    assert failures(gives_up(30.0)) == set()
    assert "H54" in failures(gives_up(0.5))
