"""The conformance suite: for each clause the stimuli that put it to the test.

A :class:`Stimulus` has *corners*, a few scenarios with a reason each, which every profile plays
first and which are the same for everybody; and a strategy, for what nobody thought of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from hypothesis import strategies as st

from chaim_conformance.scenario import OK, RESET, Attempt, Bundle, Operation, Scenario
from chaim_conformance.strategies import faults, lives
from chaim_conformance.strategies.bundles import SNAPSHOT_OF, Format, as_text, without_action
from chaim_conformance.strategies.faults import BUNDLE_TROUBLES, Trouble
from chaim_conformance.strategies.pools import OBJECT_KEYS, SECURITY_TOKENS

Formats = tuple[Format, ...]


@dataclass(frozen=True, kw_only=True)
class Stimulus:
    """What is played for a clause, for a provider that knows these snapshot formats."""

    corners: Callable[[Formats], tuple[Scenario, ...]]
    drawn: Callable[[Formats], st.SearchStrategy[Scenario]]


SCHEMA = {
    "schemaVersion": 1.0,
    "entityName": "Payment",
    "description": "canary000001 caf\u00e9, cafe\u0301, \u65e5\u672c\u8a9e \U0001f9be",
    "primaryKey": {"partitionKey": "id"},
    "fields": [
        {"name": "id", "type": "string", "required": True},
        {"name": "canary000002Amount", "type": "number", "default": 0.1},
        {"name": "canary000003Note", "type": "string", "default": "canary000004  edges "},
    ],
}
SECOND_SCHEMA = {**SCHEMA, "description": "canary000005 a second version"}
LARGE_SCHEMA = {
    **SCHEMA,
    "fields": [
        *SCHEMA["fields"],  # type: ignore[misc]
        *({"name": f"canary{n:06d}Field", "type": "string"} for n in range(100000, 100300)),
    ],
}
WARM, COLD = Attempt(), Attempt(start="cold")


def example(
    form: Format, mode: str | None, *, schema: object = SCHEMA, app_id: str = "caf\u00e9-app"
) -> Bundle:
    """A small bundle with what tells: non-ASCII text in two forms, edge white space, a fraction."""
    document = SNAPSHOT_OF[form](schema, app_id=app_id, captured_at="2026-01-15T14:30:00Z")  # type: ignore[arg-type]
    extra = {"empty": "", "fraction": 1.5, "small": 1e-7, "whole": 2**53 - 1, "nothing": None}
    return Bundle(
        snapshot=as_text({**document, "x-extra": extra, "_private": "note"}, indent=2),
        app_id=app_id,
        failure_mode=mode,
    )


def _healthy(formats: Formats) -> tuple[Scenario, ...]:
    """Each format under each mode: Create, Update, rollback, Delete, retried warm and cold."""
    return tuple(
        Scenario(
            bundles=(example(form, mode), example(form, mode, schema=SECOND_SCHEMA)),
            operations=(
                Operation(request_type="Create", attempts=(WARM, WARM, COLD)),
                Operation(request_type="Update", bundle=1, attempts=(WARM, COLD)),
                Operation(request_type="Update", bundle=0),
                Operation(request_type="Delete", bundle=0, attempts=(WARM, COLD)),
            ),
        )
        for form in formats
        for mode in ("STRICT", "BEST_EFFORT")
    )


def _large(formats: Formats) -> tuple[Scenario, ...]:
    """A schema of three hundred fields."""
    return tuple(
        Scenario(
            bundles=(example(form, "STRICT", schema=LARGE_SCHEMA),),
            operations=(Operation(request_type="Create"),),
        )
        for form in formats
    )


def _retried(formats: Formats) -> tuple[Scenario, ...]:
    """Each kind of request fails, at presign or at the bucket, once or always; then it is well."""
    failing = (
        (Attempt(presign=(faults.UNAVAILABLE,)), COLD),
        (Attempt(presign=(RESET,)), WARM),
        (Attempt(bucket=(faults.SLOW_DOWN,)), WARM, COLD),
        (Attempt(bucket=(RESET,)), COLD, WARM),
        (Attempt(presign=(faults.UNAVAILABLE, OK)), WARM),
        (Attempt(bucket=(faults.ACCESS_DENIED, OK)), COLD),
    )
    kinds = (
        (Operation(request_type="Update"),),
        (Operation(request_type="Delete"),),
        (Operation(request_type="Delete"), Operation(request_type="Create")),
    )
    return tuple(
        Scenario(
            bundles=(example(formats[0], mode),),
            operations=(
                Operation(request_type="Create"),
                *operations[:-1],
                replace(operations[-1], attempts=attempts),
            ),
        )
        for operations in kinds
        for attempts, mode in zip(failing, ("STRICT", "BEST_EFFORT") * 3, strict=True)
    )


def _legacy(formats: Formats) -> tuple[Scenario, ...]:
    return tuple(
        Scenario(
            bundles=(example("1.0", mode), without_action(example("1.0", mode))),
            operations=(
                Operation(request_type="Create"),
                Operation(request_type="Delete"),
                Operation(request_type="Create", bundle=1),
                Operation(request_type="Update", bundle=1, attempts=(WARM, COLD)),
                Operation(request_type="Delete", bundle=1),
            ),
        )
        for mode in ("STRICT", "BEST_EFFORT")
        if "1.0" in formats
    )


def _telling_urls(formats: Formats) -> tuple[Scenario, ...]:
    return tuple(
        Scenario(
            bundles=(example(formats[0], "STRICT"),),
            operations=(Operation(request_type="Create"), Operation(request_type="Delete")),
            object_key=key,
            security_token=token,
        )
        for key, token in (
            *((key, None) for key in OBJECT_KEYS),
            *((OBJECT_KEYS[0], token) for token in SECURITY_TOKENS),
        )
    )


def _base_urls(formats: Formats) -> tuple[Scenario, ...]:
    plain = example(formats[0], "STRICT")
    shapes = (
        plain,
        replace(plain, base_url="trailing-slash"),
        replace(plain, base_url="path-prefix"),
    )
    return (
        Scenario(
            bundles=shapes,
            operations=(
                Operation(request_type="Create"),
                Operation(request_type="Update", bundle=1),
                Operation(request_type="Delete", bundle=2),
            ),
        ),
    )


def _troubles(
    formats: Formats, *, troubles: tuple[Trouble, ...], mode: str
) -> tuple[Scenario, ...]:
    """Every trouble in an Update and a Delete, and in a Create."""
    bundle = example(formats[0], mode)
    return tuple(
        scenario
        for trouble in troubles
        for scenario in (
            lives.after_a_healthy_life(bundle, trouble),
            lives.created_in_trouble(bundle, trouble),
        )
    )


def _in_trouble(mode: str, troubles: tuple[Trouble, ...]) -> Stimulus:
    return Stimulus(
        corners=partial(_troubles, troubles=troubles, mode=mode),
        drawn=partial(lives.in_trouble, troubles=troubles, mode=mode),
    )


REFUSED_PRESIGNS = tuple(
    Trouble(presign=(fault,))
    for fault in (faults.REFUSAL_WITH_URL, *faults.PRESIGN_REFUSALS, RESET)
)
ANY_TROUBLE = (
    *faults.SERVICE_TROUBLES,
    *faults.MALFORMED,
    *BUNDLE_TROUBLES,
    *faults.CONFIGURATION_TROUBLES,
)
LOUD_TROUBLES = (*faults.SERVICE_TROUBLES, *BUNDLE_TROUBLES, *faults.CONFIGURATION_TROUBLES)


def _without_mode(formats: Formats) -> tuple[Scenario, ...]:
    bundle = example(formats[0], None)
    troubles = (faults.SERVICE_TROUBLES[0], faults.SERVICE_TROUBLES[-1], BUNDLE_TROUBLES[0])
    return tuple(lives.unset_failure_modes(bundle, trouble) for trouble in troubles)


def _malformed(formats: Formats) -> tuple[Scenario, ...]:
    return tuple(
        lives.malformed_beside_refused(example(formats[0], mode), trouble)
        for mode in ("STRICT", "BEST_EFFORT")
        for trouble in faults.MALFORMED
    )


HEALTHY = Stimulus(corners=_healthy, drawn=lives.healthy_lives)
HEALTHY_OR_LARGE = Stimulus(
    corners=lambda formats: _healthy(formats) + _large(formats), drawn=lives.healthy_lives
)
RETRIED = Stimulus(corners=_retried, drawn=lives.retried_operations)
HEALTHY_OR_RETRIED = Stimulus(
    corners=lambda formats: _healthy(formats) + _retried(formats),
    drawn=lambda formats: lives.healthy_lives(formats) | lives.retried_operations(formats),
)

SUITE: dict[str, Stimulus] = {
    "H01": HEALTHY,
    "H02": HEALTHY,
    "H03": HEALTHY_OR_RETRIED,
    "H04": HEALTHY_OR_RETRIED,
    "H05": HEALTHY,
    "H07": HEALTHY,
    "H10": HEALTHY_OR_LARGE,
    "H11": HEALTHY,
    "H12": HEALTHY,
    "H20": HEALTHY_OR_RETRIED,
    "H21": HEALTHY_OR_RETRIED,
    "H22": HEALTHY,
    "H23": HEALTHY_OR_RETRIED,
    "H24": HEALTHY,
    "H25": HEALTHY_OR_LARGE,
    "H26": Stimulus(corners=_base_urls, drawn=lives.base_urls),
    "H30": Stimulus(corners=_telling_urls, drawn=lives.uploads_to_telling_urls),
    "H31": HEALTHY_OR_LARGE,
    "H32": HEALTHY,
    "H33": HEALTHY_OR_RETRIED,
    "H34": Stimulus(
        corners=lambda formats: tuple(
            scenario
            for mode in ("STRICT", "BEST_EFFORT")
            for scenario in _troubles(formats, troubles=REFUSED_PRESIGNS[:4], mode=mode)
        ),
        drawn=partial(lives.in_trouble, troubles=REFUSED_PRESIGNS, mode="BEST_EFFORT"),
    ),
    "H40": HEALTHY_OR_LARGE,
    "H41": Stimulus(corners=_legacy, drawn=lives.legacy_lives),
    "H42": HEALTHY,
    "H43": HEALTHY_OR_LARGE,
    "H50": _in_trouble("BEST_EFFORT", ANY_TROUBLE),
    "H51": _in_trouble("STRICT", (*faults.SERVICE_TROUBLES, *BUNDLE_TROUBLES)),
    "H52": Stimulus(
        corners=_without_mode, drawn=partial(lives.without_failure_mode, troubles=LOUD_TROUBLES)
    ),
    "H53": _in_trouble("BEST_EFFORT", LOUD_TROUBLES),
    "H54": HEALTHY_OR_LARGE,
    "H55": Stimulus(corners=_malformed, drawn=lives.malformed_answers),
    "H57": RETRIED,
}
