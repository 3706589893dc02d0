"""Where things are: the app, this machine's snapshots, the bundles; and how files get there."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from chaim_reference.cdk.identity import safe_name
from chaim_reference.cdk.snapshots import BoundEntity


def cdk_root() -> Path | None:
    """The folder of ``cdk.json``, searched upwards from where the app's main module lives (B14).

    Failing that from where this package lives (a virtual environment in the app's folder, say).
    ``None``: there is no such folder. The working directory has no say.
    """
    main = getattr(sys.modules.get("__main__"), "__file__", None)  # an interactive one has no file
    for start in (main, __file__):
        if start is not None:
            for folder in Path(start).absolute().parents:
                if (folder / "cdk.json").is_file():
                    return folder
    return None


def snapshot_base() -> Path:
    """Where LOCAL snapshots are kept (B02)."""
    if chosen := os.environ.get("CHAIM_SNAPSHOT_DIR"):
        return Path(chosen)
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local, "chaim", "cache", "snapshots")
    return Path.home() / ".chaim" / "cache" / "snapshots"


def local_directory(entity: BoundEntity) -> Path:
    """The folder of its stack's LOCAL snapshots (B01)."""
    parts = (entity.account, entity.region, entity.stack_name, entity.datastore_type)
    return snapshot_base().joinpath("aws", *map(safe_name, parts))


def asset_directory(cdk_out: Path, entity: BoundEntity) -> Path:
    """The folder of its bundle (B14, B15)."""
    return cdk_out / "chaim" / "assets" / safe_name(entity.stack_name) / entity.resource_id


def write(path: Path, content: bytes) -> None:
    """Writes a file so that no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".chaim-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)  # mkstemp's files are for their owner alone
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
