"""What a table is, in one form: as declared, as described when deployed, as a snapshot says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from chaim_conformance.checks.binder.bound import construct_path, names_of, owner, resources
from chaim_conformance.checks.binder.evidence import Expected
from chaim_conformance.synth_scenario import App, Index, Table
from chaim_conformance.synth_transcript import DescribedTable, SynthRecord

Kind = Literal["globalSecondaryIndexes", "localSecondaryIndexes"]
KINDS: tuple[Kind, ...] = ("globalSecondaryIndexes", "localSecondaryIndexes")


@dataclass(frozen=True, kw_only=True)
class IndexFacts:
    """An index: the names of its keys, and what it holds."""

    partition_key: str | None = None
    sort_key: str | None = None
    projection: str | None = None
    non_key_attributes: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A table. ``None`` is what it lacks; a ``billing`` of ``None`` is not known."""

    partition_key: str | None = None
    sort_key: str | None = None
    indexes: Mapping[Kind, Mapping[str, IndexFacts]] = field(default_factory=dict)
    ttl_attribute: str | None = None
    stream: str | None = None
    billing: str | None = None


def declared(table: Table) -> Facts:
    """The table as its owner declares it; of an imported one the app knows nothing of this."""
    if table.construct == "imported":
        return Facts(indexes={kind: {} for kind in KINDS})
    global_indexes, local_indexes = (
        {index.name: _declared_index(index, table) for index in some}
        for some in (table.global_indexes, table.local_indexes)
    )
    return Facts(
        partition_key=table.partition_key.name,
        sort_key=table.sort_key.name if table.sort_key else None,
        indexes={"globalSecondaryIndexes": global_indexes, "localSecondaryIndexes": local_indexes},
        ttl_attribute=table.ttl_attribute,
        stream=table.stream,
        billing=table.billing,
    )


def _declared_index(index: Index, table: Table) -> IndexFacts:
    return IndexFacts(
        partition_key=(index.partition_key or table.partition_key).name,
        sort_key=index.sort_key.name if index.sort_key else None,
        projection=index.projection,
        non_key_attributes=frozenset(index.non_key_attributes),
    )


def late(table: Table) -> dict[Kind, set[str]]:
    """The names of the indexes that were added after the binding."""
    return {
        "globalSecondaryIndexes": {index.name for index in table.global_indexes if index.late},
        "localSecondaryIndexes": {index.name for index in table.local_indexes if index.late},
    }


def described(seen: DescribedTable) -> Facts | None:
    """The table as it is once it is deployed; ``None`` where no service described it."""
    table = table_description(seen)
    if not table.get("KeySchema") or not table.get("TableArn"):
        return None
    partition, sort = _keys(_lowered(table))
    stream = table.get("StreamSpecification") or {}
    return Facts(
        partition_key=partition,
        sort_key=sort,
        indexes={kind: read_indexes(table.get(f"{kind[0].upper()}{kind[1:]}")) for kind in KINDS},
        ttl_attribute=seen.ttl_attribute,
        stream=stream.get("StreamViewType") if stream.get("StreamEnabled", True) else None,
        billing=(table.get("BillingModeSummary") or {}).get("BillingMode"),
    )


def table_description(seen: DescribedTable) -> Mapping[str, Any]:
    """DescribeTable's answer has the table inside; both forms will do."""
    inner = seen.description.get("Table")
    return inner if isinstance(inner, dict) else seen.description


def description_of(record: SynthRecord, app: App, binding: Expected) -> DescribedTable | None:
    """The binding's table as deployed: by its construct path, else its name, else the only one."""
    stack, table = owner(app, binding), binding.table
    if table.construct == "imported":
        return None
    seen = [one for one in record.tables if one.stack in names_of(stack)]
    path = "/".join((stack.id, *table.scopes, table.id, "Resource"))
    for one in seen:
        resource = resources(record, one.stack).get(one.logical_id) or {}
        if f"/{construct_path(resource)}".endswith(f"/{path}"):
            return one
    for one in seen:
        if table.name is not None and table_description(one).get("TableName") == table.name:
            return one
    alone = len(stack.tables) == len(seen) == 1
    return seen[0] if alone else None


def read_indexes(value: Any) -> dict[str, IndexFacts]:
    """Indexes as a snapshot, or a description, lists them; none where it is no list."""
    listed = [_lowered(one) for one in as_list(value) if isinstance(one, dict)]
    return {str(one.get("indexname", one.get("name"))): _read_index(one) for one in listed}


def as_list(value: Any) -> list[Any]:
    """A list as it is; anything else lists nothing."""
    return value if isinstance(value, list) else []


def _read_index(index: Mapping[str, Any]) -> IndexFacts:
    partition, sort = _keys(index)
    projection, names = (
        index.get("projectiontype", index.get("projection")),
        index.get("nonkeyattributes"),
    )
    if isinstance(projection, dict):
        inner = _lowered(projection)
        projection, names = inner.get("projectiontype"), inner.get("nonkeyattributes", names)
    return IndexFacts(
        partition_key=partition,
        sort_key=sort,
        projection=projection or None,
        non_key_attributes=frozenset(map(str, as_list(names))),
    )


def _keys(of: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The names of partition and sort key, in the contract's spelling or in DynamoDB's."""
    if parts := [_lowered(one) for one in as_list(of.get("keyschema")) if isinstance(one, dict)]:
        by_role = {str(one.get("keytype")).upper(): one.get("attributename") for one in parts}
        return by_role.get("HASH"), by_role.get("RANGE")
    return key_name(of.get("partitionkey")), key_name(of.get("sortkey"))


def key_name(value: Any) -> Any:
    """The name of a key, which may be written as an object with its type."""
    if isinstance(value, dict):
        spelled = _lowered(value)
        value = spelled.get("name", spelled.get("attributename"))
    return value or None


def _lowered(of: Mapping[str, Any]) -> dict[str, Any]:
    return {key.lower(): value for key, value in of.items()}
