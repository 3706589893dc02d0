"""Snapshots that lie about where no handler has any business: publishing one shows (H01)."""

from __future__ import annotations

import json
from pathlib import Path

from chaim_conformance.checks.evidence import DECOY
from chaim_conformance.examples import SCHEMA
from chaim_conformance.strategies.bundles import ACCOUNT, REGION, STACK, flat_snapshot

# Where the command-line consumer looks for snapshots, below HOME and below CHAIM_SNAPSHOT_DIR.
OS_CACHE = Path(".chaim/cache/snapshots")
LEAF = Path("aws", ACCOUNT, REGION, STACK, "dynamodb", f"{DECOY}.json")
TEXT_VARIABLES = ("SNAPSHOT", "SNAPSHOT_JSON", "CHAIM_SNAPSHOT")


def lay(home: Path) -> None:
    """Fills a directory that serves as HOME and as CHAIM_SNAPSHOT_DIR."""
    for base in (home, home / OS_CACHE):
        for path in (base / LEAF, base / "snapshot.json"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_text(), encoding="utf-8")


def environment(home: Path) -> dict[str, str]:
    """The variables that lead to the decoys, or hold one."""
    leading = {"HOME": str(home), "CHAIM_SNAPSHOT_DIR": str(home)}
    return leading | dict.fromkeys(TEXT_VARIABLES, _text())


def _text() -> str:
    decoy = flat_snapshot(SCHEMA, app_id="decoy", captured_at="2026-01-15T14:30:00Z")
    return json.dumps({**decoy, "resourceId": DECOY})
