"""The judgement: one pure function a clause, from a transcript to findings.

A check sees nothing but the transcript. It yields an :class:`Upheld` wherever the clause was put to
the test and held, a :class:`Violation` where it did not, and a :class:`Blocked` where another
clause's violation leaves nothing to judge: one fault, one clause.
"""

from __future__ import annotations

from chaim_conformance.checks import (  # noqa: F401  each enters its checks
    answers,
    configuration,
    content,
    deadline,
    entities,
    failure_modes,
    hashing,
    identity,
    presign,
    secrecy,
    size,
    strangers,
    upload,
)
from chaim_conformance.checks.registry import CHECKS, Check

__all__ = ["CHECKS", "Check"]
