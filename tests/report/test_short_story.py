"""A story in a line tells what struck, and ends with the attempt that is to blame."""

from __future__ import annotations

from dataclasses import replace

from chaim_conformance.examples import example
from chaim_conformance.report.short_story import short_story
from chaim_conformance.scenario import Attempt, Fault, Operation, Scenario
from chaim_conformance.strategies.stories import UNHEARD, WARM, about
from tests.checks.transcripts import bend, perfect

COLD = Attempt(start="cold")
BUNDLES = tuple(about(example("1.0", "STRICT"), name, 0) for name in ("Order", "Customer"))


def operation(kind: str, **more: object) -> Operation:
    return Operation(request_type=kind, **more)  # type: ignore[arg-type]


LIFE = Scenario(
    bundles=BUNDLES,
    operations=(
        operation("Create"),
        operation("Update", attempts=(UNHEARD, COLD)),
        operation("Delete", cause="cleanup"),
    ),
    stack=True,
)


def test_what_struck_is_told_and_what_did_not_is_not() -> None:
    t = perfect(LIFE)
    assert short_story(t) == "Create ✓ → Update ✓ → Update again (cold) ✓ → cleanup Delete ✓"
    lost = Fault(kind="lost")
    upload = replace(t.attempts[1].exchanges[1], fault=lost, status=None)
    exchanges = (t.attempts[1].exchanges[0], upload)
    t = bend(t, 1, lambda r: replace(r, exchanges=exchanges))
    told = "Create ✓ → Update, upload unheard → Update again (cold) ✓ → cleanup Delete"
    assert short_story(t, t.attempts[3]) == told
    assert short_story(t, t.attempts[1]) == "Create ✓ → Update, upload unheard"


def test_several_entities_have_their_names() -> None:
    operations = (operation("Create"), operation("Create", bundle=1, resource=1))
    t = perfect(replace(LIFE, operations=operations))
    assert short_story(t) == "Create Order ✓ → Create Customer ✓"


def test_what_is_wrong_with_a_bundle_is_told() -> None:
    spoilt = replace(BUNDLES[0], snapshot=None)
    operations = (operation("Create"), operation("Update", bundle=1, rotates=True))
    bundles = (BUNDLES[0], replace(BUNDLES[0], credentials="missing"))
    t = perfect(Scenario(bundles=bundles, operations=operations))
    told = "Create ✓ → Update, the secret rotated before, API_KEY and API_SECRET are unset"
    assert short_story(t) == told
    t = perfect(Scenario(bundles=(spoilt,), operations=(operation("Create", attempts=(WARM,)),)))
    assert short_story(t) == "Create, no snapshot.json"
