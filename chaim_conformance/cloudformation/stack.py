"""A stack and its custom resources: which requests CloudFormation sends, and which ids it holds.

What happens next is a table (:data:`NEXT`): of the request, and of what was heard of it. Nothing
here waits or sends; whoever plays a stack asks for requests and hands back answers.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any, Literal

from chaim_conformance.scenario import Operation, RequestType
from chaim_conformance.transcript import Answer, AnswerStyle, Outcome

ACCOUNT = "123456789012"
REGION = "us-east-1"
# No provider takes its ids for its own by this beginning.
STACK = "PaymentsStack"
LOGICAL_ID = "ChaimBinding"
SERVICE_TOKEN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{STACK}-ingest"

# ``replaced``: SUCCESS with another PhysicalResourceId; ``misnamed``: FAILED with another one;
# ``undone``: SUCCESS, and then a sibling failed; ``swapped``: replaced, and then a sibling failed;
# ``cancelled``: a sibling failed before anything was heard.
Heard = Literal["done", "replaced", "failed", "misnamed", "undone", "swapped", "cancelled"]


@dataclass(frozen=True)
class Follows:
    """A request that CloudFormation adds: about which id, and whether the old bundle is back."""

    request_type: RequestType
    cause: Literal["cleanup", "rollback"]
    about: Literal["old", "new", "invented"]


ROLL_BACK = Follows("Update", "rollback", "old")
NEXT: dict[tuple[RequestType, Heard], tuple[Follows, ...]] = {
    ("Create", "failed"): (Follows("Delete", "rollback", "new"),),
    ("Create", "undone"): (Follows("Delete", "rollback", "new"),),
    ("Create", "cancelled"): (Follows("Delete", "rollback", "invented"),),
    ("Update", "replaced"): (Follows("Delete", "cleanup", "old"),),
    ("Update", "failed"): (ROLL_BACK,),
    ("Update", "misnamed"): (ROLL_BACK, Follows("Delete", "cleanup", "new")),
    ("Update", "undone"): (ROLL_BACK,),
    ("Update", "swapped"): (Follows("Delete", "rollback", "new"),),
    ("Update", "cancelled"): (ROLL_BACK,),
}


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request to a custom resource, and the PhysicalResourceId that it names."""

    operation: Operation
    physical_id: str


@dataclass(kw_only=True)
class _Resource:
    """What CloudFormation knows of a custom resource; without a bundle it is not there."""

    logical_id: str
    physical_id: str
    bundle: int | None = None
    properties: dict[str, str] | None = None


# Lambda delivers an asynchronous event so often at most.
MOST_DELIVERIES = 3


def comes_again(style: AnswerStyle, outcome: Outcome, deliveries: int) -> bool:
    """Whether Lambda delivers the same event again, as it does after an error or a timeout.

    Under the Provider framework the handler is called synchronously, and never again.
    """
    failed = outcome.kind != "returned"
    return style == "response-url" and failed and deliveries < MOST_DELIVERIES


class Stack:
    """One stack; ``name`` tells it from others.

    An id that no answer gave is one that CloudFormation invented, as it does when a Create
    was cancelled or answered without an id.

    Without CloudFormation nobody ``follows`` up what the owner asked for: nothing is rolled back
    or cleaned up, and no sibling changes what was heard.
    """

    def __init__(self, name: str, *, follows: bool = True) -> None:
        self._stack_id = (
            f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/"
            f"{uuid.uuid5(uuid.NAMESPACE_URL, name)}"
        )
        self._name = name
        self._follows = follows
        self._resources: dict[int, _Resource] = defaultdict(self._new_resource)

    def holds(self, resource: int = 0) -> int | None:
        """Which bundle a custom resource was deployed with; ``None``: it is not there."""
        return self._resources[resource].bundle

    def listed(self, operation: Operation) -> Generator[Request, Answer, None]:
        """The one request that is named, whatever the stack is like."""
        resource = self._resources[operation.resource]
        answer = yield Request(operation=operation, physical_id=resource.physical_id)
        if answer.status == "SUCCESS" and answer.physical_resource_id:
            resource.physical_id = answer.physical_resource_id

    def life(self, asked: Operation) -> Generator[Request, Answer, None]:
        """The requests that follow from what the owner of the stack wants; perhaps none.

        An Update of what is not there is a Create, a Create of what is there an Update, an Update
        without a change nothing at all.
        """
        resource = self._resources[asked.resource]
        there = resource.bundle is not None
        if asked.request_type == "Delete":
            if there:
                yield from self._delete(resource, asked)
        elif not there:
            yield from self._put(resource, replace(asked, request_type="Create"))
        elif asked.bundle != resource.bundle:
            yield from self._put(resource, replace(asked, request_type="Update"))

    def event(self, request: Request, *, request_id: str, response_url: str) -> dict[str, Any]:
        """The event of a request; every attempt of it delivers this same event.

        Its fingerprint stands for the properties that a binder changes with its snapshot, so that
        CloudFormation sees an Update.
        """
        operation = request.operation
        resource = self._resources[operation.resource]
        fingerprint = f"{self._name[:8]}-{operation.bundle}"
        properties = {"ServiceToken": SERVICE_TOKEN, "Fingerprint": fingerprint}
        event: dict[str, Any] = {
            "RequestType": operation.request_type,
            "ServiceToken": SERVICE_TOKEN,
            "ResponseURL": response_url,
            "StackId": self._stack_id,
            "RequestId": request_id,
            "LogicalResourceId": resource.logical_id,
            "ResourceType": "Custom::ChaimBinding",
            "ResourceProperties": properties,
        }
        if operation.request_type != "Create":
            event["PhysicalResourceId"] = request.physical_id
        if operation.request_type == "Update":
            event["OldResourceProperties"] = resource.properties or properties
        resource.properties = properties
        return event

    def _new_resource(self) -> _Resource:
        number = len(self._resources)
        logical_id = LOGICAL_ID if number == 0 else f"{LOGICAL_ID}{number + 1}"
        return _Resource(logical_id=logical_id, physical_id=self._invented(logical_id))

    @staticmethod
    def _invented(logical_id: str) -> str:
        return f"{STACK}-{logical_id}-1TV5S0C0X9G3B"

    def _delete(
        self, resource: _Resource, operation: Operation
    ) -> Generator[Request, Answer, None]:
        """A Delete that failed leaves the resource in the stack, to be deleted later."""
        answer = yield Request(operation=operation, physical_id=resource.physical_id)
        if answer.status == "SUCCESS":
            self._forget(resource)

    def _put(self, resource: _Resource, operation: Operation) -> Generator[Request, Answer, None]:
        """A Create or an Update, then what :data:`NEXT` says until nothing follows."""
        kind, held = operation.request_type, resource.physical_id
        old = operation.bundle if resource.bundle is None else resource.bundle
        answer = yield Request(operation=operation, physical_id=held)
        given = answer.physical_resource_id or (
            self._invented(resource.logical_id) if kind == "Create" else held
        )
        asked = operation if self._follows else replace(operation, sibling="")
        heard = _heard(asked, answer, changed=kind == "Update" and given != held)
        if heard in ("done", "replaced"):
            resource.physical_id, resource.bundle = given, operation.bundle
        ids = {"old": held, "new": given, "invented": self._invented(resource.logical_id)}
        for step in NEXT.get((kind, heard), ()) if self._follows else ():
            if step.request_type == "Update" and operation.cause == "rollback":
                return  # UPDATE_ROLLBACK_FAILED: the stack waits for its owner
            following = replace(
                operation,
                request_type=step.request_type,
                cause=step.cause,
                bundle=old if step.request_type == "Update" else operation.bundle,
                attempts=operation.aftermath,
                sibling="",
                rotates=False,
            )
            if step.request_type == "Update":
                yield from self._put(resource, following)
            else:
                yield Request(operation=following, physical_id=ids[step.about])
                if kind == "Create":  # gone, or given up
                    self._forget(resource)

    def _forget(self, resource: _Resource) -> None:
        resource.bundle = None
        resource.properties = None
        resource.physical_id = self._invented(resource.logical_id)


def _heard(operation: Operation, answer: Answer, *, changed: bool) -> Heard:
    if operation.sibling == "fails-meanwhile":
        return "cancelled"
    if answer.status != "SUCCESS":
        return "misnamed" if changed else "failed"
    if operation.sibling == "fails":
        return "swapped" if changed else "undone"
    return "replaced" if changed else "done"
