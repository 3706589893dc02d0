"""Where reports send people who want to know more of a clause."""

from __future__ import annotations

# The page of all clauses, say "https://example.org/clauses.html"; empty while there is none.
# A clause is found there at its id in lower case.
CLAUSE_URL = ""


def clause_url(clause: str) -> str:
    """Where a clause (``H10``) is explained; empty where there is no such place."""
    return f"{CLAUSE_URL}#{clause.lower()}" if CLAUSE_URL else ""
