"""CHANGELOG.md's verdicts: each entry carries the fingerprints of what it led to.

``python -m tests.upkeep.changelog`` stamps a new entry. An entry is a bullet under "### Verdicts",
newest first; its stamp ends it: ``[checks 0123456789ab, corpus ba9876543210]``. What the newest
stamp of a part says is what the part has to be.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.upkeep.fingerprints import ROOT, fingerprints

FILE = ROOT / "CHANGELOG.md"
COMMAND = "python -m tests.upkeep.changelog"
HEADING = "### Verdicts"
# The stamp of what changes verdicts in none of the parts that have fingerprints: the plane, say.
ELSEWHERE = "elsewhere"
BULLET = re.compile(r"^- .*(?:\n  .*)*", re.MULTILINE)
STAMP = re.compile(r"\[((?:[a-z-]+ [0-9a-f]+(?:, )?)+|elsewhere)\]\Z")


class Refused(Exception):
    """There is nothing that could be stamped; the message says what to write first."""


@dataclass(frozen=True)
class Entry:
    """A bullet: where it ends in the text, and the fingerprints that it led to, by part.

    ``parts`` is ``None`` for one without a stamp.
    """

    end: int
    parts: Mapping[str, str] | None


def entries(text: str) -> Iterator[Entry]:
    """The entries about verdicts, newest first."""
    for section in re.finditer(rf"^{HEADING}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL):
        for bullet in BULLET.finditer(section[1]):
            words = bullet[0].rstrip()
            stamp = STAMP.search(words)
            parts = None
            if stamp is not None:
                pairs = [] if stamp[1] == ELSEWHERE else stamp[1].split(", ")
                parts = dict(pair.split(" ") for pair in pairs)
            yield Entry(section.start(1) + bullet.start() + len(words), parts)


def unexplained(text: str, now: Mapping[str, str]) -> list[str]:
    """The parts that are not what the newest entry about them says."""
    told: dict[str, str] = {}
    for entry in entries(text):
        for part, fingerprint in (entry.parts or {}).items():
            told.setdefault(part, fingerprint)
    return [part for part, fingerprint in now.items() if told.get(part) != fingerprint]


def stamped(text: str, now: Mapping[str, str]) -> str:
    """The text with its new entries stamped with what changed.

    Raises :class:`Refused` where something changed and there is no new entry.
    """
    changed = unexplained(text, now)
    new = [entry for entry in entries(text) if entry.parts is None]
    if changed and not new:
        raise Refused(
            f"{', '.join(changed)} changed, and no entry says how: write one at the top of"
            f' "{HEADING}" in CHANGELOG.md, for someone whose verdict is another from now on'
        )
    stamp = ", ".join(f"{part} {now[part]}" for part in changed) or ELSEWHERE
    for entry in reversed(new):
        text = f"{text[: entry.end]}\n  [{stamp}]{text[entry.end :]}"
    return text


def main() -> int:
    """Stamps the file; 1 where that is refused."""
    before = FILE.read_text(encoding="utf-8")
    try:
        after = stamped(before, fingerprints())
    except Refused as refused:
        print(f"CHANGELOG.md: {refused}", file=sys.stderr)
        return 1
    FILE.write_text(after, encoding="utf-8")
    print("CHANGELOG.md:", "nothing to stamp" if after == before else "stamped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
