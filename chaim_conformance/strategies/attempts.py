"""Attempts and operations: how often CloudFormation delivers a request, and what meets it."""

from __future__ import annotations

from typing import Literal

from hypothesis import strategies as st

from chaim_conformance.scenario import OK, Attempt, Fault, Operation, RequestType
from chaim_conformance.strategies.faults import bucket_refusals, presign_refusals

starts: st.SearchStrategy[Literal["warm", "cold"]] = st.sampled_from(("warm", "cold"))
request_types: st.SearchStrategy[RequestType] = st.sampled_from(("Create", "Update", "Delete"))


def healthy_attempts() -> st.SearchStrategy[Attempt]:
    """An attempt that nothing is in the way of, warm or cold.

    >>> from chaim_conformance.strategies import healthy_attempts, operations
    >>> delivered_again = operations(attempts=healthy_attempts(), max_retries=3)
    """
    return starts.map(lambda start: Attempt(start=start))


@st.composite
def failing_attempts(
    draw: st.DrawFn,
    *,
    presign: st.SearchStrategy[Fault] | None = None,
    bucket: st.SearchStrategy[Fault] | None = None,
) -> Attempt:
    """An attempt that cannot succeed, because one endpoint refuses throughout.

    ``presign`` and ``bucket`` draw the refusal; with one of them given, the other is healthy.

    >>> from chaim_conformance.strategies import failing_attempts, operations
    >>> doomed = operations(attempts=failing_attempts())
    """
    at_presign, fault = _refusal(draw, presign, bucket)
    start = draw(starts)
    return (
        Attempt(start=start, presign=(fault,))
        if at_presign
        else Attempt(start=start, bucket=(fault,))
    )


@st.composite
def hiccups(
    draw: st.DrawFn,
    *,
    presign: st.SearchStrategy[Fault] | None = None,
    bucket: st.SearchStrategy[Fault] | None = None,
) -> Attempt:
    """An attempt in which an endpoint refuses once; a handler that tries again overcomes it.

    ``presign`` and ``bucket`` are those of :func:`failing_attempts`.

    >>> from chaim_conformance.strategies import hiccups, operations
    >>> shaky = operations(attempts=hiccups())
    """
    at_presign, fault = _refusal(draw, presign, bucket)
    start = draw(starts)
    if at_presign:
        return Attempt(start=start, presign=(fault, OK))
    return Attempt(start=start, bucket=(fault, OK))


def _refusal(
    draw: st.DrawFn,
    presign: st.SearchStrategy[Fault] | None,
    bucket: st.SearchStrategy[Fault] | None,
) -> tuple[bool, Fault]:
    """Whether it is presign that refuses, and how."""
    if presign is None and bucket is None:
        presign, bucket = presign_refusals(), bucket_refusals()
    at_presign = bucket is None or (presign is not None and draw(st.booleans()))
    chosen = presign if at_presign else bucket
    assert chosen is not None
    return at_presign, draw(chosen)


def attempts() -> st.SearchStrategy[Attempt]:
    """Any attempt of a single request: healthy, failing, or with a hiccup.

    >>> from hypothesis import given
    >>> from chaim_conformance.strategies import attempts
    >>> @given(attempts())
    ... def test_attempts(attempt):
    ...     assert attempt.start in ("warm", "cold")
    """
    return healthy_attempts() | failing_attempts() | hiccups()


@st.composite
def operations(
    draw: st.DrawFn,
    *,
    request_types: st.SearchStrategy[RequestType] = request_types,
    attempts: st.SearchStrategy[Attempt] | None = None,
    max_retries: int = 2,
    bundle: int = 0,
) -> Operation:
    """A request and its deliveries, healthy ones unless ``attempts`` says otherwise.

    ``bundle`` is the index of the deployment that it runs on. Shrinks to one warm delivery.

    >>> from chaim_conformance.strategies import attempts, operations
    >>> retried = operations(attempts=attempts(), max_retries=3)
    """
    one = healthy_attempts() if attempts is None else attempts
    first = Attempt() if attempts is None else draw(one)
    return Operation(
        request_type=draw(request_types),
        bundle=bundle,
        attempts=(first, *draw(st.lists(one, max_size=max_retries))),
    )
