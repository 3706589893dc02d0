"""What a newcomer waits for: a first verdict, the plugin's import, the first violation's text."""

from __future__ import annotations

from benchmarks.processes import ROOT

EXAMPLE = ROOT / "examples/node-provider"
# The fault of a newcomer: the hash is that of other bytes than those that are uploaded.
RIGHT, WRONG = ".update(body)", ".update(body + ' ')"
VIOLATED = "does not hold"
PATIENCE = 300
