"""Writes what a failure was made of, so that it can be replayed and looked at."""

from __future__ import annotations

import json
import os
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path

from chaim_conformance.config import FILE_NAME, ProviderConfig
from chaim_conformance.contract import Clause
from chaim_conformance.errors import UsageError
from chaim_conformance.json_form import to_json
from chaim_conformance.report.redaction import Redactor
from chaim_conformance.synth_transcript import SynthTranscript
from chaim_conformance.transcript import Transcript


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What was written, relative to the report's folder, and the command that replays it."""

    scenario: str = ""
    transcript: str = ""
    replay: str = ""


NOTHING_KEPT = Kept()


def write_failure(
    directory: Path,
    clause: Clause,
    transcript: Transcript | SynthTranscript,
    provider: ProviderConfig,
) -> Kept:
    """Writes scenario and transcript under ``directory``.

    The scenario holds no secret; the transcript's are redacted.
    """
    scenario = scenario_file(provider, clause)
    observed = scenario.with_name(f"{clause.name}.transcript.json")
    write_into(directory, scenario, _text(to_json(transcript.scenario)))
    redacted = Redactor.of(transcript)(_text(to_json(transcript)))
    write_into(directory, observed, redacted)
    half = "handler" if isinstance(transcript, Transcript) else "binder"
    command = ["chaim-conformance", "replay", _short(directory / scenario)]
    return Kept(
        scenario=scenario.as_posix(),
        transcript=observed.as_posix(),
        replay=shlex.join([*command, *_flags(provider, half)]),
    )


def scenario_file(provider: ProviderConfig, clause: Clause) -> Path:
    """Where the scenario that violated the clause is, relative to the report's folder."""
    return Path("failures", provider.name, f"{clause.name}.json")


def require_writable(directory: Path) -> None:
    """Raises :class:`UsageError` where failures could not be written, before any is found."""
    there = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    if not there.is_dir():
        raise UsageError(f"report folder {directory}: {there} is a file; name another folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"report folder {directory}: {there} cannot be written to")


def _flags(provider: ProviderConfig, half: str) -> list[str]:
    """What names this provider on a command line, from here."""
    flags = []
    if provider.file is not None and provider.file.resolve() != (Path.cwd() / FILE_NAME).resolve():
        flags += ["--config", _short(provider.file)]
    if provider.name:
        flags += ["--provider", provider.name]
    if provider.file is None or provider.by_flag:
        flags += [f"--{half}", getattr(provider, half) or ""]
    return flags


def _short(path: Path) -> str:
    """The path from here, where it is below."""
    absolute = path.resolve()
    here = Path.cwd()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)


def _text(data: object) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def write_into(directory: Path, name: Path | str, text: str) -> None:
    """Writes a file of the report's folder, whole or not at all; git is told to leave it alone."""
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (ignore := directory / ".gitignore").exists():
        ignore.write_text("*\n", encoding="utf-8")
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    os.chmod(temporary, 0o644)  # so that whoever serves or uploads it can read it
    os.replace(temporary, path)
