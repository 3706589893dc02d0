"""All mutants: each has one fault, and names the clause that has to notice it."""

from __future__ import annotations

from tests.mutants.mutant import BASES, Mutant, build, provider_of
from tests.mutants.node_faults import NODE_MUTANTS
from tests.mutants.node_faults_secrecy import NODE_SECRECY_MUTANTS
from tests.mutants.node_faults_secrets import NODE_SIZE_MUTANTS
from tests.mutants.node_faults_wire import NODE_WIRE_MUTANTS
from tests.mutants.python_faults_publishing import PUBLISHING_MUTANTS
from tests.mutants.python_faults_secrecy import SECRECY_MUTANTS
from tests.mutants.python_faults_secrets import SECRETS_MUTANTS
from tests.mutants.python_faults_service import SERVICE_MUTANTS
from tests.mutants.python_faults_wire import PYTHON_WIRE_MUTANTS
from tests.mutants.stack_faults import STACK_MUTANTS

__all__ = ["BASES", "MUTANTS", "Mutant", "build", "mutants_of", "provider_of"]

MUTANTS: tuple[Mutant, ...] = (
    *PUBLISHING_MUTANTS,
    *SERVICE_MUTANTS,
    *SECRECY_MUTANTS,
    *SECRETS_MUTANTS,
    *NODE_MUTANTS,
    *NODE_SECRECY_MUTANTS,
    *STACK_MUTANTS,
    *PYTHON_WIRE_MUTANTS,
    *NODE_WIRE_MUTANTS,
    *NODE_SIZE_MUTANTS,
)


def mutants_of(clause: str) -> tuple[Mutant, ...]:
    """The mutants that have to die by this clause."""
    return tuple(mutant for mutant in MUTANTS if clause in mutant.clauses)
