"""``badge.json``: a run as a badge, in the form that shields.io's endpoint badge reads."""

from __future__ import annotations

import json

from chaim_conformance.report.headline import headline, is_uncounted, left
from chaim_conformance.report.run_report import RunReport


def text(report: RunReport) -> str:
    """The file's text."""
    label = f"chaim contract {report.contract}".rstrip()
    badge = {
        "schemaVersion": 1,
        "label": label,
        "message": headline(report),
        "color": _colour(report),
    }
    return json.dumps(badge, indent=2, ensure_ascii=False) + "\n"


def _colour(report: RunReport) -> str:
    """Green is for what was judged, whole; less bright where something is known to be wrong."""
    if report.outcome == "violations":
        return "red"
    if report.outcome != "conformant" or left(report):
        return "lightgrey"
    clauses = [one for provider in report.providers for one in provider.clauses]
    wrong = any(one.status in ("known", "blocked") or is_uncounted(one) for one in clauses)
    return "yellowgreen" if wrong else "brightgreen"
