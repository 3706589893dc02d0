"""Apps that tell: small, with names for what is in them, the same for everybody."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from chaim_conformance.examples import LARGE_SCHEMA
from chaim_conformance.strategies.app_schemas import marked
from chaim_conformance.strategies.bundles import as_text
from chaim_conformance.synth_scenario import (
    App,
    Binding,
    Config,
    Index,
    Key,
    Schema,
    SynthStack,
    Table,
)

# All that a file of the first dialect may hold, in values that careless handling changes.
DOCUMENT: dict[str, Any] = {
    "schemaVersion": 1.0,
    "entityName": "Payment",
    "description": "caf\u00e9, cafe\u0301, \u65e5\u672c\u8a9e \U0001f9be",
    "primaryKey": {"partitionKey": "id", "sortKey": "canary200001Time"},
    "fields": [
        {"name": "id", "type": "string", "required": True},
        {"name": "canary200001Time", "type": "timestamp", "default": "2026-01-15T14:30:00Z"},
        {"name": "canary200002Amount", "type": "number", "default": 0.1, "required": False},
        {
            "name": "canary200003State",
            "type": "string",
            "enum": ["canary200004 open", "canary200004 "],
            "default": "canary200004 ",
            "constraints": {"minLength": 0, "maxLength": 40, "pattern": "^canary[0-9]{6} "},
            "nameOverride": "canary200003Override",
        },
        {"name": "canary200005", "type": "number", "constraints": {"min": -1.5, "max": 2**53 - 1}},
        {"name": "canary200006Flag", "type": "boolean", "default": False},
        {"name": "canary200007Tags", "type": "stringSet"},
        {"name": "canary200008Scores", "type": "numberSet"},
        {"name": "canary200009Names", "type": "list", "items": {"type": "string"}},
        {
            "name": "canary200010Lines",
            "type": "list",
            "items": {"type": "map", "fields": [{"name": "canary200011", "type": "number"}]},
        },
        {
            "name": "canary200012Address",
            "type": "map",
            "fields": [{"name": "canary200013", "type": "string"}],
            "description": "canary200014 ",
            "annotations": {"canary200015": [1, None, {"deep": "  edges  "}]},
        },
    ],
}


def schema(entity: str, number: int, *, document: dict[str, Any] = DOCUMENT) -> Schema:
    """The file ``schemas/entityNUMBER.bprint``; its description has a canary of its own."""
    text = as_text(marked({**document, "entityName": entity}, number))
    return Schema(file=f"schemas/entity{number}.bprint", text=text)


PAYMENT, ORDER, USER = schema("Payment", 1), schema("Order", 2), schema("User", 3)
LARGE = schema("Large", 4, document=LARGE_SCHEMA)
ESCAPED = Schema(
    file="schemas/of the team/\u6ce8\u6587.bprint",
    text=json.dumps(marked({**DOCUMENT, "entityName": "\u6ce8\u6587"}, 5), indent=None),
)

# All that is valid by a hair, or looks as if it were not.
EDGES = schema(
    "payment item",
    12,
    document={
        "schemaVersion": 1,
        "entityName": "payment item",
        "description": "",
        "primaryKey": {"partitionKey": "class", "sortKey": "_id"},
        "fields": [
            {"name": "class", "type": "string", "constraints": {"minLength": 9, "maxLength": 10}},
            {"name": "_id", "type": "string", "constraints": {"minLength": 0, "maxLength": 0}},
            {"name": "one", "type": "number", "constraints": {"min": 0, "max": 0}, "default": 0},
            {"name": "ten", "type": "number", "constraints": {"min": 9, "max": 10}},
            {"name": "empty", "type": "string", "default": "", "enum": [""], "annotations": {}},
            {"name": "Class", "type": "map", "fields": [{"name": "class", "type": "string"}]},
            {"name": "off", "type": "boolean", "default": False, "nameOverride": "Class_"},
        ],
    },
)

PK, SK, DAY = Key(name="pk"), Key(name="sk"), Key(name="day", type="N")
INDEXES = (
    Index(name="byDay", partition_key=DAY),
    Index(name="by-owner.v2", partition_key=SK, sort_key=PK, projection="KEYS_ONLY"),
    Index(
        name="by_state",
        partition_key=Key(name="state"),
        sort_key=DAY,
        projection="INCLUDE",
        non_key_attributes=("total", "address.city", "gr\u00f6\u00dfe"),
    ),
)
LOCAL_INDEXES = (
    Index(name="localDay", sort_key=DAY, projection="INCLUDE", non_key_attributes=("total",)),
    Index(name="localState", sort_key=Key(name="state")),
)
RICH = Table(
    id="Customers",
    name="CustomerTable",
    partition_key=PK,
    sort_key=SK,
    global_indexes=INDEXES,
    local_indexes=LOCAL_INDEXES,
    ttl_attribute="expires.at",
    stream="NEW_AND_OLD_IMAGES",
    billing="PROVISIONED",
    encryption="customer",
    point_in_time_recovery=True,
    deletion_protection=True,
    infrequent_access=True,
    contributor_insights=True,
    tags=(("team", "payments"),),
)
FULL = Table(
    id="FullTable",
    sort_key=SK,
    global_indexes=tuple(
        replace(
            INDEXES[n % 3], name=f"global{n}", non_key_attributes=INDEXES[n % 3].non_key_attributes
        )
        for n in range(20)
    ),
    local_indexes=tuple(
        replace(LOCAL_INDEXES[n % 2], name=f"local{n}", sort_key=Key(name=f"local{n}"))
        for n in range(5)
    ),
)
TABLES: dict[str, Table] = {
    "plain": Table(id="PlainTable"),
    "named": Table(id="Named", name="prod.orders-v2"),
    "rich": RICH,
    "rich-unnamed": replace(RICH, name=None),
    "full": FULL,
    "key-types": Table(
        id="Typed",
        partition_key=Key(name="tenant#id", type="N"),
        sort_key=Key(name="caf\u00e9", type="B"),
        global_indexes=(Index(name="idx", partition_key=Key(name="cafe\u0301", type="B")),),
    ),
    "global-indexes": Table(id="Global", global_indexes=INDEXES),
    "local-indexes": Table(id="Local", sort_key=SK, local_indexes=LOCAL_INDEXES),
    "sort-key": Table(id="Sorted", sort_key=SK),
    "ttl": Table(id="Ttl", ttl_attribute="ttl"),
    "stream-keys": Table(id="Keys", stream="KEYS_ONLY"),
    "stream-new": Table(id="New", stream="NEW_IMAGE"),
    "stream-old": Table(id="Old", stream="OLD_IMAGE"),
    "provisioned": Table(id="Provisioned", billing="PROVISIONED", global_indexes=INDEXES[:1]),
    "managed-key": Table(id="Managed", encryption="managed"),
    "customer-key": Table(id="Customer", encryption="customer"),
    "customer-arn": Table(id="ByArn", encryption="customer-arn", name="by-arn"),
    "all-but-metadata": Table(
        id="Rest", point_in_time_recovery=True, deletion_protection=True, infrequent_access=True
    ),
}


def stack(
    *tables: Table, bound: tuple[tuple[int, Schema], ...] = ((0, PAYMENT),), **more: Any
) -> SynthStack:
    """A stack of these tables, with bindings of (table, schema) under the first configuration."""
    bindings = tuple(
        Binding(id=f"Binding{number}", schema=one, table=table)
        for number, (table, one) in enumerate(bound, 1)
    )
    return SynthStack(tables=tables, bindings=bindings, **more)


def app(
    *stacks: SynthStack, config: Config | None = None, context: tuple[tuple[str, str], ...] = ()
) -> App:
    """An app of these stacks and one configuration."""
    return App(stacks=stacks, configs=(config or Config(),), context=context)


# Two stacks, one in a Stage: two entities on a table, a file on two tables, and twins.
ITEMS = Table(id="Items", scopes=("Data",), partition_key=Key(name="item"))
ARCHIVE = Table(id="Items", scopes=("Archive",), partition_key=Key(name="archived", type="N"))
MANY = app(
    stack(RICH, ITEMS, ARCHIVE, bound=((0, PAYMENT), (0, ORDER), (1, USER), (2, USER))),
    stack(Table(id="Orders"), bound=((0, ORDER), (0, USER)), id="Second", name="given-name"),
)
