"""The judgement of binders: one pure function a clause, from a synth's transcript to findings."""

from __future__ import annotations

from chaim_conformance.checks.binder import (  # noqa: F401  each enters its checks
    config,
    deployed,
    errors,
    identity,
    leftovers,
    names,
    paths,
    updates,
)
from chaim_conformance.checks.binder.registry import BINDER_CHECKS, BinderCheck

__all__ = ["BINDER_CHECKS", "BinderCheck"]
