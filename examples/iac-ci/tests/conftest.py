"""The folders of the provider, of the image and of the configuration can be imported from."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / name) for name in ("provider", "src", "infra")]


@pytest.fixture(scope="session")
def plan() -> dict[str, Any]:
    """The checked-in plan."""
    document: dict[str, Any] = json.loads((ROOT / "plan.json").read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="session")
def planned(plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What is known of each resource after the apply, by address."""
    return {one["address"]: one["change"]["after"] for one in plan["resource_changes"]}
