"""``report.json`` read back: a run as one value, whichever minor version of the form it is in."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from cattrs import Converter

from chaim_conformance import contract
from chaim_conformance.errors import UsageError
from chaim_conformance.report.run_report import VERSION, RunReport

MAJOR = VERSION.partition(".")[0]


def read_report(path: Path) -> RunReport:
    """The run that a ``report.json`` tells of; fields that this kit does not know are left out.

    Raises :class:`UsageError` that names the file, and the place in it that is not as the schema
    has it. A report of another major version is refused: it may mean something else.
    """
    data = _load(path)
    version = data.get("report") if isinstance(data, dict) else None
    if not isinstance(version, str):
        raise UsageError(
            f'{path}: no report of the kit: there is no version in it under "report"; expected'
            " a report.json, as `chaim-conformance check` writes it into .chaim"
        )
    if version.partition(".")[0] != MAJOR:
        raise UsageError(
            f"{path}: version {version} of the report, but this kit reads {MAJOR}.x; make the"
            " report with this kit, or read it with the one that made it"
        )
    errors = sorted(_validator().iter_errors(data), key=lambda one: list(map(str, one.path)))
    if errors:
        place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in errors[0].path)
        message = errors[0].message
        short = message if len(message) < 200 else f"{message[:200]}…"
        raise UsageError(f"{path}: {place.removeprefix('.') or 'the file'}: {short}")
    return _converter().structure(data, RunReport)


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not JSON ({error})") from error


@cache
def _converter() -> Converter:
    return Converter()


@cache
def _validator() -> Any:
    """A validator for the schema, but for what later minor versions may add."""
    # Late: it takes a while.
    from jsonschema import Draft202012Validator

    schema = _lenient(contract.schema("report"))
    schema["properties"]["report"] = {"type": "string"}
    return Draft202012Validator(schema)


def _lenient(part: Any) -> Any:
    """The schema, where unknown fields pass."""
    if isinstance(part, list):
        return [_lenient(one) for one in part]
    if not isinstance(part, dict):
        return part
    kept = {key: _lenient(value) for key, value in part.items()}
    if kept.get("additionalProperties") is False:
        del kept["additionalProperties"]
    return kept
