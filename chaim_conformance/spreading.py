"""How a run is spread over pytest-xdist's workers: clauses that share scenarios stay together.

A worker plays a scenario once, whatever the number of clauses that it is for. Spread one by one,
two workers would play nearly everything twice.
"""

from __future__ import annotations

from typing import Any

# Clauses whose stimuli overlap by a third or more; each of the others has scenarios of its own.
TOGETHER = (
    "H01 H02 H05 H07 H10 H11 H12 H22 H24 H25 H31 H32 H40 H42 H43 H81",
    "H03 H04 H06 H08 H09 H20 H21 H23 H33 H54 H57",
    "H34 H50 H51 H53 H60 H61 H70 H71 H72 H75 H80",
)
GROUPS = {clause: group for group in TOGETHER for clause in group.split()}


def group_of(nodeid: str) -> str:
    """What an item, by its id (``chaim::H10-content-hash[provider]``), has to stay together with.

    All of a binder's clauses do: each worker would start processes of its own for them.
    """
    name = nodeid.rpartition("::")[2]
    clause, _, rest = name.partition("-")
    group = "binder" if clause.startswith("B") else GROUPS.get(clause, clause)
    return f"{group} {rest.partition('[')[2]}"


def scheduler(config: Any, log: Any) -> Any:
    """A scheduler of pytest-xdist that hands out whole groups."""
    from xdist.scheduler import LoadScopeScheduling

    class ByStimulus(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return ByStimulus(config, log)
