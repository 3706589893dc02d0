"""The text of a ``chaim.toml``: the likeliest, and as comments what else was found."""

from __future__ import annotations

import json
from collections.abc import Iterator

from chaim_conformance.config import BINDER_HELP, HANDLER_HELP
from chaim_conformance.discovery.candidate import Candidate
from chaim_conformance.discovery.repo import Found

_ALTERNATIVES = 5
_HEAD = """\
# Which provider chaim-conformance judges, and how. Paths are relative to this file.
contract = "1.0"

[provider]
"""
_TAIL = """\
# timeout = 300   # the function's own, in seconds
# environment = { FAILURE_MODE = "MODE" }  # contract name = yours
"""


def chaim_toml(found: Found) -> str:
    """The file for what was found; valid whatever that is."""
    lines = [
        *_half("handler", found.handlers, HANDLER_HELP),
        *_half("binder", found.binders, BINDER_HELP),
    ]
    if found.handlers and (bundle := found.handlers[0].bundle):
        lines.append(_line("bundle", bundle, "the folder that becomes the Lambda asset"))
    if found.prepare:
        lines.append(_line("prepare", found.prepare, "run first, so that no stale build is judged"))
    return _HEAD + "".join(lines) + _TAIL


def _half(key: str, candidates: tuple[Candidate, ...], forms: str) -> Iterator[str]:
    if not candidates:
        yield f'# {key} = ""   # none was found; {forms}\n'
        return
    first, *others = candidates
    yield _line(key, first.locator, first.why)
    for one in others[:_ALTERNATIVES]:
        needs = "".join(
            f", {name} = {_text(value)}"
            for name, value in (("bundle", one.bundle), ("prepare", one.prepare))
            if value
        )
        yield "# " + _line(key, one.locator, f"or this one, which {one.why}{needs}")


def _line(key: str, value: str, why: str) -> str:
    return f"{key} = {_text(value)}   # {_printable(why)}\n"


def _text(value: str) -> str:
    """A text of TOML: what JSON escapes, it escapes alike, and DEL it wants escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _printable(comment: str) -> str:
    """In one line, whatever a file's name has in it."""
    return "".join(c if c.isprintable() else "?" for c in comment)
