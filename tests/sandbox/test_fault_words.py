"""Faults as people write them."""

from __future__ import annotations

from typing import Any

import pytest

from chaim_conformance import fault_words
from chaim_conformance.errors import UsageError
from chaim_conformance.scenario import Fault


@pytest.mark.parametrize(
    ("endpoint", "fault"),
    [
        ("presign", Fault(kind="ok")),
        ("presign", Fault(kind="reset")),
        ("presign", Fault(kind="untrusted-url")),
        ("presign", Fault(kind="refuse", status=503)),
        ("presign", Fault(kind="refuse", status=429, retry_after=7)),
        ("presign", Fault(kind="redirect", status=307, code="other-host")),
        ("presign", Fault(kind="answer", status=200, body='{"uploadUrl": "it\'s"}')),
        ("bucket", Fault(kind="late")),
        ("bucket", Fault(kind="refuse", code="SlowDown", retry_after=0)),
        ("bucket", Fault(kind="refuse", status=503, code="SlowDown")),
        ("bucket", Fault(kind="refuse", status=500)),
        ("bucket", Fault(kind="redirect", status=302, code="same-host")),
        ("secrets", Fault(kind="refuse", code="AccessDeniedException")),
    ],
    ids=str,
)
def test_the_words_of_a_fault_are_read_as_that_fault(endpoint: str, fault: Fault) -> None:
    assert fault_words.fault(endpoint, str(fault)) == fault


def test_a_script_is_its_steps_with_commas_between_them() -> None:
    steps = (Fault(kind="refuse", status=503), Fault(kind="reset"), Fault(kind="ok"))
    assert fault_words.script("presign", "503, reset ,ok") == steps
    assert fault_words.named_script("presign=503,reset,ok") == ("presign", steps)
    assert fault_words.script("presign", " ") == ()


def test_json_has_texts_lists_and_faults_as_scenarios_have_them() -> None:
    literal = {"kind": "answer", "status": 200, "body": "a, b"}
    assert fault_words.scripts({"presign": ["503", literal], "bucket": "SlowDown,ok"}) == {
        "presign": (
            Fault(kind="refuse", status=503),
            Fault(kind="answer", status=200, body="a, b"),
        ),
        "bucket": (Fault(kind="refuse", code="SlowDown"), Fault(kind="ok")),
    }


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"presign": "rset"}, "presign: 'rset' is no fault of it; expected a status"),
        ({"presign": "SlowDown"}, "presign: 'SlowDown'"),
        ({"presign": "late"}, "presign: 'late'"),
        ({"presign": "held"}, "two attempts at once"),
        ({"bucket": "SlowDwn"}, "bucket: 'SlowDwn'"),
        ({"bucket": "500 SlowDown"}, "bucket: '500 SlowDown'"),
        ({"secrets": "503"}, "AccessDeniedException"),
        ({"secrets": "302 to same host"}, "secrets: '302 to same host'"),
        ({"secrets": [{"kind": "stall"}]}, "secrets: "),
        ({"presign": [{"kind": "nonsense"}]}, "presign: this is no Fault: 'nonsense'"),
        ({"presign": [503]}, "presign: this is no Fault"),
        ({"presign": 503}, "presign: expected a list of faults"),
        ({"disk": "503"}, "'disk' is no endpoint; expected presign, bucket or secrets"),
        (["503"], "expected an object"),
    ],
)
def test_what_no_endpoint_does_is_refused_in_words_that_help(data: Any, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        fault_words.scripts(data)
    assert words in str(caught.value)
