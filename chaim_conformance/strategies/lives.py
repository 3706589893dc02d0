"""Whole scenarios: what CloudFormation asks of one custom resource, and what goes wrong meanwhile.

Each function takes ``formats``, the snapshot formats that the provider knows.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from chaim_conformance.scenario import Attempt, Bundle, Fault, Operation, RequestType, Scenario
from chaim_conformance.strategies.attempts import (
    failing_attempts,
    healthy_attempts,
    hiccups,
    request_types,
    starts,
)
from chaim_conformance.strategies.bundles import Format, app_ids, bundles, without_action
from chaim_conformance.strategies.pools import OBJECT_KEYS, SECURITY_TOKENS

Scenarios = st.SearchStrategy[Scenario]
Formats = tuple[Format, ...]

failure_modes = st.sampled_from(("BEST_EFFORT", "STRICT"))
retries = st.lists(healthy_attempts(), max_size=2).map(lambda again: (Attempt(), *again))


@st.composite
def deployments(
    draw: st.DrawFn, formats: Formats, count: int, *, odd: bool = False
) -> tuple[Bundle, ...]:
    """Bundles of one application, one after the other, all in one failure mode."""
    mode = draw(failure_modes)
    app_id = st.just(draw(app_ids))
    one = bundles(formats=formats, failure_modes=(mode,), app_ids=app_id, odd=odd)
    return tuple(draw(one) for _ in range(count))


@st.composite
def healthy_lives(
    draw: st.DrawFn, formats: Formats = ("1.0", "3.0"), *, odd: bool = False
) -> Scenario:
    """Create, an Update, perhaps a rollback to the old bundle, Delete; each perhaps retried.

    ``odd`` is that of :func:`bundles`.

    >>> from hypothesis import given
    >>> from chaim_conformance.strategies import healthy_lives
    >>> @given(healthy_lives(("1.0",)))
    ... def test_my_runner(scenario):
    ...     assert scenario.operations[0].request_type == "Create"
    >>> test_my_runner()
    """
    kinds: list[tuple[RequestType, int]] = [("Create", 0), ("Update", 1)]
    if draw(st.booleans()):
        kinds.append(("Update", 0))
    kinds.append(("Delete", kinds[-1][1]))
    return Scenario(
        bundles=draw(deployments(formats, 2, odd=odd)),
        operations=tuple(
            Operation(request_type=kind, bundle=bundle, attempts=draw(retries))
            for kind, bundle in kinds
        ),
    )


@st.composite
def uploads_to_telling_urls(draw: st.DrawFn, formats: Formats = ("1.0", "3.0")) -> Scenario:
    """A healthy life whose upload URLs hold what careless handling changes (H30)."""
    life = draw(healthy_lives(formats))
    return replace(
        life,
        object_key=draw(st.sampled_from(OBJECT_KEYS)),
        security_token=draw(st.none() | st.sampled_from(SECURITY_TOKENS)),
    )


@st.composite
def legacy_lives(draw: st.DrawFn, formats: Formats = ("1.0",)) -> Scenario:
    """A binding of today, removed, then made anew from a bundle without ``action`` (H41)."""
    today, old = draw(deployments(("1.0",), 2))
    return Scenario(
        bundles=(today, without_action(old)),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Delete"),
            Operation(request_type="Create", bundle=1, attempts=draw(retries)),
            Operation(request_type="Update", bundle=1, attempts=draw(retries)),
        ),
    )


@st.composite
def base_urls(draw: st.DrawFn, formats: Formats = ("1.0", "3.0")) -> Scenario:
    """One bundle behind base URLs of every shape (H26); the plain one comes first."""
    (plain,) = draw(deployments(formats, 1))
    return Scenario(
        bundles=(
            plain,
            replace(plain, base_url="trailing-slash"),
            replace(plain, base_url="path-prefix"),
        ),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Update", bundle=1),
            Operation(request_type=draw(st.sampled_from(("Update", "Delete"))), bundle=2),
        ),
    )


@st.composite
def retried_operations(
    draw: st.DrawFn,
    formats: Formats = ("1.0", "3.0"),
    *,
    presign: st.SearchStrategy[Fault] | None = None,
    bucket: st.SearchStrategy[Fault] | None = None,
) -> Scenario:
    """A healthy Create, then an operation that fails and is retried until the service is well.

    Retries come warm and cold, after a failure as after a success whose answer was lost.
    ``presign`` and ``bucket`` are those of :func:`failing_attempts`.

    >>> from hypothesis import given
    >>> from chaim_conformance.strategies import retried_operations
    >>> @given(retried_operations())
    ... def test_my_runner(scenario):
    ...     assert len(scenario.operations[-1].attempts) > 1
    >>> test_my_runner()
    """
    kind = draw(request_types)
    refused = {"presign": presign, "bucket": bucket}
    any_warm_or_failing = failing_attempts(**refused) | hiccups(**refused) | st.just(Attempt())
    attempts = draw(st.lists(any_warm_or_failing, min_size=1, max_size=2))
    last = Attempt(start=draw(starts))
    before = [Operation(request_type="Create")]
    if kind == "Create":
        before.append(Operation(request_type="Delete"))
    return Scenario(
        bundles=draw(deployments(formats, 1)),
        operations=(*before, Operation(request_type=kind, attempts=(*attempts, last))),
    )
