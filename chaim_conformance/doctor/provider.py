"""The configured providers: ``chaim.toml``, the build, and whether each half really starts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from chaim_conformance import contract
from chaim_conformance.config import FILE_NAME, ProviderConfig, Settings
from chaim_conformance.doctor.finding import Finding
from chaim_conformance.errors import HarnessError, UsageError
from chaim_conformance.report.redaction import printable

if TYPE_CHECKING:
    pass

# A handler that is healthy has answered to a Create by then, whatever its own timeout (seconds).
_PATIENCE = 60.0


def unconfigured(error: UsageError, file: Path) -> Finding:
    """Why there is no provider to look at: no ``chaim.toml``, or one that says it wrongly."""
    if file.exists():
        said = str(error).replace("--chaim-", "--")
        return Finding(status="missing", what=FILE_NAME, said=said, do="correct it")
    return Finding(
        status="missing",
        what=FILE_NAME,
        said=f"there is no {file}, and no handler or binder was named",
        do="chaim-conformance init writes one; or name it here: --handler LOCATOR",
    )


def well_configured(provider: ProviderConfig) -> Iterator[Finding]:
    """That the file is as it should be, and what is wrong with its ``[[known]]``."""
    if provider.file is not None:
        named = f", [provider.{provider.name}]" if provider.name else ""
        yield Finding(status="ok", what=FILE_NAME, said=f"{provider.file}{named}")
    for problem in provider.known_problems:
        yield Finding(
            status="note", what=FILE_NAME, said=problem, do="correct it, as it fails the run"
        )


def startable(provider: ProviderConfig, settings: Settings) -> Iterator[Finding]:
    """Builds the provider and starts each half of it, as a run would.

    One half that does not start is no reason not to try the other.
    """
    named = f" of {provider.name}" if provider.name else ""
    if provider.prepare:
        built = _built(provider, f"build{named}")
        yield built
        if built.status != "ok":
            return
    ready = replace(provider, prepare=None, timeout=min(provider.timeout, _PATIENCE))
    if provider.handler is None and provider.binder is None:
        yield Finding(
            status="missing",
            what=f"provider{named}",
            said="neither a handler nor a binder is configured",
            do="set handler, binder or both under [provider]; chaim-conformance init finds them",
        )
    for half, locator in (("handler", provider.handler), ("binder", provider.binder)):
        if locator is not None:
            yield from _started(ready, settings, half, f"{half}{named}", locator)


def _built(provider: ProviderConfig, what: str) -> Finding:
    from chaim_conformance.half_judge import prepare

    command = provider.prepare or ""
    try:
        prepare(command, provider.root)
    except UsageError as error:
        lacks_packages = (provider.root / "package.json").is_file() and not (
            provider.root / "node_modules"
        ).is_dir()
        do = f"npm install, in {provider.root}" if lacks_packages else "mend it, or the command"
        return Finding(status="missing", what=what, said=printable(str(error)), do=do)
    return Finding(status="ok", what=what, said=command)


def _started(
    provider: ProviderConfig, settings: Settings, half: str, what: str, locator: str
) -> Iterator[Finding]:
    """What the preflight of this half says; and what a run would have people know."""
    from chaim_conformance.provider_judge import ProviderJudge
    from chaim_conformance.report.console import about

    clauses = [one for one in contract.clauses() if one.id[0] == half[0].upper()]
    try:
        with ProviderJudge(provider, settings, clauses) as judge:
            judge.preflight()
            said, notes = about(judge)[0].partition(": ")[2], judge.notes
    except (UsageError, HarnessError) as error:
        yield Finding(status="missing", what=what, said=printable(str(error)))
        return
    yield Finding(status="ok", what=what, said=f"{locator} starts: {said}")
    for note in notes:
        yield Finding(status="note", what=what, said=note)
