"""Known failures: what ``[[known]]`` makes of a verdict, and a draft of it for a new baseline."""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chaim_conformance.config import PROFILES, Known, ProviderConfig
from chaim_conformance.errors import UsageError
from chaim_conformance.verdict import Verdict

if TYPE_CHECKING:
    from chaim_conformance.report.run_report import ProviderReport


def weigh(
    verdict: Verdict, known: Iterable[Known], *, today: date, strict: bool, profile: str
) -> Verdict:
    """A listed failure is *known*; a listed clause that passes is *stale*: the list is wrong.

    It is so from the profile on that is named in the entry; what ``thorough`` has to draw by chance
    is never stale. What is blocked, not run or in error stays what it is: only violations can be
    known.
    """
    entry = next((one for one in known if one.clause == verdict.clause), None)
    if entry is None:
        return verdict
    if verdict.status == "pass" and _has_to_fail(entry, profile):
        reason = f"it is listed as known ({entry.reason}), and holds: remove the entry"
        return replace(verdict, status="stale", reason=reason)
    if verdict.status != "fail":
        return verdict
    overdue = entry.expires is not None and entry.expires < today
    if overdue and strict:
        return replace(verdict, reason=f"known, but overdue since {entry.expires}")
    reason = " ".join(filter(None, (entry.reason, entry.issue)))
    if overdue:
        reason += f" (overdue since {entry.expires})"
    return replace(verdict, status="known", reason=reason)


def _has_to_fail(entry: Known, profile: str) -> bool:
    """Whether the failure shows under this profile, if it is there at all."""
    return entry.profile != "thorough" and PROFILES.index(entry.profile) <= PROFILES.index(profile)


def require_draftable(providers: Iterable[ProviderConfig]) -> None:
    """Raises :class:`UsageError` where there is no ``chaim.toml`` to add a draft to."""
    for provider in providers:
        if provider.file is None:
            raise UsageError(
                "--chaim-write-known: there is no chaim.toml to write to; write one with "
                "[provider] and its handler first"
            )
        path = provider.file.resolve()
        if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
            raise UsageError(f"--chaim-write-known: {provider.file} cannot be written to")


def draft(
    provider: ProviderConfig, failures: Mapping[str, str], *, today: date, profile: str
) -> list[str]:
    """Appends an entry to ``chaim.toml`` for each failure that is not listed; returns its clauses.

    ``failures`` maps clauses to what was expected, under this profile. The file is replaced
    as a whole or not at all. Raises :class:`UsageError` where the result would be no TOML.
    """
    assert provider.file is not None
    listed = {entry.clause for entry in provider.known}
    new = {clause: text for clause, text in failures.items() if clause not in listed}
    entries = "".join(
        "\n[[known]]\n"
        f"clause = {json.dumps(clause)}\n"
        f"reason = {_text(f'drafted on {today}, say why: {expected}')}\n"
        + (f"profile = {_text(profile)}\n" if profile != "quick" else "")
        + (f"provider = {_text(provider.name)}\n" if provider.name else "")
        for clause, expected in new.items()
    )
    if entries:
        _append(provider.file, entries)
    return list(new)


def expectations(provider: ProviderReport) -> dict[str, str]:
    """What a draft is made of: each violation that fails the run, and what was expected."""
    return {
        one.id: one.failure.expected
        for one in provider.clauses
        if one.status == "fail" and one.fails and one.failure is not None
    }


def drafted(
    providers: Iterable[ProviderConfig],
    failures: Mapping[str, Mapping[str, str]],
    profile: str,
) -> list[str]:
    """:func:`draft` for each provider, with ``failures`` by its name; a line on each for people."""
    lines = []
    for provider in providers:
        today = datetime.now(UTC).date()
        new = failures.get(provider.name, {})
        clauses = draft(provider, new, today=today, profile=profile)
        added = f"added {', '.join(clauses)} to [[known]]: give the reasons"
        what = added if clauses else "nothing new to add to [[known]]"
        lines.append(f"{provider.file}: {what}")
    return lines


def _text(value: str) -> str:
    """A TOML string on one line."""
    return json.dumps(" ".join(value.split()), ensure_ascii=False).replace("\x7f", "\\u007f")


def _append(path: Path, entries: str) -> None:
    path = path.resolve()
    before = path.read_text(encoding="utf-8")
    after = before + ("" if before.endswith("\n") else "\n") + entries
    try:
        tomllib.loads(after)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: known failures cannot be added at its end: {error}") from error
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(after)
    os.chmod(name, path.stat().st_mode)
    os.replace(name, path)
