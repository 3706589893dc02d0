"""HTML as text: elements whose children and attributes are escaped unless they are markup."""

from __future__ import annotations

import re
from html import escape

from chaim_conformance.report.redaction import printable

VOID = frozenset({"meta", "link", "input", "br"})
CODE = re.compile(r"`([^`\n]+)`")


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str | int | float | bool | None) -> Markup:
    """An element. Children that are no :class:`Markup` are escaped, attributes always.

    An attribute's underscores are hyphens, one at its end is dropped (``class_``); ``True`` gives
    it without a value, ``None`` and ``False`` not at all.
    """
    told = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Markup(f"<{name}{told}>")
    return Markup(f"<{name}{told}>{joined(*children)}</{name}>")


def joined(*children: str, by: str = "") -> Markup:
    """Children one after the other, escaped unless they are markup, as is what stands between."""
    return Markup(markup(by).join(map(markup, children)))


def markup(text: str) -> Markup:
    """The text as HTML: markup as it is, all else escaped, what no browser shows made visible."""
    return text if isinstance(text, Markup) else Markup(escape(printable(text)))


def prose(text: str) -> Markup:
    """Text with ``code`` where it has backticks."""
    parts = CODE.split(text)
    return joined(*(tag("code", part) if n % 2 else part for n, part in enumerate(parts)))


def _attribute(name: str, value: str | int | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    key = name.removesuffix("_").replace("_", "-")
    return f" {key}" if value is True else f' {key}="{markup(str(value))}"'
