"""Faults to plant in a copy of Cody Batch: a file, a text in it, and what stands there instead."""

from __future__ import annotations

Edit = tuple[str, str, str]

# A binder of the app's own, beside the reference's, which forgets that items expire.
TTL_LOST: Edit = (
    "cody_batch/binding.py",
    "\n__all__",
    """
from dataclasses import replace


class ChaimDynamoDBBinder(ChaimDynamoDBBinder):
    def describe(self):
        store = super().describe()
        kept = {name: one for name, one in store.metadata.items() if name != "ttlAttribute"}
        return replace(store, metadata=kept)


__all__""",
)
# The table itself forgets it.
NOTHING_EXPIRES: Edit = (
    "cody_batch/data.py",
    'time_to_live_attribute="expiresAt"',
    "time_to_live_attribute=None",
)
# The jobs run as they would by the plan's own code, without a role.
JOBS_WITHOUT_A_ROLE: Edit = ("cody_batch/batch.py", "job_role=self.role,", "")
