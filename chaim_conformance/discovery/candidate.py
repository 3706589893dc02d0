"""A handler or binder that was found, and how likely it is to be the one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# In a text of a publisher for Chaim; of any custom resource.
_OF_CHAIM = re.compile(r"chaim|snapshot\.json", re.IGNORECASE)
_OF_A_RESOURCE = re.compile(r"RequestType|PhysicalResourceId|ResponseURL")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What could be configured: a locator, why it was taken for one, and what it needs.

    ``bundle`` and ``prepare`` are as in ``chaim.toml``, empty where it needs none. The higher the
    ``score``, the likelier.
    """

    locator: str
    why: str
    score: int = 0
    bundle: str = ""
    prepare: str = ""


def likeliness(text: str) -> int:
    """How much a handler's text looks like that of a provider."""
    return 4 * bool(_OF_CHAIM.search(text)) + 2 * bool(_OF_A_RESOURCE.search(text))


def likeliest_first(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Each locator once; of equals the one that lies higher comes first."""
    best: dict[str, Candidate] = {}
    for one in candidates:
        # Of what is built, the source tells more.
        rank = (one.score, bool(one.prepare))
        known = best.get(one.locator)
        if known is None or (known.score, bool(known.prepare)) < rank:
            best[one.locator] = one
    return tuple(sorted(best.values(), key=lambda c: (-c.score, c.locator.count("/"), c.locator)))
