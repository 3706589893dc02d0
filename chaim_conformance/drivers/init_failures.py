"""Says in one message why a handler cannot be loaded, where that is plain."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

from chaim_conformance.transcript import Outcome

_SDK = re.compile(
    r"Cannot find (?:module|package) '((?:@aws-sdk/|@smithy/)[^']+|aws-sdk(?:/[^']*)?)'"
)


def missing_sdk(message: str) -> str:
    """The package of the AWS SDK that Node could not find; empty: the error is another one."""
    match = _SDK.search(message)
    return match[1] if match else ""


def explain_init_failure(outcome: Outcome, locator: str) -> str | None:
    """What to tell the author whose handler could not be loaded from a good bundle.

    ``None`` where the handler itself raised while it was loaded, or another runtime than the kit's
    tells of it: that error says more than we could.
    """
    if not locator.startswith(("node:", "python:")):
        return None
    if outcome.kind != "init-failed" or outcome.error_type not in _EXPLANATIONS:
        return None
    return f"{locator}: {_EXPLANATIONS[outcome.error_type](outcome.error_message, locator)}"


def _syntax(message: str, locator: str) -> str:
    text = f"the handler cannot be parsed:\n{_indented(message)}"
    if locator.startswith("node:") and re.search(
        r"import statement|'export'|import\.meta", message
    ):
        text += (
            '\nThe bundle has no package.json that says "type": "module", so Node reads its '
            ".js files as CommonJS, as Lambda would: name the file .mjs, put such a package.json "
            "beside it, or set `bundle` in chaim.toml to a folder that holds one."
        )
    return text


def _import(message: str, locator: str) -> str:
    where = (
        f"install it for {sys.executable}, where the kit runs the handler"
        if locator.startswith("python:")
        else "run `npm install` in the provider's folder"
    )
    return (
        f"the handler cannot be loaded, because something that it imports is not there:\n"
        f"{_indented(message)}\n"
        f"If that is a package, {where}; if it is a file of your own, it lies outside of "
        "the bundle: set `bundle` in chaim.toml to the folder that goes into the Lambda asset."
    )


def _export(message: str, locator: str) -> str:
    form = "python:FILE:FUNCTION" if locator.startswith("python:") else "node:FILE:EXPORT"
    return f"{message}. Name the function in the locator: {form}."


def _indented(message: str) -> str:
    return "\n".join(f"    {line}" for line in message.splitlines()[:12])


_EXPLANATIONS: dict[str, Callable[[str, str], str]] = {
    "Runtime.UserCodeSyntaxError": _syntax,
    "Runtime.ImportModuleError": _import,
    "Runtime.HandlerNotFound": _export,
}
