"""Every piece of a secret is seen, in every form, wherever in a text it stands."""

from __future__ import annotations

import base64

import pytest

from chaim_conformance.fragments import SHORTEST, Fragments

SECRET = "cs-8f3a9b+c1d27e64aa5530"
FORMS = {
    "clear": (SECRET, SHORTEST),
    "hex": (SECRET.encode().hex(), 2 * SHORTEST),
    "base64": (base64.b64encode(SECRET.encode()).decode()[2:-1], SHORTEST * 4 // 3),
}


@pytest.mark.parametrize("shortest", [4, SHORTEST, 11])
def test_pieces_of_every_place_and_none_that_is_shorter(shortest: int) -> None:
    fragments = Fragments([SECRET], shortest=shortest)
    for start in range(len(SECRET) - shortest + 1):
        piece = SECRET[start : start + shortest]
        assert fragments.spans(f"before {piece} after") == [(7, 7 + shortest)]
        assert fragments.spans(f"before {piece[:-1]} after") == []


@pytest.mark.parametrize("form", FORMS)
def test_pieces_of_every_form(form: str) -> None:
    spelled, width = FORMS[form]
    fragments = Fragments([SECRET])
    for start in range(len(spelled) - width + 1):
        (span,) = fragments.spans(f"_____ {spelled[start : start + width]} _____")
        assert span == (6, 6 + width)


def test_one_that_is_shorter_than_a_piece_is_seen_whole() -> None:
    fragments = Fragments(["ab", "c"])
    assert fragments.spans("a ab b c") == [(2, 4), (7, 8)]
