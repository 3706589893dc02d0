"""The raw style end to end: what is PUT to a ResponseURL of the plane, and who hears of it."""

from __future__ import annotations

import json

import pytest

from chaim_conformance.cloudformation import read_answer
from chaim_conformance.plane import Policy
from chaim_conformance.transcript import Answer, Outcome
from tests.plane.customer import Customer, customer

EVENT = {
    "RequestType": "Create",
    "StackId": "s",
    "RequestId": "r",
    "LogicalResourceId": "l",
}
RETURNED = Outcome(kind="returned", payload="null")
DOCUMENT = {"Status": "SUCCESS", "PhysicalResourceId": "p", **EVENT}


def heard(c: Customer) -> Answer:
    return read_answer("response-url", EVENT, RETURNED, c.tenant.end_attempt())


def document(**changes: object) -> bytes:
    return json.dumps(DOCUMENT | changes).encode()


@pytest.mark.parametrize("content_type", [None, "", "application/json"])
def test_a_content_type_is_the_handlers_own_affair(content_type: str | None) -> None:
    """The URL is signed for the host alone."""
    c = customer(Policy.TOLERANT)
    c.put(c.tenant.response_url(c.now), document(), Content_Type=content_type)
    assert heard(c).status == "SUCCESS"


@pytest.mark.parametrize(
    ("method", "headers", "code"),
    [
        ("POST", {}, "405 MethodNotAllowed"),
        ("GET", {}, "403 SignatureDoesNotMatch"),
        ("PUT", {"x_amz_acl": "private"}, "403 AccessDenied"),
        ("PUT", {"Authorization": "Bearer x"}, "400 InvalidArgument"),
        ("PUT", {"Transfer_Encoding": "chunked"}, "501 NotImplemented"),
    ],
)
def test_what_s3_would_refuse_is_answered_kindly_and_not_heard(
    method: str, headers: dict[str, str], code: str
) -> None:
    c = customer(Policy.TOLERANT)
    url = c.tenant.response_url(c.now)
    assert c.put(url, document(), method=method, **headers).status == 200
    answer = heard(c)
    assert (answer.status, answer.reason.endswith(code)) == (None, True), answer.reason


def test_of_several_answers_to_one_url_the_first_counts() -> None:
    c = customer(Policy.TOLERANT)
    url = c.tenant.response_url(c.now)
    c.put(url, document(Status="FAILED", Reason="first"))
    c.put(url, document())
    assert (heard(c).status, c.tenant.end_attempt()) == ("FAILED", ())


def test_an_answer_after_two_hours_is_too_late() -> None:
    c = customer(Policy.TOLERANT)
    url = c.tenant.response_url(c.now - 7201)
    c.put(url, document())
    assert heard(c).reason == "S3 refuses the PUT to ResponseURL: 403 AccessDenied"
