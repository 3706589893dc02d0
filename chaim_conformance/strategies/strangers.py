"""Whole scenarios with servers that are not the service: impostors, and hosts led to by redirects.

Each strategy takes ``formats``, the snapshot formats that the provider knows.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from chaim_conformance.scenario import Attempt, Bundle, Fault, Operation, Scenario
from chaim_conformance.strategies.bundles import Format, bundles
from chaim_conformance.strategies.faults import LED_AWAY

Formats = tuple[Format, ...]

modes = st.sampled_from(("STRICT", "BEST_EFFORT"))


def beside_an_impostor(bundle: Bundle) -> Scenario:
    """A Create over https that shows whether that works; then the certificates are of no worth.

    First it is that of the service, then that of the server which the upload URL names (H73).
    """
    trusted = replace(bundle, base_url="https")
    return Scenario(
        bundles=(trusted, replace(bundle, base_url="untrusted")),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Update", bundle=1),
            Operation(
                request_type="Update",
                attempts=(Attempt(presign=(Fault(kind="untrusted-url"),)),),
            ),
        ),
    )


@st.composite
def lives_beside_an_impostor(
    draw: st.DrawFn, formats: Formats = ("1.0", "3.0"), *, mode: str | None = None
) -> Scenario:
    """:func:`beside_an_impostor` with everything drawn, the mode too where none is given."""
    chosen = draw(modes) if mode is None else mode
    return beside_an_impostor(draw(bundles(formats=formats, failure_modes=(chosen,))))


def led_away(bundle: Bundle, fault: Fault) -> Scenario:
    """A healthy Create; then presign, and then the bucket, send the handler to another host."""
    return Scenario(
        bundles=(bundle,),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Update", attempts=(Attempt(presign=(fault,)),)),
            Operation(request_type="Delete", attempts=(Attempt(bucket=(fault,)),)),
        ),
    )


@st.composite
def lives_led_away(draw: st.DrawFn, formats: Formats = ("1.0", "3.0")) -> Scenario:
    """:func:`led_away` with everything drawn."""
    bundle = draw(bundles(formats=formats, failure_modes=(draw(modes),)))
    return led_away(bundle, draw(st.sampled_from(LED_AWAY)))
