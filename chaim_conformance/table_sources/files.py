"""Reads tables from files, of whatever source: which one it is, is recognized by looking at it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaim_conformance.errors import UsageError
from chaim_conformance.json_positions import find, line_and_column
from chaim_conformance.table_sources.cloudformation import is_template, read_template
from chaim_conformance.table_sources.described import is_description, read_description
from chaim_conformance.table_sources.document import Malformed, NotKnown
from chaim_conformance.table_sources.own_form import is_own_form, read_own_form
from chaim_conformance.table_sources.pulumi import is_export, read_export
from chaim_conformance.table_sources.reading import Reading, joined
from chaim_conformance.table_sources.terraform import is_plan_or_state, read_plan


@dataclass(frozen=True)
class Source:
    """Where tables come from: its name, how it is told from others, and what reads it."""

    name: str
    is_it: Callable[[Any], bool]
    read: Callable[[Any], Reading]


SOURCES = (
    Source("a Terraform plan or state (terraform show -json)", is_plan_or_state, read_plan),
    Source("a Pulumi stack (pulumi stack export)", is_export, read_export),
    Source("a CloudFormation template", is_template, read_template),
    Source("an answer of aws dynamodb describe-table", is_description, read_description),
    Source("what chaim-conformance tables --json prints", is_own_form, read_own_form),
)
# What is near to one of these, by a member that it has, and what to do then.
NEARLY = {
    "TableNames": "this is a list of names; give what describe-table answers for each, or"
    " `chaim-conformance tables live`",
    "lineage": "this is a state as Terraform keeps it; give what `terraform show -json` prints",
    "artifacts": "this is the manifest of a cloud assembly; give the template beside it"
    " (STACK.template.json)",
    "steps": "this is a preview of Pulumi's; give what `pulumi stack export` prints",
    "TimeToLiveDescription": "describe-time-to-live tells no more than TTL; put its answer beside"
    " that of describe-table (Table), in one object",
}

_SHOW = "give what `terraform show -json` prints of a plan or a state"
HINTS = {".tf": _SHOW, ".tfplan": _SHOW, ".hcl": _SHOW}


def read_table_files(files: Iterable[Path], *, named: Callable[[Path], str] = str) -> Reading:
    """All tables of these files; ``named`` is how a file is called towards people.

    Raises :class:`UsageError` that names the file, the place, and what was expected there.
    """
    return joined(read_file(path).of_file(named(path)) for path in dict.fromkeys(files))


def read_file(path: Path) -> Reading:
    """The tables of one file, of which there has to be one at least, or a note."""
    document, text = _load(path)
    source = next((one for one in SOURCES if one.is_it(document)), None)
    if source is None:
        raise UsageError(f"{path}: {_what_it_is_not(document)}")
    try:
        reading = source.read(document)
    except Malformed as error:
        raise UsageError(f"{path}:{_position(text, error)} {error}") from error
    except NotKnown as error:
        raise UsageError(f"{path}: what is to be read of it is not there: {error}") from error
    except RecursionError as error:
        raise UsageError(f"{path}: it is nested too deep") from error
    if not reading.tables:
        notes = "".join(f"\n  {note}" for note in reading.notes)
        raise UsageError(f"{path}: this is {source.name}, and there is no table in it{notes}")
    return reading


def _what_it_is_not(document: Any) -> str:
    members = document if isinstance(document, dict) else {}
    if near := next((NEARLY[name] for name in NEARLY if name in members), ""):
        return near
    found = ", ".join(list(members)[:5]) or "none: it is no object"
    expected = "".join(f"\n  {source.name}" for source in SOURCES)
    return (
        f"no tables are read from such a document (its members: {found}); expected one of{expected}"
    )


def _load(path: Path) -> tuple[Any, str]:
    """The document, and its text where that is JSON."""
    if path.is_dir():
        raise UsageError(f"{path}: this is a directory; name a file in it")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(f"{path}: there is no such file") from error
    except (OSError, ValueError) as error:
        if isinstance(error, OSError):
            raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
        raise UsageError(
            f"{path}: it is no text in UTF-8; of a saved plan of Terraform {_SHOW}"
        ) from error
    try:
        return json.loads(text), text
    except RecursionError as error:
        raise UsageError(f"{path}: it is nested too deep") from error
    except ValueError as error:
        if hint := HINTS.get(path.suffix):
            raise UsageError(f"{path}: not JSON; {hint}") from error
        if text.lstrip()[:1] in ("{", "[") or path.suffix == ".json":
            raise UsageError(f"{path}: not JSON: {error}") from error
    from chaim_conformance.table_sources.yaml_templates import load

    return load(text, path), ""


def _position(text: str, error: Malformed) -> str:
    """``12:5:`` where the text says; of what is absent, where it should be."""
    steps = error.steps
    while text and steps:
        if (offset := find(text, {steps}).values.get(steps)) is not None:
            line, column = line_and_column(text, offset)
            return f"{line}:{column}:"
        steps = steps[:-1]
    return ""
