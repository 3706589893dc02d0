"""All binders with one fault."""

from __future__ import annotations

from tests.binder.mutant import BinderMutant
from tests.binder.node_faults import NODE_MUTANTS
from tests.binder.node_faults_publishing import PUBLISHING_MUTANTS
from tests.binder.node_faults_refusals import REFUSAL_MUTANTS
from tests.binder.python_faults_paths import PYTHON_PATHS_MUTANTS
from tests.binder.python_faults_refusals import PYTHON_REFUSALS_MUTANTS
from tests.binder.python_faults_snapshot import SNAPSHOT_MUTANTS
from tests.binder.python_faults_template import TEMPLATE_MUTANTS

MUTANTS: tuple[BinderMutant, ...] = (
    *PYTHON_PATHS_MUTANTS,
    *PYTHON_REFUSALS_MUTANTS,
    *SNAPSHOT_MUTANTS,
    *TEMPLATE_MUTANTS,
    *NODE_MUTANTS,
    *PUBLISHING_MUTANTS,
    *REFUSAL_MUTANTS,
)
