"""One custom resource of one stack: which event comes next, and which physical id it holds."""

from __future__ import annotations

import uuid
from typing import Any

from chaim_conformance.scenario import RequestType
from chaim_conformance.transcript import Answer

ACCOUNT = "123456789012"
REGION = "us-east-1"
STACK = "chaim-conformance"
LOGICAL_ID = "ChaimBinding"
SERVICE_TOKEN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{STACK}-ingest"


class CustomResource:
    """Makes the events of one custom resource's life.

    An id that no answer gave is one that CloudFormation invented, as it does when a Create
    was cancelled or answered without an id.
    """

    def __init__(self, name: str) -> None:
        self._stack_id = (
            f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/"
            f"{uuid.uuid5(uuid.NAMESPACE_URL, name)}"
        )
        self._physical_id = f"{STACK}-{LOGICAL_ID}-1TV5S0C0X9G3B"
        self._properties: dict[str, str] | None = None

    def event(
        self, request_type: RequestType, *, request_id: str, fingerprint: str, response_url: str
    ) -> dict[str, Any]:
        """The event of an operation; every attempt of it delivers this same event.

        ``fingerprint`` stands for the properties that a binder changes with its snapshot, so that
        CloudFormation sees an Update.
        """
        properties = {"ServiceToken": SERVICE_TOKEN, "Fingerprint": fingerprint}
        event: dict[str, Any] = {
            "RequestType": request_type,
            "ServiceToken": SERVICE_TOKEN,
            "ResponseURL": response_url,
            "StackId": self._stack_id,
            "RequestId": request_id,
            "LogicalResourceId": LOGICAL_ID,
            "ResourceType": "Custom::ChaimBinding",
            "ResourceProperties": properties,
        }
        if request_type != "Create":
            event["PhysicalResourceId"] = self._physical_id
        if request_type == "Update":
            event["OldResourceProperties"] = self._properties or properties
        self._properties = properties
        return event

    def take(self, answer: Answer) -> None:
        """Remembers the physical id of an operation that succeeded."""
        if answer.status == "SUCCESS" and answer.physical_resource_id:
            self._physical_id = answer.physical_resource_id
