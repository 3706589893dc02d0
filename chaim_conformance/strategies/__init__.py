"""Hypothesis strategies for what a provider may meet, for the kit and for one's own tests.

``from chaim_conformance.strategies import bprints, bundles`` needs no pytest and no plane.
``tables``, ``apps``, ``changes`` and ``app_breakages`` are what binders meet; they need no CDK.

Names of fields, descriptions and defaults carry *canaries*, words such as ``canary000042`` that
stand nowhere else: where one turns up outside a snapshot, a part of a schema has leaked.

What a plain call draws, some platform might make: it stays within what JSON readers of every
language take exactly, a double's whole numbers among it. ``odd=True`` adds what is valid and yet
made by none, such as whole numbers beyond 2^53, texts of ten thousand characters, names such as
``__proto__``, and nesting dozens deep. It is for thorough runs: whoever fails on those alone has a
weakness, but hardly a user who meets it.
"""

from chaim_conformance.strategies.adversity import troubled_lives
from chaim_conformance.strategies.app_breakages import AppBreakage, app_breakages
from chaim_conformance.strategies.app_configs import configs
from chaim_conformance.strategies.apps import apps, synth_scenarios
from chaim_conformance.strategies.attempts import (
    attempts,
    failing_attempts,
    healthy_attempts,
    hiccups,
    operations,
)
from chaim_conformance.strategies.bprints import bprints
from chaim_conformance.strategies.breakages import Breakage, breakages
from chaim_conformance.strategies.bundles import bundles, snapshots, without_action
from chaim_conformance.strategies.changes import Change, changes
from chaim_conformance.strategies.entity_lives import entity_lives
from chaim_conformance.strategies.faults import (
    bucket_refusals,
    malformed_presigns,
    presign_refusals,
)
from chaim_conformance.strategies.lives import healthy_lives, retried_operations
from chaim_conformance.strategies.stories import stories
from chaim_conformance.strategies.table_breakages import TableBreakage, table_breakages
from chaim_conformance.strategies.tables import tables

__all__ = [
    "AppBreakage",
    "Breakage",
    "Change",
    "TableBreakage",
    "app_breakages",
    "apps",
    "attempts",
    "bprints",
    "breakages",
    "bucket_refusals",
    "bundles",
    "changes",
    "configs",
    "entity_lives",
    "failing_attempts",
    "healthy_attempts",
    "healthy_lives",
    "hiccups",
    "malformed_presigns",
    "operations",
    "presign_refusals",
    "retried_operations",
    "snapshots",
    "stories",
    "synth_scenarios",
    "table_breakages",
    "tables",
    "troubled_lives",
    "without_action",
]
