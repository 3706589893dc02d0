"""Reads ``.bprint`` files, and refuses what is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chaim_conformance.bprint_validation import errors, read_bprint
from chaim_reference.cdk.errors import BindingError
from chaim_reference.cdk.paths import cdk_root


def load_schema(schema_path: str) -> dict[str, Any]:
    """The document in the file, as it stands there (B06); a relative path begins at the app.

    Raises :class:`BindingError`, which names the file and all that is wrong with it: its name, its
    absence, its JSON (B20), its content (B19).
    """
    path = Path(cdk_root() or "", schema_path)
    document, found = read_bprint(path)
    if wrong := errors(found):
        listed = "\n".join(f"  {problem}" for problem in wrong)
        raise BindingError(f"{path} is no valid .bprint file:\n{listed}")
    return dict(document)
