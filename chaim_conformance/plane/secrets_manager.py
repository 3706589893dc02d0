"""Secrets Manager for handlers: its semantics are moto's, in this process and without a server."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import Any

from chaim_conformance.errors import HarnessError
from chaim_conformance.plane.wire import Request, Response
from chaim_conformance.scenario import Fault

CONTENT_TYPE = "application/x-amz-json-1.1"
TARGET = "secretsmanager."
# moto reads region and service out of the host; the account is one for all.
URL = "https://secretsmanager.us-east-1.amazonaws.com/"
# Statuses and words of AWS; moto has 404 where a secret is not found.
STATUSES = {"InternalServiceError": 500, "ServiceUnavailable": 503}
MESSAGES = {
    "AccessDeniedException": "User: arn:aws:sts::123456789012:assumed-role/chaim-publisher/"
    "chaim-publisher is not authorized to perform: secretsmanager:GetSecretValue on this resource"
    " because no identity-based policy allows the secretsmanager:GetSecretValue action",
    "InternalServiceError": "An error occurred on the server side.",
    "ResourceNotFoundException": "Secrets Manager can't find the specified secret.",
    "ThrottlingException": "Rate exceeded",
}


class SecretsManager:
    """Secrets by name, as boto3 and the JavaScript SDK ask for them.

    moto is imported when it is needed first (a third of a second). It is asked as its own hook in
    botocore asks it, so that neither its server's many dependencies are needed, nor a patched
    botocore, nor changed environment variables. One at a time: its store is the process's.
    """

    def __init__(self) -> None:
        self._due: dict[str, str] = {}

    def keep_at_need(self, name: str, text: str) -> None:
        """As :meth:`keep`, but not before somebody asks for a secret; most binders never do.

        A name that no secret can have is nobody's then.
        """
        self._due[name] = text

    def keep(self, name: str, text: str) -> str:
        """Gives the secret this text, and makes it where it is not there; returns its ARN."""
        status, document = self._ask("PutSecretValue", SecretId=name, SecretString=text)
        if status != 200:
            status, document = self._ask("CreateSecret", Name=name, SecretString=text)
        if status != 200:
            raise HarnessError(f"moto made no secret: {status} {document}")
        return str(document["ARN"])

    def remove(self, name: str) -> None:
        """Removes the secret at once, if it is there."""
        if self._due.pop(name, None) is None:
            self._ask("DeleteSecret", SecretId=name, ForceDeleteWithoutRecovery=True)

    def answer(self, request: Request) -> Response:
        """What AWS answers this request; whatever it cannot read is a ValidationException."""
        target = request.header("x-amz-target") or ""
        if not target.startswith(TARGET):
            return error("UnknownOperationException")
        if not _is_object(request.body):
            return error("ValidationException")
        while self._due:
            with suppress(HarnessError):
                self.keep(*self._due.popitem())
        status, headers, body = self._moto(target, request.body)
        kind = headers.get("x-amzn-errortype", "")
        if status == 404 and kind == "ResourceNotFoundException":
            status = 400
        named = (("x-amzn-ErrorType", kind),) if kind else ()
        headers_sent = (("Content-Type", CONTENT_TYPE), *named)
        return Response(status=status, headers=headers_sent, body=body)

    def _ask(self, action: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
        status, _, body = self._moto(TARGET + action, json.dumps(parameters).encode())
        return status, json.loads(body)

    def _moto(self, target: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        from botocore.awsrequest import AWSPreparedRequest, HeadersDict

        headers = HeadersDict({"X-Amz-Target": target, "Content-Type": CONTENT_TYPE})
        request = AWSPreparedRequest("POST", URL, headers, body, False)
        with warnings.catch_warnings():  # moto's and botocore's are nobody's here
            warnings.simplefilter("ignore")
            try:
                answer = self._ask_moto("before-send", request)
            except NotImplementedError:
                return 400, {}, error("UnknownOperationException").body
            except KeyError:  # some actions look a secret up without a word for one that is gone
                return 400, {}, error("ResourceNotFoundException").body
            except (AttributeError, TypeError):  # a parameter that it takes for granted is missing
                return 400, {}, error("ValidationException").body
        found = {str(name).lower(): str(value) for name, value in answer.headers.items()}
        return answer.status_code, found, answer.content

    @cached_property
    def _ask_moto(self) -> Callable[..., Any]:
        from moto.core.botocore_stubber import BotocoreStubber

        stubber = BotocoreStubber()
        stubber.enabled = True
        return stubber


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


def scripted(fault: Fault) -> Response | None:
    """What a fault has Secrets Manager answer; ``None`` for a connection that is reset."""
    match fault.kind:
        case "refuse":
            return error(fault.code, fault.status)
        case "answer":
            headers = (("Content-Type", fault.content_type),)
            return Response(status=fault.status, headers=headers, body=fault.body.encode())
    return None


def error(code: str, status: int = 0) -> Response:
    """AWS's error document for this code."""
    document = {"__type": code, "message": MESSAGES.get(code, "The request is not valid.")}
    return Response(
        status=status or STATUSES.get(code, 400),
        headers=(("Content-Type", CONTENT_TYPE), ("x-amzn-ErrorType", code)),
        body=json.dumps(document).encode(),
    )
