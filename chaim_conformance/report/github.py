"""A run inside a GitHub job: annotations, the step's summary, and its outputs.

Each violation is an annotation, at the file that it is about where that is known; the summary is
``report.md``; the outputs are ``outcome``, ``failed`` and ``report``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.report import markdown
from chaim_conformance.report.headline import is_uncounted, stopping
from chaim_conformance.report.run_report import ClauseReport, ProviderReport, RunReport

# GitHub shows no more of each kind, a step.
SHOWN = 10
MESSAGE = 2000  # characters


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """What GitHub shows at a file of the repo, or at none, where ``file`` is empty."""

    level: Literal["error", "warning"]
    title: str
    message: str
    file: str = ""


def is_github() -> bool:
    """Whether this process is part of a GitHub job."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


class GitHub:
    """Tells GitHub what came out of a run.

    ``environ`` is the job's; ``write`` takes the lines that GitHub's runner reads, so they have to
    get to its own standard output.
    """

    def __init__(
        self,
        settings: Settings,
        providers: Iterable[ProviderConfig],
        *,
        environ: Mapping[str, str],
        write: Callable[[str], object],
    ) -> None:
        self._report = settings.report
        self._providers = {provider.name: provider for provider in providers}
        self._environ = environ
        self._write = write

    def __call__(self, report: RunReport) -> None:
        """Writes annotations, the summary and the outputs."""
        found = [
            one
            for provider in report.providers
            for one in annotated(provider, self._files(provider.name))
        ]
        lines = [line for level in ("error", "warning") for line in _lines(found, level)]
        if lines:
            self._write("\n".join(["", *lines]) + "\n")
        self._append("GITHUB_STEP_SUMMARY", markdown.text(report))
        self._append("GITHUB_OUTPUT", _outputs(report, self._report))

    def _files(self, name: str) -> dict[str, str]:
        """Files of a provider by half, as GitHub names them: relative to the repo."""
        provider = self._providers.get(name)
        if provider is None:
            return {}
        found = {"": provider.file} if provider.file is not None else {}
        for half, locator in (("H", provider.handler), ("B", provider.binder)):
            kind, _, rest = (locator or "").partition(":")
            file = provider.root / rest.partition(":")[0]
            if kind in ("node", "python") and file.is_file():
                found[half] = file
        top = Path(self._environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
        absolute = {half: file.resolve() for half, file in found.items()}
        return {
            half: file.relative_to(top).as_posix()
            for half, file in absolute.items()
            if file.is_relative_to(top)
        }

    def _append(self, name: str, text: str) -> None:
        file = self._environ.get(name)
        if file:
            with open(file, "a", encoding="utf-8", errors="backslashreplace") as opened:
                opened.write(text)


def annotated(provider: ProviderReport, files: Mapping[str, str]) -> Iterator[Annotation]:
    """A provider's, what to look at first at the beginning.

    ``files`` are those of its halves (``H``, ``B``) and ``chaim.toml`` (empty name).
    """
    configured = files.get("", "")
    if provider.not_started:
        title = _of("the provider could not be started", provider)
        yield Annotation(level="error", title=title, message=provider.not_started, file=configured)
    for problem in provider.problems:
        title = _of("[[known]] cannot be used", provider)
        yield Annotation(level="error", title=title, message=problem, file=configured)
    for one in stopping(provider):
        about = configured if one.status == "stale" else files.get(one.id[0], configured)
        title = _of(f"{one.id} {one.slug} ({one.level}): {one.status}", provider)
        yield Annotation(level="error", title=title, message=_message(one), file=about)
    for one in provider.clauses:
        if one.status == "known" or is_uncounted(one):
            word = "known" if one.status == "known" else f"{one.status}, not counted"
            title = _of(f"{one.id} {one.slug} ({one.level}): {word}", provider)
            about = files.get(one.id[0], configured)
            yield Annotation(level="warning", title=title, message=_message(one), file=about)


def _of(title: str, provider: ProviderReport) -> str:
    return f"{provider.name}: {title}" if provider.name else title


def _message(one: ClauseReport) -> str:
    lines = [one.reason] if one.reason else []
    if one.failure is not None:
        told = (
            ("Expected", one.failure.expected),
            ("Seen", one.failure.seen),
            ("In", one.failure.where),
            ("Hint", one.failure.hint),
            ("Replay", one.failure.replay),
        )
        lines += [f"{name}: {value[: MESSAGE // 4]}" for name, value in told if value]
    return "\n".join([one.text, *lines])


def _lines(found: Iterable[Annotation], level: str) -> Iterator[str]:
    """The first ones, and how many more there are."""
    chosen = [one for one in found if one.level == level]
    shown = chosen if len(chosen) <= SHOWN else chosen[: SHOWN - 1]
    yield from map(command, shown)
    if more := len(chosen) - len(shown):
        yield f"::{level} title=Chaim ingest contract::and {more} more, in the summary"


def command(one: Annotation) -> str:
    """The line by which GitHub's runner makes an annotation."""
    properties = {"file": one.file, "title": one.title}
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{one.level} {given}::{_data(one.message[:MESSAGE])}"


def _data(text: str) -> str:
    sound = text.encode("utf-8", "backslashreplace").decode()
    return sound.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _outputs(report: RunReport, directory: Path) -> str:
    failed = dict.fromkeys(one.id for provider in report.providers for one in stopping(provider))
    lines = {
        "outcome": report.outcome,
        "failed": ",".join(failed),
        "report": str(directory.resolve()),
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())
