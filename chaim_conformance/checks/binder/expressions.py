"""What a template's expressions come to, as texts that can be compared."""

from __future__ import annotations

from typing import Any


def text_of(value: Any) -> str:
    """A value of a template as one text; what only a deployment would tell is ``${Name}`` in it.

    ``${}`` is what cannot be read at all.
    """
    match value:
        case str():
            return value
        case {"Ref": str(name)}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::GetAtt": str(name)}:
            return f"${{{name}}}"
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(map(text_of, parts))
        case {"Fn::Sub": str(text)}:
            return text
        case {"Fn::Sub": [str(text), dict(values)]}:
            for name, inner in values.items():
                text = text.replace(f"${{{name}}}", text_of(inner))
            return text
    return "${}"


def texts(value: Any) -> list[str]:
    """A value that is one text or several, as the properties of policies are."""
    return [text_of(one) for one in value] if isinstance(value, list) else [text_of(value)]


def names(value: Any) -> list[str]:
    """The logical ids that references in a value name."""
    match value:
        case {"Ref": str(name)}:
            return [name]
        case {"Fn::GetAtt": [str(name), *_]}:
            return [name]
        case {"Fn::GetAtt": str(name)}:
            return [name.partition(".")[0]]
        case list():
            return [name for one in value for name in names(one)]
    return []
