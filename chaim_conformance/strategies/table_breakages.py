"""Tables that DynamoDB refuses for one reason, and what that is.

The contract says nothing of them: CDK, CloudFormation or DynamoDB refuses them, whoever binds them.
They are for whoever reads tables, as a binder does, and has to be sure of the reading.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from chaim_conformance.errors import UsageError
from chaim_conformance.strategies.tables import MOST_GLOBAL, MOST_LOCAL, tables
from chaim_conformance.synth_scenario import Index, Key, Table

OTHER_TYPE = {"S": "N", "N": "B", "B": "S"}


@dataclass(frozen=True, kw_only=True)
class TableBreakage:
    """A table that breaks one rule of DynamoDB's: this one."""

    rule: str
    table: Table


def _no_key(table: Table) -> Table:
    return replace(table, partition_key=replace(table.partition_key, name=""))


def _ttl_is_a_key(table: Table) -> Table:
    return replace(table, ttl_attribute=table.partition_key.name)


def _one_attribute_twice(table: Table) -> Table:
    return replace(table, sort_key=table.partition_key, local_indexes=())


def _with_indexes(table: Table, *added: Index) -> Table:
    """The table with these indexes added; others go where there would be too many."""
    kept = table.global_indexes[: MOST_GLOBAL - len(added)]
    return replace(table, global_indexes=(*kept, *added))


def _duplicate_index(table: Table) -> Table:
    index = Index(name="twice", partition_key=table.partition_key)
    return _with_indexes(table, index, index)


def _two_types(table: Table) -> Table:
    key = table.partition_key
    other = Key(name=key.name, type=OTHER_TYPE[key.type])  # type: ignore[arg-type]
    return _with_indexes(table, Index(name="other-type", partition_key=other))


def _nothing_included(table: Table) -> Table:
    index = Index(name="nothing", partition_key=table.partition_key, projection="INCLUDE")
    return _with_indexes(table, index)


def _short_name(table: Table) -> Table:
    return replace(table, name="ab")


def _bad_name(table: Table) -> Table:
    return replace(table, name="with space/and slash")


def _short_index_name(table: Table) -> Table:
    return _with_indexes(table, Index(name="ix", partition_key=table.partition_key))


def _too_many_global(table: Table) -> Table:
    key = table.partition_key
    many = tuple(Index(name=f"index{n}", partition_key=key) for n in range(MOST_GLOBAL + 1))
    return replace(table, global_indexes=many)


def _too_many_local(table: Table) -> Table:
    sort, other = Key(name="sorted-by"), Key(name="sorted-otherwise-by")
    many = tuple(Index(name=f"local{n}", sort_key=other) for n in range(MOST_LOCAL + 1))
    return replace(table, sort_key=table.sort_key or sort, local_indexes=many)


def _local_without_sort_key(table: Table) -> Table:
    local = Index(name="local", sort_key=Key(name="sorted-by"))
    return replace(table, sort_key=None, local_indexes=(local,))


RULES: dict[str, Callable[[Table], Table]] = {
    "no-key": _no_key,
    "one-attribute-twice": _one_attribute_twice,
    "ttl-is-a-key": _ttl_is_a_key,
    "duplicate-index": _duplicate_index,
    "two-types": _two_types,
    "nothing-included": _nothing_included,
    "short-name": _short_name,
    "bad-name": _bad_name,
    "short-index-name": _short_index_name,
    "too-many-global": _too_many_global,
    "too-many-local": _too_many_local,
    "local-without-sort-key": _local_without_sort_key,
}


def table_breakages(*, rule: str | None = None) -> st.SearchStrategy[TableBreakage]:
    """Drawn tables with one rule of DynamoDB's broken: any, or this one.

    But for that, they are those of :func:`tables`. The rules are the keys of ``RULES``.

    >>> from hypothesis import given
    >>> from chaim_conformance.strategies import table_breakages
    >>> @given(table_breakages(rule="ttl-is-a-key"))
    ... def test_my_reader(breakage):
    ...     assert breakage.table.ttl_attribute == breakage.table.partition_key.name
    >>> test_my_reader()
    """
    if rule is not None and rule not in RULES:
        raise UsageError(f"table_breakages(rule={rule!r}): there are {', '.join(RULES)}")
    wanted = st.sampled_from(tuple(RULES) if rule is None else (rule,))
    return st.builds(
        lambda rule, table: TableBreakage(rule=rule, table=RULES[rule](table)),
        wanted,
        tables(constructs=("Table",)),
    )
