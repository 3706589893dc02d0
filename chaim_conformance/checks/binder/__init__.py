"""The judgement of binders: one pure function a clause, from a synth's transcript to findings."""

from __future__ import annotations

from chaim_conformance.checks.binder import (  # noqa: F401  each enters its checks
    bundle,
    config,
    constructs,
    deployed,
    errors,
    identity,
    leftovers,
    metadata,
    names,
    paths,
    running,
    snapshot,
    template,
    updates,
)
from chaim_conformance.checks.binder.registry import BINDER_CHECKS, BinderCheck

__all__ = ["BINDER_CHECKS", "BinderCheck"]
