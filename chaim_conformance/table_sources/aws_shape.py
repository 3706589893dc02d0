"""Keys and indexes in the form that AWS itself gives them, ``KeySchema`` and its like; its words.

Templates of CloudFormation and answers of DynamoDB have it in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from chaim_conformance.synth_scenario import AttributeType, Index, Key
from chaim_conformance.table_sources.document import Node, NotKnown
from chaim_conformance.table_sources.reading import Gaps

TYPES = ("S", "N", "B")
PROJECTIONS = ("ALL", "KEYS_ONLY", "INCLUDE")
STREAMS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
BILLINGS = ("PAY_PER_REQUEST", "PROVISIONED")
Types = Mapping[str, AttributeType]
Keys = tuple[Key, Key | None]


def keys_and_indexes(table: Node, gaps: Gaps) -> dict[str, Any] | None:
    """Fields of a ``Table``; ``None`` where its own key could not be read, which is told."""
    types: Types = gaps.read(
        "AttributeDefinitions", partial(attribute_types, table["AttributeDefinitions"]), {}
    )
    keys = gaps.read("key", partial(_keys, table["KeySchema"], types), None)
    found = {
        field: gaps.read(word, partial(_indexes, table[name], types, gaps), ())
        for field, name, word in (
            ("global_indexes", "GlobalSecondaryIndexes", "global indexes"),
            ("local_indexes", "LocalSecondaryIndexes", "local indexes"),
        )
    }
    if keys is None:
        return None
    return {
        **found,
        "partition_key": keys[0],
        "sort_key": keys[1],
        # The table's own partition key, which every local index has.
        "local_indexes": tuple(_local(one) for one in found["local_indexes"]),
    }


def attribute_types(definitions: Node) -> Types:
    """The type of each attribute that is part of a key."""
    return {
        one["AttributeName"].needed(): type_of(one["AttributeType"]) for one in definitions.items()
    }


def type_of(node: Node) -> AttributeType:
    """A type in DynamoDB's letters."""
    word = node.one_of(*TYPES)
    if word is None:
        raise node.expected(f"one of {', '.join(TYPES)}")
    return word  # type: ignore[return-value]


def typed(name: str, types: Types, where: str) -> Key:
    """A key of this attribute; raises :class:`NotKnown` where its type is not given."""
    if name not in types:
        raise NotKnown(f"the type of {name!r} is not among {where}")
    return Key(name=name, type=types[name])


def projection_of(kind: Node, others: Node) -> dict[str, Any]:
    """What an index projects, as fields of an ``Index``; all where nothing is said."""
    return {
        "projection": kind.one_of(*PROJECTIONS) or "ALL",
        "non_key_attributes": tuple(one.needed() for one in others.items()),
    }


def _keys(schema: Node, types: Types) -> Keys:
    parts: dict[str, list[Key]] = {"HASH": [], "RANGE": []}
    for one in schema.items():
        kind = one["KeyType"].one_of(*parts)
        if kind is None:
            raise one["KeyType"].expected(f"one of {', '.join(parts)}")
        name = one["AttributeName"].needed()
        parts[kind].append(typed(name, types, "AttributeDefinitions"))
    return one_of_each(parts["HASH"], parts["RANGE"], schema)


def one_of_each(partition: list[Key], sort: list[Key], where: Node) -> Keys:
    """The one partition key and perhaps the one sort key of what a document lists."""
    if not partition:
        raise where.expected("a partition key (HASH)")
    if len(partition) > 1 or len(sort) > 1:
        raise NotKnown("its key has several attributes of a kind, which the kit cannot play")
    return partition[0], sort[0] if sort else None


def _indexes(listed: Node, types: Types, gaps: Gaps) -> tuple[Index, ...]:
    found = (
        gaps.read(f"index {_called(one)}", partial(_index, one, types), None)
        for one in listed.items()
    )
    return tuple(one for one in found if one is not None)


def _called(index: Node) -> str:
    name = index["IndexName"].value
    return name if isinstance(name, str) else f"{index.steps[-1]}"


def _index(index: Node, types: Types) -> Index:
    partition_key, sort_key = _keys(index["KeySchema"], types)
    projection = index["Projection"]
    return Index(
        name=index["IndexName"].needed(),
        partition_key=partition_key,
        sort_key=sort_key,
        **projection_of(projection["ProjectionType"], projection["NonKeyAttributes"]),
    )


def _local(index: Index) -> Index:
    return Index(
        name=index.name,
        sort_key=index.sort_key,
        projection=index.projection,
        non_key_attributes=index.non_key_attributes,
    )
