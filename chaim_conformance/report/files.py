"""The report's files, written when a run ends; one more is a module with ``text``, and a row."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from chaim_conformance.events import Event, RunEnded
from chaim_conformance.report.failures import write_into
from chaim_conformance.report.run_report import fold

# Files, and the modules whose ``text(report)`` makes them.
FILES = {
    "report.json": "json_report",
    "junit.xml": "junit",
    "report.md": "markdown",
    "badge.json": "badge",
    "report.html": "html.page",
}


class Files:
    """A listener that writes all of :data:`FILES` into a folder."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._events: list[Event] = []

    def __call__(self, event: Event) -> None:
        """Remembers the event; writes when it is the last."""
        self._events.append(event)
        if not isinstance(event, RunEnded):
            return
        report = fold(self._events)
        for name, module in FILES.items():
            # Late: a run that ends before it begins needs none of them.
            made = import_module(f"{__package__}.{module}").text(report)
            write_into(self._directory, name, made)
