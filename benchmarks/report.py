"""Rows as a Markdown table, and as JSON."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.rows import Row, number
from chaim_conformance import __version__

HEADINGS = ("what", "figure", "beside", "ratio", "target", "", "note")
NUMERIC = {"figure", "ratio"}
SIGNS = {"at least": "≥", "at most": "≤"}


def table(rows: Sequence[Row]) -> str:
    """A Markdown table."""
    rule = ["---:" if heading in NUMERIC else "---" for heading in HEADINGS]
    lines = [HEADINGS, rule, *(_cells(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def surroundings() -> dict[str, object]:
    """What the figures depend on besides the code."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    return {
        "kit": __version__,
        "python": platform.python_version(),
        "node": node.stdout.strip(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load before": round(os.getloadavg()[0], 2),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def heading(where: dict[str, object], *, quick: bool) -> str:
    """The surroundings in one line."""
    words = ", ".join(f"{name} {value}" for name, value in where.items())
    return f"{'Quick run, for trying out. ' if quick else ''}{words}.\n"


def as_json(rows: Sequence[Row], where: dict[str, object], *, quick: bool) -> str:
    """Everything that was measured, for programs."""
    document = {"surroundings": where, "quick": quick, "rows": [row.as_json() for row in rows]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    peer = "" if row.peer_figure is None else f"{row.peer}: {number(row.peer_figure)}"
    return (
        row.name,
        "not run" if row.figure is None else f"{number(row.figure)} {row.unit}",
        peer,
        "" if row.ratio is None else f"{number(row.ratio)} x",
        _target(row),
        {None: "", True: "met", False: "**missed**"}[row.met],
        row.note,
    )


def _target(row: Row) -> str:
    if row.target is None:
        return ""
    unit = "x" if row.target.of == "ratio" else row.unit
    return f"{SIGNS[row.target.bound]} {row.target.value:g} {unit}"
