"""Why a content hash is wrong: tries the ways in which handlers are known to get it wrong."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator
from itertools import product
from typing import Any

ALL_HEX = re.compile(r"[0-9a-fA-F]{64}")


def explain_hash(submitted: str, body: bytes, bundled: str) -> str:
    """What the submitted hash is, where that is certain; else the empty string.

    ``body`` is what was PUT, ``bundled`` the text of ``snapshot.json``.
    """
    digits = submitted.lower().removeprefix("sha256:")
    right = hashlib.sha256(body).hexdigest()
    if digits == right:
        if submitted.lower() != submitted:
            return "the digits are right, but they have to be lowercase"
        return "the digits are right, but the prefix `sha256:` is missing"
    if not ALL_HEX.fullmatch(digits):
        return "this is no SHA-256 in hexadecimal digits"
    for what, candidate in _candidates(body, bundled):
        if hashlib.sha256(candidate).hexdigest() == digits:
            return f"this is the hash of {what}, not of the bytes that were sent"
    return ""


def _candidates(body: bytes, bundled: str) -> Iterator[tuple[str, bytes]]:
    yield "nothing (empty input)", b""
    text = body.decode("utf-8", "replace")
    yield from _before_additions(text, bundled)
    yield "snapshot.json as bundled, before the handler changed it", bundled.encode()
    for form in ("NFC", "NFD"):
        yield f"the text after normalizing it ({form})", unicodedata.normalize(form, text).encode()
    yield "the text without its last line break", text.removesuffix("\n").encode()
    for encoding in ("utf-16-le", "utf-16-be", "utf-16", "latin-1"):
        yield f"the text in {encoding}", text.encode(encoding, "replace")
    for name, source in (("the document", text), ("the bundled document", bundled)):
        try:
            document = json.loads(source)
        except (ValueError, RecursionError):
            continue
        for dumped in _spellings(document):
            yield f"{name}, parsed and written out anew", dumped


def _before_additions(text: str, bundled: str) -> Iterator[tuple[str, bytes]]:
    """The document as it was before the handler added fields to it."""
    try:
        sent, own = json.loads(text), json.loads(bundled)
    except (ValueError, RecursionError):
        return
    if not isinstance(sent, dict) or not isinstance(own, dict):
        return
    added = [key for key in sent if key not in own]
    if not added:
        return
    what = f"the document before {', '.join(f'`{key}`' for key in added)} was added"
    before = {key: value for key, value in sent.items() if key in own}
    for candidate in (bundled.encode(), _cut_out(text, added), *_spellings(before)):
        yield what, candidate


def _cut_out(text: str, keys: list[str]) -> bytes:
    """The text without these fields at its top, written as it was: numbers keep their spelling."""
    for key in keys:
        place = re.search(rf",?\s*{re.escape(json.dumps(key, ensure_ascii=False))}\s*:\s*", text)
        if place is not None:
            _, end = json.JSONDecoder().raw_decode(text, place.end())
            text = text[: place.start()] + text[end:]
    return re.sub(r"^(\s*\{)\s*,", r"\1", text).encode("utf-8", "replace")


def _spellings(document: Any) -> Iterator[bytes]:
    """The ways in which JSON libraries write a document."""
    compact, spaced, lines = (",", ":"), (", ", ": "), (",", ": ")
    styles = ((compact, None), (spaced, None), *((lines, indent) for indent in (1, 2, 4)))
    for (separators, indent), ascii_only, sort in product(styles, (False, True), (False, True)):
        dumped = json.dumps(
            document,
            indent=indent,
            ensure_ascii=ascii_only,
            sort_keys=sort,
            separators=separators,
        )
        yield dumped.encode("utf-8", "replace")
