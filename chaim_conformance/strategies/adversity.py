"""Whole scenarios with trouble that no retry overcomes, beside what shows that it is the trouble.

Each strategy takes ``formats``, the snapshot formats that the provider knows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Literal

from hypothesis import strategies as st

from chaim_conformance.scenario import (
    OBSERVED,
    OBSERVED_LESS_ONE,
    Attempt,
    Bundle,
    Operation,
    RequestType,
    Scenario,
)
from chaim_conformance.strategies.bundles import Format, as_text, bundles
from chaim_conformance.strategies.faults import FORBIDDEN, SERVICE_TROUBLES, Trouble

Formats = tuple[Format, ...]


def after_a_healthy_life(
    bundle: Bundle, trouble: Trouble, *, kinds: tuple[RequestType, ...] = ("Update", "Delete")
) -> Scenario:
    """A healthy Create and Update, then operations in trouble that no retry overcomes."""
    return Scenario(
        bundles=(bundle, trouble.spoil(bundle)),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Update"),
            *(
                Operation(request_type=kind, bundle=1, attempts=(trouble.attempt(),))
                for kind in kinds
            ),
        ),
    )


@st.composite
def troubled_lives(
    draw: st.DrawFn,
    formats: Formats = ("1.0", "3.0"),
    *,
    troubles: tuple[Trouble, ...] = SERVICE_TROUBLES,
    mode: str = "STRICT",
) -> Scenario:
    """A healthy life that runs into one of these troubles, in any kind of request.

    >>> from hypothesis import given
    >>> from chaim_conformance.strategies import troubled_lives
    >>> @given(troubled_lives(("1.0",), mode="BEST_EFFORT"))
    ... def test_my_runner(scenario):
    ...     assert not scenario.operations[-1].attempts[0].is_healthy
    >>> test_my_runner()
    """
    bundle = draw(bundles(formats=formats, failure_modes=(mode,)))
    choices: tuple[tuple[RequestType, ...], ...] = (("Update",), ("Delete",), ("Update", "Delete"))
    kinds = draw(st.sampled_from(choices))
    return after_a_healthy_life(bundle, draw(st.sampled_from(troubles)), kinds=kinds)


def created_in_trouble(bundle: Bundle, trouble: Trouble) -> Scenario:
    """A binding that was there, is gone, and is created anew in trouble."""
    return Scenario(
        bundles=(bundle, trouble.spoil(bundle)),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Delete"),
            Operation(request_type="Create", bundle=1, attempts=(trouble.attempt(),)),
        ),
    )


def unset_failure_modes(bundle: Bundle, trouble: Trouble) -> Scenario:
    """The same trouble under BEST_EFFORT, with no failure mode, and with an empty one (H52)."""
    spoilt = trouble.spoil(bundle)
    modes = ("BEST_EFFORT", None, "")
    return Scenario(
        bundles=tuple(replace(spoilt, failure_mode=mode) for mode in modes),
        operations=tuple(
            Operation(request_type=kind, bundle=index, attempts=(trouble.attempt(),))
            for index in range(len(modes))
            for kind in (("Create",) if index == 0 else ("Update",))
        ),
    )


@st.composite
def without_failure_mode(
    draw: st.DrawFn, formats: Formats = ("1.0", "3.0"), *, troubles: tuple[Trouble, ...]
) -> Scenario:
    """:func:`unset_failure_modes` with everything drawn."""
    return unset_failure_modes(draw(bundles(formats=formats)), draw(st.sampled_from(troubles)))


REFUSED = (Attempt(presign=(FORBIDDEN,)),)


def beside_a_refusal(
    bundle: Bundle, trouble: Trouble, *, kinds: tuple[RequestType, ...] = ("Update", "Delete")
) -> Scenario:
    """A plain refusal first, for comparison, then a trouble that has a clause of its own.

    That is a presign answer of status 2xx without an upload URL (H55), bad credentials (H82) or a
    limit (H91). Before a Create the binding is removed.
    """
    before = ("Delete",) if kinds[0] == "Create" else ()
    spoilt = trouble.spoil(bundle)
    return Scenario(
        bundles=(bundle,) if spoilt == bundle else (bundle, spoilt),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Update", attempts=REFUSED),
            *(Operation(request_type="Delete") for _ in before),
            *(
                Operation(
                    request_type=kind,
                    bundle=0 if spoilt == bundle else 1,
                    attempts=(trouble.attempt(),),
                )
                for kind in kinds
            ),
        ),
    )


@st.composite
def troubles_beside_a_refusal(
    draw: st.DrawFn, formats: Formats = ("1.0", "3.0"), *, troubles: tuple[Trouble, ...]
) -> Scenario:
    """:func:`beside_a_refusal` with everything drawn."""
    choices: tuple[tuple[RequestType, ...], ...] = (("Update", "Delete"), ("Create",))
    return beside_a_refusal(
        draw(bundles(formats=formats)),
        draw(st.sampled_from(troubles)),
        kinds=draw(st.sampled_from(choices)),
    )


def around_the_limit(bundle: Bundle) -> Scenario:
    """A limit at the size of the upload before it, then one byte less (H91)."""
    limits = (None, OBSERVED, OBSERVED_LESS_ONE)
    return Scenario(
        bundles=tuple(replace(bundle, max_snapshot_bytes=limit) for limit in limits),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Update", attempts=REFUSED),
            Operation(request_type="Update", bundle=1),
            Operation(request_type="Update", bundle=2),
        ),
    )


@st.composite
def limits(draw: st.DrawFn, formats: Formats = ("1.0", "3.0")) -> Scenario:
    """:func:`around_the_limit` with everything drawn, and text that has more bytes than characters.

    It is written as it is: for whoever writes it anew with escapes, both are the same again.
    """
    bundle = draw(bundles(formats=formats))
    telling = draw(st.sampled_from(("\u65e5\u672c\u8a9e", "caf\u00e9", "\U0001f9be")))
    document = {**json.loads(bundle.snapshot or "{}"), "x-telling": telling}
    return around_the_limit(replace(bundle, snapshot=as_text(document)))


NINE_MEBIBYTES = 9 * 1024 * 1024


def grown(bundle: Bundle) -> Scenario:
    """A small snapshot, made and deleted, then one of 9 MiB (H90)."""
    return Scenario(
        bundles=(bundle, replace(bundle, grown_to=NINE_MEBIBYTES)),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Delete"),
            Operation(request_type="Create", bundle=1),
            Operation(request_type="Delete", bundle=1),
        ),
    )


@st.composite
def grown_snapshots(draw: st.DrawFn, formats: Formats = ("1.0", "3.0")) -> Scenario:
    """:func:`grown` with everything drawn."""
    return grown(draw(bundles(formats=formats)))


def with_an_odd_value(bundle: Bundle) -> Scenario:
    """A bundle with a configuration value of no meaning, in health and in trouble (H92)."""
    sound = replace(bundle, failure_mode="BEST_EFFORT", max_snapshot_bytes=None)
    return Scenario(
        bundles=(sound, bundle),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Update", bundle=1),
            Operation(request_type="Update", bundle=1, attempts=REFUSED),
        ),
    )


@dataclass(frozen=True)
class OddValue:
    """A configuration value of no meaning, and the field of :class:`Bundle` that it is for."""

    name: Literal["failure_mode", "max_snapshot_bytes"]
    value: str

    def spoil(self, bundle: Bundle) -> Bundle:
        """The bundle with this value."""
        if self.name == "failure_mode":
            return replace(bundle, failure_mode=self.value)
        return replace(bundle, max_snapshot_bytes=self.value)


ODD_VALUES = (
    OddValue("failure_mode", "strict"),
    OddValue("failure_mode", "SOMETIMES"),
    OddValue("max_snapshot_bytes", "twelve"),
)


@st.composite
def odd_values(draw: st.DrawFn, formats: Formats = ("1.0", "3.0")) -> Scenario:
    """:func:`with_an_odd_value` with everything drawn."""
    one = bundles(formats=formats, failure_modes=("BEST_EFFORT",))
    return with_an_odd_value(draw(st.sampled_from(ODD_VALUES)).spoil(draw(one)))
