"""Where a stack is, and where its snapshots and bundles go."""

import hashlib
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pulumi

BUNDLES = "chaim.out"
# What no system has in a file's name, hides, strips or takes for a device (B30).
UNSAFE = re.compile(
    r'[/\\\x00-\x1f\x7f:*?"<>|]|\.\.|^[. ]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)', re.I
)
LONGEST = 150  # bytes of a file's name before its suffix


@dataclass(frozen=True)
class Place:
    """A Pulumi stack as Chaim names it; what nobody knows at a preview is ``unknown`` (B03)."""

    account: str
    region: str
    stack_name: str

    @classmethod
    def current(cls) -> "Place":
        """That of the stack whose program runs, from its configuration alone.

        An account can be asked for, but that is a call (B13); a shell's region is nobody's choice.
        """
        config = pulumi.Config("aws")
        allowed: list[str] = config.get_object("allowedAccountIds") or []
        return cls(
            account=allowed[0] if len(allowed) == 1 else "unknown",
            region=config.get("region") or "unknown",
            stack_name=stack_name(pulumi.get_project(), pulumi.get_stack()),
        )

    @property
    def snapshots(self) -> Path:
        """The folder of the stack's LOCAL snapshots (B01)."""
        parts = ("aws", self.account, self.region, self.stack_name)
        return Path(_base(), *map(safe_name, parts), "dynamodb")

    def bundle(self, resource_id: str) -> Path:
        """The folder of what publishes one entity, below the project."""
        root = Path(pulumi.get_root_directory())
        return root / BUNDLES / safe_name(self.stack_name) / safe_name(resource_id)


def stack_name(project: str, stack: str) -> str:
    """The deployed stack's name (B01): project and stack, as Pulumi names a stack's root resource.

    A stack's own name is short, ``dev``, and each project has one; who has put the project's name
    in front already does not get it twice.
    """
    qualified = stack == project or stack.startswith(f"{project}-")
    return stack if qualified else f"{project}-{stack}"


def _base() -> Path:
    """B02: where all providers keep LOCAL snapshots."""
    if chosen := os.environ.get("CHAIM_SNAPSHOT_DIR"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ["LOCALAPPDATA"], "chaim", "cache", "snapshots")
    return Path.home() / ".chaim" / "cache" / "snapshots"


def safe_name(name: str) -> str:
    """A name that a file can have; two names stay two."""
    if not any(UNSAFE.search(part) for part in (name, *name.split("__"))) and (
        len(name.encode("utf-8", "surrogatepass")) <= LONGEST
    ):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', name)[:40]}-{digest[:32]}"


def write(path: Path, content: bytes) -> None:
    """Writes a file at once, so that whoever walks the folder never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
