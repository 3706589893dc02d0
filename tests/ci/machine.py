"""What the tests of CI's files have in common: where these are, and what a job's processes see."""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
INSTALL_SECONDS = 600
_NOT_PASSED_ON = ("PYTEST_", "PYTHON", "CHAIM_", "TOX_", "GITHUB_", "VIRTUAL_ENV")


def surroundings() -> dict[str, str]:
    """The environment, without what belongs to the run that these tests are part of."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)
    }
