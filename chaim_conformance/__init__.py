"""The conformance test kit for the Chaim ingest contract.

Load it with ``pytest -p chaim_conformance``, or run ``chaim-conformance check``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

__version__ = "0.1.0"

# What `-p chaim_conformance` loads; a plain import of the package stays light.
pytest_plugins = ["chaim_conformance.plugin"]


class _AsWritten:
    """Finds the kit's modules as Python does, before pytest does.

    pytest would compile them anew to rewrite their asserts, which tell a user nothing: seconds of
    every run in a fresh environment, and of all where no byte code may be written.
    """

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return PathFinder.find_spec(name, path, target) if name.startswith(f"{__name__}.") else None


if "_pytest" in sys.modules:
    sys.meta_path.insert(0, _AsWritten)
