"""Marks are where two texts differ, and nowhere when they are about different things."""

from __future__ import annotations

import pytest

from chaim_conformance.report.html.difference import MOST, marked


@pytest.mark.parametrize(
    ("expected", "seen", "left", "right"),
    [
        ("status 200", "status 403", "status <ins>200</ins>", "status <del>403</del>"),
        (
            "the eventId 6663d084-b472 again",
            "the eventId add788f8-836e again",
            "the eventId <ins>6663d084-b472</ins> again",
            "the eventId <del>add788f8-836e</del> again",
        ),
        ("contentHash", "contenthash", "content<ins>H</ins>ash", "content<del>h</del>ash"),
        ("FAILED", "SUCCESS", "<ins>FAILED</ins>", "<del>SUCCESS</del>"),
        ("`schema`: null", "`schema`: null", "`schema`: null", "`schema`: null"),
        ("a b", "a b c", "a b", "a b<del> c</del>"),
        ("<b> 1", "<b> 2", "&lt;b&gt; <ins>1</ins>", "&lt;b&gt; <del>2</del>"),
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
