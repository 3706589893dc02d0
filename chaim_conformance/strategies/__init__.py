"""Hypothesis strategies for what a provider may meet, for the kit and for one's own tests.

``from chaim_conformance.strategies import bprints, bundles`` needs no pytest and no plane.
"""

from chaim_conformance.strategies.bprints import bprints
from chaim_conformance.strategies.bundles import bundles, snapshots
from chaim_conformance.strategies.faults import (
    bucket_refusals,
    malformed_presigns,
    presign_refusals,
)
from chaim_conformance.strategies.lives import healthy_lives, retried_operations

__all__ = [
    "bprints",
    "bucket_refusals",
    "bundles",
    "healthy_lives",
    "malformed_presigns",
    "presign_refusals",
    "retried_operations",
    "snapshots",
]
