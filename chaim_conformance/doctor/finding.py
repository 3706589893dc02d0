"""What the doctor found out about one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at.

    ``ok``: it is there. ``missing``: without it what is configured cannot be judged. ``note``: it
    can, and something is worth knowing. ``do`` is what helps, a command where there is one.
    """

    status: Literal["ok", "missing", "note"]
    what: str
    said: str
    do: str = ""

    def lines(self, width: int) -> str:
        """The finding for people: one line, unless what was said has more of them.

        ``width`` is that of the column with the things' names.
        """
        said = self.said if not self.do else f"{self.said}{_joint(self.said)}{self.do}"
        indented = said.replace("\n", "\n" + " " * 9)
        return f"{self.status:<8} {self.what:<{width}} {indented}".rstrip()


def _joint(said: str) -> str:
    """What stands between what is the matter and what to do: after long texts a line's end."""
    return "\ndo: " if "\n" in said else "; do: "
