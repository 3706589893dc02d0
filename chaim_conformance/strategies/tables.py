"""Tables as their owners declare them: what DynamoDB and CDK accept, in all its variety."""

from __future__ import annotations

from functools import cache
from itertools import product

from hypothesis import strategies as st

from chaim_conformance.errors import UsageError
from chaim_conformance.strategies.pools import (
    ATTRIBUTES,
    INDEX_NAMES,
    LONG_TABLE_NAMES,
    OTHER_ATTRIBUTES,
    TABLE_IDS,
    TABLE_NAMES,
)
from chaim_conformance.synth_scenario import (
    AttributeType,
    Billing,
    Construct,
    Encryption,
    Index,
    Key,
    Projection,
    StreamView,
    Table,
)

CONSTRUCTS: tuple[Construct, ...] = ("Table", "TableV2", "imported")
BILLINGS: tuple[Billing, ...] = ("PAY_PER_REQUEST", "PROVISIONED")
STREAMS: tuple[StreamView, ...] = ("NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY")
ENCRYPTIONS: tuple[Encryption, ...] = ("owned", "managed", "customer", "customer-arn")
# DynamoDB's limits: of indexes on a table, and of attributes that its indexes project by name.
MOST_GLOBAL, MOST_LOCAL, MOST_PROJECTED = 20, 5, 100

# An attribute has one type in all keys: the letter at its place, the word written on and on.
TYPINGS: tuple[tuple[AttributeType, ...], ...] = (
    ("S",),
    ("N",),
    ("B",),
    ("S", "N"),
    ("N", "S"),
    ("S", "N", "B"),
    ("B", "S", "N"),
)
# A key is two places in ``ATTRIBUTES``; the simplest come first, as draws shrink to these.
Places = tuple[int, int | None]
ALONE: tuple[Places, ...] = tuple((first, None) for first in range(len(ATTRIBUTES)))
PAIRS: tuple[Places, ...] = tuple(
    (first, second)
    for first, second in product(range(len(ATTRIBUTES)), repeat=2)
    if first != second
)
PROJECTIONS: tuple[tuple[Projection, tuple[str, ...]], ...] = (
    ("ALL", ()),
    ("KEYS_ONLY", ()),
    ("INCLUDE", OTHER_ATTRIBUTES[:1]),
    ("INCLUDE", OTHER_ATTRIBUTES[2:0:-1]),
    ("INCLUDE", OTHER_ATTRIBUTES[-20:]),
)

# Half of all tables have a sort key, though there are many more pairs of attributes.
keys = st.one_of(st.sampled_from(ALONE), st.sampled_from(PAIRS))
typings = st.sampled_from(TYPINGS)
global_forms = st.sampled_from(tuple(product(PROJECTIONS, (*ALONE, *PAIRS[:40]))))
local_forms = st.sampled_from(tuple(product(PROJECTIONS, range(len(ATTRIBUTES)))))
index_names = st.sampled_from(INDEX_NAMES)
global_counts = st.sampled_from((*(0, 1, 2, 3) * 6, 0, 0, 0, MOST_GLOBAL))
local_counts = st.sampled_from((*(0, 1, 2) * 4, 0, 0, 0, MOST_LOCAL))
ids = st.sampled_from(TABLE_IDS)
names = {
    long: st.sampled_from(
        (*(None,) * len(TABLE_NAMES), *TABLE_NAMES, *(LONG_TABLE_NAMES if long else ()))
    )
    for long in (False, True)
}
ttl_attributes = st.sampled_from((None, None, None, *OTHER_ATTRIBUTES[:4], "ttl", "expires.at"))
streams = st.sampled_from((None, None, None, *STREAMS))
billings = st.sampled_from(BILLINGS)
encryptions = st.sampled_from(ENCRYPTIONS)
# Point-in-time recovery, deletion protection, infrequent access, contributor insights.
flags = st.sampled_from(tuple(product((False, True), repeat=4)))
tags = st.sampled_from(
    ((), (("team", "payments"),), (("cost:center", "4 2"), ("gr\u00f6\u00dfe", "@/+=")))
)


def tables(
    *, constructs: tuple[Construct, ...] = CONSTRUCTS, long_names: bool = True
) -> st.SearchStrategy[Table]:
    """Tables that DynamoDB and CDK accept, as values of :class:`~.synth_scenario.Table`.

    With and without physical name, sort key, indexes of both kinds and every projection, TTL,
    stream, provisioned capacity, the four ways of encryption, and what concerns no binding. Most
    have few indexes; now and then one has the twenty global or five local ones that DynamoDB
    allows. ``constructs`` are the kinds wanted; of an imported table nothing is known but its name.
    ``long_names`` has names of 255 characters too, to which no file name can add anything.

    Shrinks towards an unnamed table with partition key ``pk`` and nothing else.

    >>> from hypothesis import given
    >>> from chaim_conformance.strategies import tables
    >>> @given(tables(constructs=("Table",)))
    ... def test_my_reader(table):
    ...     assert table.sort_key is not None or not table.local_indexes
    >>> test_my_reader()
    """
    unknown = [one for one in constructs if one not in CONSTRUCTS]
    if unknown or not constructs:
        raise UsageError(
            f"tables(constructs={constructs!r}): expected some of {', '.join(CONSTRUCTS)}"
        )
    return _tables(tuple(constructs), long_names)


@cache
def _tables(constructs: tuple[Construct, ...], long_names: bool) -> st.SearchStrategy[Table]:
    telling = (one for one in constructs if one != "imported")
    return _table(st.sampled_from((*constructs, *telling)), names[long_names])


@st.composite
def _table(
    draw: st.DrawFn,
    constructs: st.SearchStrategy[Construct],
    names: st.SearchStrategy[str | None],
) -> Table:
    construct, name, id_ = draw(constructs), draw(names), draw(ids)
    typing, (partition, sort) = draw(typings), draw(keys)
    spelled = _Attributes(typing)
    global_indexes = [_global_index(draw, spelled) for _ in range(draw(global_counts))]
    local_indexes = (
        [_local_index(draw, spelled, (partition, sort)) for _ in range(draw(local_counts))]
        if sort is not None
        else []
    )
    indexes = _within_limits([*global_indexes, *local_indexes])
    recovery, protection, infrequent, insights = draw(flags)
    table = Table(
        id=id_,
        construct=construct,
        name=name,
        partition_key=spelled[partition],
        sort_key=None if sort is None else spelled[sort],
        global_indexes=tuple(indexes[: len(global_indexes)]),
        local_indexes=tuple(indexes[len(global_indexes) :]),
        ttl_attribute=draw(ttl_attributes),
        stream=draw(streams),
        billing=draw(billings),
        encryption=draw(encryptions),
        point_in_time_recovery=recovery,
        deletion_protection=protection,
        infrequent_access=infrequent,
        contributor_insights=insights,
        tags=draw(tags),
    )
    if construct == "imported":  # drawn whole all the same, so that no shrinking leads here
        return Table(id=id_, construct=construct, name=name or TABLE_NAMES[0])
    return table


class _Attributes:
    """The pool's attributes as keys, each of the type that a table gives it."""

    def __init__(self, typing: tuple[AttributeType, ...]) -> None:
        self._typing = typing

    def __getitem__(self, place: int) -> Key:
        return Key(name=ATTRIBUTES[place], type=self._typing[place % len(self._typing)])


def _global_index(draw: st.DrawFn, spelled: _Attributes) -> Index:
    (projection, others), (partition, sort) = draw(global_forms)
    return Index(
        name=draw(index_names),
        partition_key=spelled[partition],
        sort_key=None if sort is None else spelled[sort],
        projection=projection,
        non_key_attributes=others,
    )


def _local_index(draw: st.DrawFn, spelled: _Attributes, taken: Places) -> Index:
    (projection, others), sort = draw(local_forms)
    while sort in taken:  # another order than the table's own, or it would be no index
        sort = (sort + 1) % len(ATTRIBUTES)
    return Index(
        name=draw(index_names),
        sort_key=spelled[sort],
        projection=projection,
        non_key_attributes=others,
    )


def _within_limits(indexes: list[Index]) -> list[Index]:
    """The same indexes, each with a name of its own, and no more projected than is allowed."""
    kept: list[Index] = []
    taken: set[str] = set()
    projected = 0
    for index in indexes:
        name, n = index.name, 1
        while name in taken:
            n += 1
            name = f"{index.name[:250]}-{n}"
        taken.add(name)
        fits = projected + len(index.non_key_attributes) <= MOST_PROJECTED
        projected += len(index.non_key_attributes) if fits else 0
        kept.append(
            Index(
                name=name,
                partition_key=index.partition_key,
                sort_key=index.sort_key,
                projection=index.projection if fits else "KEYS_ONLY",
                non_key_attributes=index.non_key_attributes if fits else (),
            )
        )
    return kept
