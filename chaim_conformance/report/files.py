"""The report's files; one more is a module with ``text``, and a row."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from chaim_conformance.report.failures import write_into
from chaim_conformance.report.run_report import RunReport

# Files, and the modules whose ``text(report)`` makes them.
FILES = {
    "report.json": "json_report",
    "junit.xml": "junit",
    "report.md": "markdown",
    "badge.json": "badge",
    "report.html": "html.page",
}


def write_files(report: RunReport, directory: Path) -> None:
    """Writes all of :data:`FILES` into a folder."""
    for name, module in FILES.items():
        # Late: a run that ends before it begins needs none of them.
        made = import_module(f"{__package__}.{module}").text(report)
        write_into(directory, name, made)
