"""Where reports send people who want to know more of a clause."""

from __future__ import annotations

# A page for each clause, say "https://example.org/clauses/{id}.html"; empty while there is none.
CLAUSE_URL = ""


def clause_url(clause: str) -> str:
    """The page about a clause (``H10``); empty where there is none."""
    return CLAUSE_URL.format(id=clause)
