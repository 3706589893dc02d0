"""What CloudFormation sends in a stack's life, and about which id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from chaim_conformance.cloudformation import Stack, comes_again
from chaim_conformance.scenario import Attempt, Operation
from chaim_conformance.transcript import Answer, Outcome

Sent = tuple[str, str, str, int]
RETRIED = (Attempt(), Attempt(start="cold"))


def answered(status: Any, physical_id: str | None = None) -> Answer:
    return Answer(status=status, physical_resource_id=physical_id)


def play(stack: Stack, operation: Operation, answers: Iterable[Answer]) -> list[Sent]:
    """The requests that follow, as kind, cause, id and bundle; each gets the next answer."""
    sent: list[Sent] = []
    requests = stack.life(operation)
    request = next(requests, None)
    for answer in answers:
        assert request is not None
        one = request.operation
        stack.event(request, request_id="r", response_url="u")
        sent.append((one.request_type, one.cause, request.physical_id, one.bundle))
        try:
            request = requests.send(answer)
        except StopIteration:
            request = None
    assert request is None
    return sent


def stack_with(physical_id: str = "a") -> Stack:
    stack = Stack("one")
    play(stack, Operation(request_type="Create"), [answered("SUCCESS", physical_id)])
    return stack


def update(**more: Any) -> Operation:
    return Operation(request_type="Update", bundle=1, **more)


INVENTED = "PaymentsStack-ChaimBinding-1TV5S0C0X9G3B"
DONE = answered("SUCCESS", "a")


@pytest.mark.parametrize(
    ("operation", "answers", "sent"),
    [
        (update(), [DONE], []),
        (update(), [answered("SUCCESS", "b"), DONE], [("Delete", "cleanup", "a", 1)]),
        (update(), [answered("FAILED", "a"), DONE], [("Update", "rollback", "a", 0)]),
        (update(), [answered(None), DONE], [("Update", "rollback", "a", 0)]),
        (
            update(),
            [answered("FAILED", "b"), DONE, DONE],
            [("Update", "rollback", "a", 0), ("Delete", "cleanup", "b", 1)],
        ),
        (update(sibling="fails"), [DONE, DONE], [("Update", "rollback", "a", 0)]),
        (
            update(sibling="fails"),
            [answered("SUCCESS", "b"), DONE],
            [("Delete", "rollback", "b", 1)],
        ),
        (update(sibling="fails-meanwhile"), [DONE, DONE], [("Update", "rollback", "a", 0)]),
        (
            update(),
            [answered("FAILED", "a"), answered("SUCCESS", "b"), DONE],
            [("Update", "rollback", "a", 0), ("Delete", "cleanup", "a", 0)],
        ),
        (
            update(),
            [answered("FAILED", "a"), answered("FAILED", "a")],
            [("Update", "rollback", "a", 0)],
        ),
    ],
)
def test_what_follows_an_update(
    operation: Operation, answers: list[Answer], sent: list[Sent]
) -> None:
    assert play(stack_with("a"), operation, answers) == [("Update", "asked", "a", 1), *sent]


@pytest.mark.parametrize(
    ("sibling", "answer", "about"),
    [
        ("", answered("FAILED", "x"), "x"),
        ("", answered("FAILED"), INVENTED),
        ("", answered(None), INVENTED),
        ("fails", answered("SUCCESS", "x"), "x"),
        ("fails-meanwhile", answered("SUCCESS", "x"), INVENTED),
    ],
)
def test_a_create_that_comes_to_nothing_is_deleted(
    sibling: Any, answer: Answer, about: str
) -> None:
    stack = Stack("one")
    create = Operation(request_type="Create", sibling=sibling)
    sent = play(stack, create, [answer, answered("FAILED", "whatever")])
    assert sent[1:] == [("Delete", "rollback", about, 0)]
    again = play(stack, Operation(request_type="Update"), [DONE])
    assert again[0][:2] == ("Create", "asked")


def test_what_is_asked_becomes_what_the_stack_needs() -> None:
    stack = Stack("one")
    delete = Operation(request_type="Delete")
    assert play(stack, delete, []) == []
    assert play(stack, update(), [DONE])[0][0] == "Create"
    assert play(stack, update(), []) == []  # no change, so nothing is sent
    assert play(stack, Operation(request_type="Create"), [DONE])[0][0] == "Update"
    assert play(stack, delete, [answered("FAILED", "a")])[0][0] == "Delete"
    assert play(stack, delete, [DONE])[0][0] == "Delete"
    assert play(stack, delete, []) == []


def test_a_replacement_is_known_by_its_new_id_from_then_on() -> None:
    stack = stack_with("a")
    play(stack, update(), [answered("SUCCESS", "b"), DONE])
    assert play(stack, Operation(request_type="Delete"), [DONE])[0][2] == "b"


def test_a_rollback_swaps_the_properties() -> None:
    stack = stack_with("a")
    requests = stack.life(update(aftermath=RETRIED))
    forward = stack.event(next(requests), request_id="r", response_url="u")
    request = requests.send(answered("FAILED", "a"))
    back = stack.event(request, request_id="r", response_url="u")
    assert request.operation.attempts == RETRIED
    assert back["ResourceProperties"] == forward["OldResourceProperties"]
    assert back["OldResourceProperties"] == forward["ResourceProperties"]


@pytest.mark.parametrize(
    ("style", "kind", "deliveries", "again"),
    [
        ("response-url", "raised", 1, True),
        ("response-url", "timed-out", 2, True),
        ("response-url", "crashed", 3, False),
        ("response-url", "returned", 1, False),
        ("provider-framework", "raised", 1, False),
        ("command", "crashed", 1, False),
    ],
)
def test_lambda_delivers_again_what_failed(
    style: Any, kind: Any, deliveries: int, again: bool
) -> None:
    assert comes_again(style, Outcome(kind=kind), deliveries) is again


def test_resources_of_a_stack_have_lives_of_their_own() -> None:
    stack = stack_with("a")
    other = Operation(request_type="Create", resource=1)
    assert play(stack, other, [answered("SUCCESS", "z")])[0][0] == "Create"
    assert play(stack, update(), [DONE])[0][2] == "a"
    assert play(stack, Operation(request_type="Delete", resource=1), [DONE])[0][2] == "z"


def test_without_cloudformation_nothing_follows_by_itself() -> None:
    stack = Stack("one", follows=False)
    create, delete = Operation(request_type="Create"), Operation(request_type="Delete")
    assert [s[0] for s in play(stack, create, [answered("FAILED")])] == ["Create"]
    assert play(stack, delete, []) == []  # what failed to come is not there
    assert [s[0] for s in play(stack, create, [answered("SUCCESS")])] == ["Create"]
    for failed in (answered("FAILED"), answered(None)):  # and the old one stays
        assert [s[0] for s in play(stack, update(), [failed])] == ["Update"]
    assert [s[0] for s in play(stack, update(), [answered("SUCCESS")])] == ["Update"]
    assert play(stack, update(), []) == []
    assert [s[0] for s in play(stack, delete, [answered("FAILED")])] == ["Delete"]
    assert [s[0] for s in play(stack, delete, [answered("SUCCESS")])] == ["Delete"]
    assert play(stack, delete, []) == []


@pytest.mark.parametrize("sibling", ["fails", "fails-meanwhile"])
def test_without_cloudformation_no_sibling_matters(sibling: Any) -> None:
    stack = Stack("one", follows=False)
    play(stack, Operation(request_type="Create", sibling=sibling), [answered("SUCCESS")])
    assert play(stack, update(sibling=sibling), [answered("SUCCESS")])[0][0] == "Update"
    assert play(stack, update(), []) == []
