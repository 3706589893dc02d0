"""The kill matrix: collected from the tests of a run, wherever they ran; written as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from chaim_conformance.config import PROFILES

MARKS = {"fail": "**x**", "pass": "", "blocked": "b", "n/a": "-"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kill-matrix", metavar="FILE", type=Path, help="write it there")
    parser.addoption("--matrix-profile", choices=PROFILES, default="default", help="as it says")


class Rows:
    """Takes the rows out of the reports; with xdist they come in from the workers."""

    def __init__(self) -> None:
        self.rows: dict[str, Mapping[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        seen = dict(report.user_properties)
        if report.when == "call" and "kill_matrix_row" in seen:
            self.rows[str(seen.pop("kill_matrix_row"))] = {k: str(v) for k, v in seen.items()}


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--kill-matrix", None) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Rows(), "kill-matrix")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    plugin = session.config.pluginmanager.get_plugin("kill-matrix")
    if isinstance(plugin, Rows):
        session.config.getoption("--kill-matrix").write_text(as_markdown(plugin.rows))


def as_markdown(rows: Mapping[str, Mapping[str, str]]) -> str:
    """A row for each mutant, a column for each clause."""
    clauses = sorted({clause for row in rows.values() for clause in row})
    lines = [
        "# Kill matrix",
        "",
        "Each row is a provider with one fault. **x**: the clause is violated; b: blocked by one",
        "that is; empty: it passes.",
        "",
        f"| mutant | {' | '.join(clauses)} |",
        f"|---|{'---|' * len(clauses)}",
    ]
    for name in sorted(rows):
        marks = (MARKS.get(rows[name].get(c, ""), rows[name].get(c, "?")) for c in clauses)
        lines.append(f"| {name} | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"
