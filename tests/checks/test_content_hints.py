"""What was done to a value is said only where it is certain, and never decides a verdict."""

from __future__ import annotations

from typing import Any

import pytest

from chaim_conformance.checks.content import first_difference
from chaim_conformance.checks.content_hints import explain_absence, explain_value


@pytest.mark.parametrize(
    ("want", "have", "said"),
    [
        ("  edges ", "edges", "trimmed"),
        ("cafe\u0301", "caf\u00e9", "normalized (NFC)"),
        ("caf\u00e9", "cafe\u0301", "normalized (NFD)"),
        ("UPSERT", "upsert", "only the case"),
        ("caf\u00e9", "caf?", "not ASCII was lost"),
        ("caf\u00e9", "caf\u00c3\u00a9", "read as Latin-1"),
        ("a long text", "a long", "cut after 6"),
        (0.126, 0.13, "lost digits"),
        (1.5, 1, "lost digits"),
        (1.5, "1.5", "became a text"),
        ([1, 2], [2, 1], "another order"),
        (None, "", "not the same"),
        (1, 2, ""),
        (True, 1, ""),
        ("a", "b", ""),
        (["a", "a"], ["a", "b"], ""),
    ],
)
def test_explanations(want: Any, have: Any, said: str) -> None:
    explanation = explain_value(want, have)
    assert said in explanation
    assert bool(said) is bool(explanation)


def test_a_missing_null() -> None:
    assert "null is a value" in explain_absence(None)
    assert explain_absence("text") == ""


@pytest.mark.parametrize(
    ("want", "have", "path"),
    [
        ([{"a": 1}, {"a": 1}], [{"a": 1}, {"a": 1, "added": 2}], None),
        ([{"a": 1}, {"b": 1}], [{"a": 1, "added": 2}, {"b": 1}], None),
        ([1, 2], [2, 1], "list"),
        ([1, 2], [1, 3], "list[1]"),
    ],
)
def test_lists_differ_where_an_item_does(want: Any, have: Any, path: str | None) -> None:
    found = first_difference({"list": want}, {"list": have})
    assert (found and found[0]) == path
