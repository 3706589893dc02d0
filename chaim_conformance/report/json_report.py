"""``report.json``: the run for programs, by ``contract/schemas/report.schema.json``."""

from __future__ import annotations

import json

from chaim_conformance.json_form import to_json
from chaim_conformance.report.run_report import RunReport


def text(report: RunReport) -> str:
    """The file's text."""
    return json.dumps(to_json(report), indent=2, ensure_ascii=False) + "\n"
