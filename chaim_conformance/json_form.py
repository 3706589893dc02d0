"""The JSON form of scenarios and transcripts: frozen values to JSON and back, nothing lost."""

from __future__ import annotations

import base64
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from cattrs import BaseValidationError, Converter, transform_error
from cattrs.gen import make_dict_unstructure_fn, override
from cattrs.v import format_exception

from chaim_conformance.errors import UsageError
from chaim_conformance.scenario import Bundle, Scenario
from chaim_conformance.synth_scenario import Property, SynthScenario, Table
from chaim_conformance.synth_transcript import SynthTranscript
from chaim_conformance.transcript import Transcript

Value = TypeVar("Value")
# What stands where a secret was, in whatever the kit prints or writes.
REDACTED = "[redacted]"


@cache
def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    converter.register_unstructure_hook(bytes, _bytes_to_json)
    converter.register_structure_hook(bytes, lambda value, _: _bytes_from_json(value))
    # Few bundles have any, and what a scenario is known by is its JSON form.
    rare = override(omit_if_default=True)
    converter.register_unstructure_hook(
        Bundle, make_dict_unstructure_fn(Bundle, converter, variables=rare, stand_ins=rare)
    )
    converter.register_unstructure_hook(
        Table,
        make_dict_unstructure_fn(Table, converter, source=rare, datastore=rare, properties=rare),
    )
    converter.register_unstructure_hook(
        SynthTranscript, make_dict_unstructure_fn(SynthTranscript, converter, datastore=rare)
    )
    converter.register_structure_hook(Property, lambda value, _: _simple(value))
    return converter


def _simple(value: Any) -> Property:
    if not isinstance(value, bool | int | str):
        raise ValueError(f"{value!r}, expected true, false, an integer or a text")
    return value


def _bytes_to_json(value: bytes) -> dict[str, str]:
    """Text where it is UTF-8, so that a person can read it; else base64."""
    try:
        return {"text": value.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def _bytes_from_json(value: dict[str, str]) -> bytes:
    return value["text"].encode() if "text" in value else base64.b64decode(value["base64"])


def to_json(value: object) -> Any:
    """The value as plain JSON-able data: dataclasses are objects, tuples arrays, bytes text."""
    return _converter().unstructure(value)


def from_json(cls: type[Value], data: Any) -> Value:
    """The value of this class that ``to_json`` made ``data`` of.

    Raises :class:`UsageError` that lists every field which does not fit.
    """
    if not isinstance(data, dict):
        raise UsageError(f"this is no {cls.__name__}: expected an object")
    try:
        return _converter().structure(data, cls)
    except (BaseValidationError, KeyError, TypeError, ValueError) as error:
        complaints = (
            transform_error(error, format_exception=_words)
            if isinstance(error, BaseValidationError)
            else [str(error)]
        )
        raise UsageError(f"this is no {cls.__name__}: " + "; ".join(complaints)) from error


def _words(error: BaseException, cls: type | None) -> str:
    """What is wrong with a value, without Python's own words for it."""
    if literal := re.fullmatch(
        r"(.*) not in literal typing\.Literal\[(.*)\]", str(error), re.DOTALL
    ):
        return f"{literal[1]!r}, expected one of {literal[2]}"
    if type(error) is ValueError and cls is None:
        return str(error)
    return format_exception(error, cls)


def read_any_scenario(path: Path) -> Scenario | SynthScenario:
    """Reads a scenario of either side from a file that holds one, or a transcript of one.

    Scenarios of binders are those that have ``apps``.
    """
    data = _load(path)
    if isinstance(data, dict) and isinstance(data.get("scenario"), dict):
        data = data["scenario"]
        if REDACTED in json.dumps(data):
            raise UsageError(
                f"{path}: secrets were taken out of the scenario in this transcript, so it cannot "
                "be played; expected the scenario's own file, which is written beside it"
            )
    if isinstance(data, dict) and "apps" in data:
        return _of(SynthScenario, data, path)
    return _of(Scenario, data, path)


def read_any_transcript(path: Path) -> Transcript | SynthTranscript:
    """Reads a transcript of either side from a file; a :class:`UsageError` says what it is instead.

    Those of binders have ``records``.
    """
    data = _load(path)
    if isinstance(data, dict) and isinstance(data.get("scenario"), dict):
        if "records" in data:
            return _of(SynthTranscript, data, path)
        return _of(Transcript, data, path)
    if isinstance(data, dict) and ("apps" in data or "operations" in data):
        raise UsageError(
            f"{path}: this is a scenario, which says what is to be played; expected a transcript of"
            " what was seen (FILE.transcript.json). `chaim-conformance replay` plays scenarios"
        )
    raise UsageError(
        f"{path}: this is no transcript: expected an object with `scenario` and what was seen when"
        " it was played, as .chaim/failures has them (FILE.transcript.json)"
    )


def read(cls: type[Value], path: Path) -> Value:
    """Reads a value of this class from a JSON file; a clear :class:`UsageError` names the file."""
    return _of(cls, _load(path), path)


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise UsageError(f"{path}: not JSON ({error})") from error


def _of(cls: type[Value], data: Any, path: Path) -> Value:
    try:
        return from_json(cls, data)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
