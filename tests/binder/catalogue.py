"""All binders with one fault."""

from __future__ import annotations

from tests.binder.mutant import BinderMutant
from tests.binder.node_faults import NODE_MUTANTS
from tests.binder.node_faults_publishing import PUBLISHING_MUTANTS
from tests.binder.node_faults_refusals import REFUSAL_MUTANTS

MUTANTS: tuple[BinderMutant, ...] = (
    *NODE_MUTANTS,
    *PUBLISHING_MUTANTS,
    *REFUSAL_MUTANTS,
)
