"""The document around a page: style and script within it, a policy that forbids all else."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from chaim_conformance.report.html.elements import Markup, joined, tag


def document(*, title: str, body: Markup, script: bool = False) -> str:
    """A whole document. Nothing is loaded, from wherever: the browser itself sees to that."""
    style = _resource("style.css")
    code = _resource("script.js") if script else ""
    policy = [
        "default-src 'none'",
        "img-src data:",  # the icon that browsers else ask for
        f"style-src {_source(style)}",
        *([f"script-src {_source(code)}"] if code else []),
        "base-uri 'none'",
        "form-action 'none'",
    ]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content="; ".join(policy)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("link", rel="icon", href="data:,"),
        tag("style", Markup(style)),
    )
    end = tag("script", Markup(code)) if code else Markup("")
    html = tag("html", head, tag("body", joined(body, end)), lang="en")
    return f"<!doctype html>\n{html}\n"


@cache
def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    """The hash by which a policy lets this style or script in."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
