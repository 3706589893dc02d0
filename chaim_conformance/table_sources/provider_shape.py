"""Tables in the form of Terraform's provider for AWS, which Pulumi's is made from.

The two differ in how names are spelled, and in whether a block of which there is one is a list.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from chaim_conformance.synth_scenario import Encryption, Index, Key, Table
from chaim_conformance.table_sources.aws_shape import (
    BILLINGS,
    STREAMS,
    Keys,
    Types,
    one_of_each,
    projection_of,
    type_of,
    typed,
)
from chaim_conformance.table_sources.document import Node, Unknown
from chaim_conformance.table_sources.reading import Gaps, ReadTable, construct_id

# A name as a document spells it, of Terraform's own.
Spell = Callable[[str], str]


def read_table(address: str, name: str, said: Node, spell: Spell, gaps: Gaps) -> ReadTable:
    """The table that these attributes are of; ``name`` is what its program calls it."""
    attributes = said[spell("attribute")]
    types: Types = gaps.read("attributes", partial(_types, attributes), {})
    keys = gaps.read("key", partial(_keys, said, types, spell), None)
    indexes: dict[str, Any] = {
        field: gaps.read(word, partial(_indexes, said[spell(block)], types, spell, gaps), ())
        for field, block, word in (
            ("global_indexes", "global_secondary_index", "global indexes"),
            ("local_indexes", "local_secondary_index", "local indexes"),
        )
    }
    if keys is None:
        return ReadTable(address=address, table=None, unread=tuple(gaps.unread))
    billing = said[spell("billing_mode")]
    table = Table(
        id=construct_id(name),
        name=gaps.mention("name", said["name"].text, None),
        partition_key=keys[0],
        sort_key=keys[1],
        ttl_attribute=gaps.read("TTL", partial(_ttl, said, spell), None),
        stream=gaps.read("stream", partial(_stream, said, spell), None),
        billing=gaps.read("billing", partial(billing.one_of, *BILLINGS), None)  # type: ignore[arg-type]
        or "PROVISIONED",
        encryption=gaps.read("encryption", partial(_encryption, said, spell), "owned"),
        **indexes,
        **_more(said, spell, gaps),
    )
    return ReadTable(
        address=address, table=table, unread=tuple(gaps.unread), notes=tuple(gaps.notes)
    )


def _types(attributes: Node) -> Types:
    return {one["name"].needed(): type_of(one["type"]) for one in attributes.items()}


def _keys(said: Node, types: Types, spell: Spell) -> Keys:
    partition = said[spell("hash_key")]
    return _key(partition.needed(), types), _sort_key(said, types, spell)


def _sort_key(said: Node, types: Types, spell: Spell) -> Key | None:
    name = said[spell("range_key")].text()
    return _key(name, types) if name else None


def _key(name: str, types: Types) -> Key:
    return typed(name, types, "its attributes")


def _indexes(listed: Node, types: Types, spell: Spell, gaps: Gaps) -> tuple[Index, ...]:
    is_local = listed.steps[-1] == spell("local_secondary_index")
    found = (
        gaps.read(
            f"index {one['name'].value or place}",
            partial(_index, one, types, spell, is_local=is_local),
            None,
        )
        for place, one in enumerate(listed.items())
    )
    return tuple(one for one in found if one is not None)


def _index(index: Node, types: Types, spell: Spell, *, is_local: bool) -> Index:
    partition_key: Key | None = None
    sort_key: Key | None
    if is_local:
        sort_key = _key(index[spell("range_key")].needed(), types)
    elif schema := index[spell("key_schema")].items():  # newer versions of the provider
        partition_key, sort_key = _of_schema(schema, types, spell, index)
    else:
        partition_key, sort_key = _keys(index, types, spell)
    return Index(
        name=index["name"].needed(),
        partition_key=partition_key,
        sort_key=sort_key,
        **projection_of(index[spell("projection_type")], index[spell("non_key_attributes")]),
    )


def _of_schema(schema: list[Node], types: Types, spell: Spell, index: Node) -> Keys:
    parts: dict[str | None, list[Key]] = {"HASH": [], "RANGE": []}
    for one in schema:
        kind = one[spell("key_type")].one_of("HASH", "RANGE")
        parts[kind or "HASH"].append(_key(one[spell("attribute_name")].needed(), types))
    return one_of_each(parts["HASH"], parts["RANGE"], index)


def _block(said: Node, name: str) -> Node:
    """The block of this name, of which there is one at most."""
    found = said[name]
    if isinstance(found.value, list):
        return found[0] if found.value else Node(None, found.steps)
    return found


def _ttl(said: Node, spell: Spell) -> str | None:
    block = _block(said, spell("ttl"))
    enabled = block["enabled"]
    if enabled and not enabled.flag():
        return None
    return block[spell("attribute_name")].text() or None


def _stream(said: Node, spell: Spell) -> Any:
    if not said[spell("stream_enabled")].flag():
        return None  # whatever else is said of it
    view = said[spell("stream_view_type")]
    word = view.one_of(*STREAMS)
    if word is None:
        raise view.expected(f"one of {', '.join(STREAMS)}")
    return word


def _encryption(said: Node, spell: Spell) -> Encryption:
    block = _block(said, spell("server_side_encryption"))
    if not block["enabled"].flag():
        return "owned"
    key = block[spell("kms_key_arn")]
    if isinstance(key.value, Unknown):
        return "customer"  # that of a key which is made along with the table
    return "customer-arn" if key.text() else "managed"


def _more(said: Node, spell: Spell, gaps: Gaps) -> dict[str, Any]:
    """What no binding is concerned by."""
    recovery = _block(said, spell("point_in_time_recovery"))["enabled"]

    def is_rare() -> bool:
        return said[spell("table_class")].text() == "STANDARD_INFREQUENT_ACCESS"

    def tags() -> tuple[tuple[str, str], ...]:
        return tuple((name, one.text() or "") for name, one in said["tags"].members())

    protected = said[spell("deletion_protection_enabled")].flag
    return {
        "point_in_time_recovery": gaps.mention("point-in-time recovery", recovery.flag, False),
        "deletion_protection": gaps.mention("deletion protection", protected, False),
        "infrequent_access": gaps.mention("table class", is_rare, False),
        "tags": gaps.mention("tags", tags, ()),
    }
