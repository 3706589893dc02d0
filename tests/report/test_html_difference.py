"""Marks are where two texts differ, and nowhere when they are about different things."""

from __future__ import annotations

import pytest

from chaim_conformance.report.html.difference import MOST, marked


@pytest.mark.parametrize(
    ("expected", "seen", "left", "right"),
    [
        ("status 200", "status 403", "status <del>200</del>", "status <ins>403</ins>"),
        (
            "the eventId 6663d084-b472 again",
            "the eventId add788f8-836e again",
            "the eventId <del>6663d084-b472</del> again",
            "the eventId <ins>add788f8-836e</ins> again",
        ),
        ("contentHash", "contenthash", "content<del>H</del>ash", "content<ins>h</ins>ash"),
        ("FAILED", "SUCCESS", "<del>FAILED</del>", "<ins>SUCCESS</ins>"),
        ("`schema`: null", "`schema`: null", "`schema`: null", "`schema`: null"),
        ("a b", "a b c", "a b", "a b<ins> c</ins>"),
        ("<b> 1", "<b> 2", "&lt;b&gt; <del>1</del>", "&lt;b&gt; <ins>2</ins>"),
    ],
)
def test_what_differs_is_marked(expected: str, seen: str, left: str, right: str) -> None:
    assert marked(expected, seen) == (left, right)


def test_other_sentences_have_no_marks() -> None:
    for expected, seen in (
        ("no credential in the log, nor 8 characters of one", "the API secret, in line 1 of 1"),
        ("FAILED under STRICT", "the deployment heard SUCCESS"),
        ("", "something"),
        ("", ""),
    ):
        assert marked(expected, seen) == (expected, seen)


def test_no_letter_of_a_long_text_is_lost() -> None:
    long = "ab " * MOST
    one, other = marked(long + "x", long + "y")
    assert one == long + "x"
    assert other == long + "y"
