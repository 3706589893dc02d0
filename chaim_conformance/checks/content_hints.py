"""Why a published value differs from the bundled one, where that is certain."""

from __future__ import annotations

import json
import unicodedata
from typing import Any, Literal


def explain_value(want: Any, have: Any) -> str:
    """What was done to a value on its way; empty where it cannot be told."""
    match want, have:
        case str(), str():
            return _explain_text(want, have)
        case (bool(), _) | (_, bool()):
            return ""
        case int() | float(), str() if have in (str(want), f"{want:g}"):
            return "the number became a text: write it as JSON writes numbers"
        case float(), int() | float() if abs(want - have) < 1:
            return "the number lost digits: it has to go through as it is"
        case list(), list() if reordered(want, have):
            return "the items are the same in another order; the order of a list means something"
        case (None, _) if not have:
            return "null and an empty value are not the same"
    return ""


def explain_absence(want: Any) -> str:
    """Why a value may be missing."""
    if want is None:
        return "null is a value: whatever leaves out empty fields leaves out too much"
    return ""


def _explain_text(want: str, have: str) -> str:
    if have == want.strip():
        return "the text was trimmed: white space at its edges belongs to it"
    forms: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")
    for form in forms:
        if have == unicodedata.normalize(form, want):
            return f"the text was normalized ({form}): texts are compared code point by code point"
    if have in (want.lower(), want.upper()):
        return "only the case was changed"
    if have in (want.encode("ascii", how).decode() for how in ("replace", "ignore")):
        return "what is not ASCII was lost: write UTF-8"
    if have == want.encode().decode("latin-1"):
        return "UTF-8 was read as Latin-1, then written as UTF-8 again"
    if have and want.startswith(have):
        return f"the text was cut after {len(have)} characters"
    return ""


def reordered(want: list[Any], have: list[Any]) -> bool:
    """Whether these are the same items in another order."""
    return want != have and sorted(map(_spelled, want)) == sorted(map(_spelled, have))


def _spelled(item: Any) -> str:
    return json.dumps(item, sort_keys=True)
