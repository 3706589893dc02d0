"""All binders with one fault."""

from __future__ import annotations

from tests.binder.mutant import BinderMutant

MUTANTS: tuple[BinderMutant, ...] = ()
