"""Writes what was bound: LOCAL snapshots, and bundles that ``publish.py`` is run in."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from snapshots import Bound

CODE = Path(__file__).resolve().parents[1] / "src"
# Below the project; removed and made anew, so that it holds what is bound now.
BUNDLES = "dist/chaim"
PUBLISHER = "command:python3 publish.py"


def local_base() -> Path:
    """Where LOCAL snapshots go (B02)."""
    if named := os.environ.get("CHAIM_SNAPSHOT_DIR"):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ["LOCALAPPDATA"], "chaim/cache/snapshots")
    return Path.home() / ".chaim/cache/snapshots"


def write(found: Iterable[Bound], project: Path) -> list[tuple[Bound, Path]]:
    """Each with its bundle."""
    found = list(found)
    shutil.rmtree(project / BUNDLES, ignore_errors=True)
    for folder in {local_base() / one.place.parent for one in found}:
        for left_over in folder.glob("*.json"):  # B32
            left_over.unlink()
    return [(one, _written(one, project)) for one in found]


def _written(one: Bound, project: Path) -> Path:
    content = json.dumps(one.snapshot, ensure_ascii=False, indent=2).encode()
    local = local_base() / one.place
    local.parent.mkdir(parents=True, exist_ok=True)
    local.write_bytes(content)
    bundle = project / BUNDLES / one.binding.deployment / one.resource_id
    shutil.copytree(CODE, bundle, ignore=shutil.ignore_patterns("__pycache__"))
    (bundle / "snapshot.json").write_bytes(content)
    return bundle
