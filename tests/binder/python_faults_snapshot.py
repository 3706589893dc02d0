"""Faults of the Python reference binder in what its snapshots say."""

from __future__ import annotations

from dataclasses import replace

from tests.binder.mutant import BinderMutant, faults_of
from tests.mutants.mutant import Edit

_mutant = faults_of("reference", prefix="py")

# The flat format's fields, each with its neighbours, as the nested one has the same.
ACTION = '        "schemaVersion": "1.0",\n        "action": "UPSERT",\n'
REGION = '        "region": entity.region,\n        "stackName"'
STACK_NAME = '        "stackName": entity.stack_name,\n'
APP_ID = '        "appId": entity.app_id,\n        "datastoreType"'
DATASTORE_TYPE = '        "datastoreType": entity.datastore_type,\n'

DOCUMENT = "    return dict(document)\n"
SCHEMA_IMPORTS = "from pathlib import Path\nfrom typing import Any\n\nfrom chaim_conformance.bprint"

KEYS = "**_keys(index),"
TABLE_KEYS = "**_keys(declared),"
SCHEMA = 'schema = declared.get("keySchema", ())'
PROJECTION = '_inside(index, "projection", "projectionType"),'
NON_KEYS = '_inside(index, "projection", "nonKeyAttributes"),'
EACH_INDEX = "        for index in declared or ()\n"
GLOBAL = '_indexes(declared.get("globalSecondaryIndexes")),'
LOCAL = '_indexes(declared.get("localSecondaryIndexes")),'
TTL = '"ttlAttribute": _ttl_attribute(declared),'
NO_TTL = '"timeToLiveSpecification", "enabled") is not True:\n        return None'
STREAM = '"streamSpecification" in declared,'
VIEW = '_text(_inside(declared, "streamSpecification", "streamViewType")),'
BILLING = '_text(declared.get("billingMode", "PROVISIONED")),'
KEY_ARN = '"encryptionKeyArn": _key_arn(declared),'
METADATA = '{"tableArn": _arn(stack, name), **_metadata(declared)}'
PARTITION = "partition = region_info.RegionInfo.get(stack.region).partition"
ARN = "dynamodb:{stack.region}:{stack.account}:table"
UNNAMED = "    name = _text(declared.get"
REFUSED = "    if not isinstance(resource, _TABLE_RESOURCES):\n"
KINDS = "_TABLE_RESOURCES = (dynamodb.CfnTable, dynamodb.CfnGlobalTable)"
ANNOUNCED = "StackPublication.of(cdk.Stack.of(self)).binders.append(self)"


def _nested(name: str, clause: str, *edits: Edit) -> BinderMutant:
    """A binder that writes snapshots in format 3.0, with a fault."""
    default = '        snapshot_format: str = "{}",\n    ) -> None:\n        self._table ='
    return _mutant(f"nested-{name}", clause, (default.format("1.0"), default.format("3.0")), *edits)


def _fields(name: str, expression: str) -> BinderMutant:
    """A binder that makes something else of each ``field``."""
    made = f'{{**document, "fields": [{expression} for field in document["fields"]]}}'
    return _mutant(name, "B06", (DOCUMENT, f"    return {made}\n"))


IDENTITY = (
    _mutant("action-left-out", "B05", (ACTION, '        "schemaVersion": "1.0",\n')),
    _mutant("action-create", "B05", (ACTION, ACTION.replace("UPSERT", "CREATE"))),
    _mutant("version-is-a-number", "B05", (ACTION, ACTION.replace('"1.0"', "1.0"))),
    _mutant("provider-left-out", "B05", ('        "provider": "aws",\n', "")),
    _mutant("provider-in-capitals", "B05", ('"provider": "aws"', '"provider": "AWS"')),
    _mutant(
        "account-empty",
        "B05",
        (f'"accountId": entity.account,\n{REGION}', f'"accountId": "",\n{REGION}'),
    ),
    _mutant(
        "region-is-one-for-all", "B05", (REGION, REGION.replace("entity.region", '"us-east-1"'))
    ),
    _mutant("stack-name-left-out", "B05", (STACK_NAME, "")),
    _mutant("app-id-empty", "B05", (APP_ID, APP_ID.replace("entity.app_id", '""'))),
    _mutant("app-id-of-the-stack", "B05", (APP_ID, APP_ID.replace("app_id", "stack_name"))),
    _mutant(
        "datastore-by-its-brand",
        "B05",
        (DATASTORE_TYPE, '        "datastoreType": "DynamoDB",\n'),
    ),
    _mutant(
        "crash-on-a-sort-key",
        "B05",
        (SCHEMA, f"(partition,) = {SCHEMA.partition(' = ')[2]}\n    schema = [partition]"),
    ),
    replace(
        # Other kinds of tables cannot be bound either.
        _mutant(
            "crash-on-an-index-without-throughput",
            "B05",
            (KEYS, f'{KEYS}\n                "throughput": index["provisionedThroughput"],'),
        ),
        clauses=("B05", "B33"),
    ),
    _nested("cloud-left-out", "B05", ('            "cloud": "aws",\n', "")),
    _nested("app-id-left-out", "B05", ('            "appId": entity.app_id,\n', "")),
    _nested(
        "entity-is-the-table",
        "B05",
        ('"entityName": entity.entity_name,', '"entityName": entity.resource_name,'),
    ),
    _nested(
        "resource-of-no-kind",
        "B05",
        (
            '            "type": entity.datastore_type,\n'
            '            "kind": entity.datastore_kind,\n            "id"',
            '            "id"',
        ),
    ),
)

SCHEMAS = (
    _fields("absent-becomes-null", '{"default": None, "enum": None, **field}'),
    _mutant("key-gets-a-null", "B06", (DOCUMENT, '    return {**document, "identity": None}\n')),
    _fields("defaults-dropped", '{k: v for k, v in field.items() if k != "default"}'),
    _fields("falsy-values-dropped", "{k: v for k, v in field.items() if v}"),
    _fields("all-fields-required", '{"required": True, **field}'),
    _fields("nested-fields-lost", '{k: v for k, v in field.items() if k != "fields"}'),
    _fields("annotations-lost", '{k: v for k, v in field.items() if k != "annotations"}'),
    _fields(
        "overrides-instead-of-names", '{**field, "name": field.get("nameOverride", field["name"])}'
    ),
    _mutant(
        "fields-sorted",
        "B06",
        (
            DOCUMENT,
            '    return {**document, "fields": sorted(document["fields"],'
            ' key=lambda field: field["name"])}\n',
        ),
    ),
    _mutant(
        "fields-beyond-the-tenth-lost",
        "B06",
        (DOCUMENT, '    return {**document, "fields": document["fields"][:10]}\n'),
    ),
    _mutant(
        "description-dropped",
        "B06",
        (DOCUMENT, '    return {k: v for k, v in document.items() if k != "description"}\n'),
    ),
    _mutant(
        "sort-key-of-the-schema-lost",
        "B06",
        (
            DOCUMENT,
            '    key = document["primaryKey"]["partitionKey"]\n'
            '    return {**document, "primaryKey": {"partitionKey": key}}\n',
        ),
    ),
    _mutant(
        "schema-version-as-text",
        "B06",
        (DOCUMENT, '    return {**document, "schemaVersion": str(document["schemaVersion"])}\n'),
    ),
    _mutant(
        "numbers-as-text",
        "B06",
        (SCHEMA_IMPORTS, "import json\n" + SCHEMA_IMPORTS),
        (DOCUMENT, "    return dict(json.loads(path.read_bytes(), parse_float=str))\n"),
    ),
    _mutant(
        "read-as-latin-1",
        "B06",
        (SCHEMA_IMPORTS, "import json\n" + SCHEMA_IMPORTS),
        (DOCUMENT, '    return dict(json.loads(path.read_text("latin-1")))\n'),
    ),
    _mutant(
        "umlauts-become-question-marks",
        "B06",
        (
            DOCUMENT,
            '    text = document["description"].encode("ascii", "replace").decode()\n'
            '    return {**document, "description": text}\n',
        ),
    ),
)

METADATA_MUTANTS = (
    _mutant(
        "table-sort-key-lost",
        "B07",
        (TABLE_KEYS, '"partitionKey": _keys(declared)["partitionKey"],'),
    ),
    _mutant(
        "indexes-lose-their-sort-keys",
        "B07",
        (KEYS, '"partitionKey": _keys(index)["partitionKey"],'),
    ),
    _mutant(
        "index-keys-swapped",
        "B07",
        (KEYS, '**dict(zip(("sortKey", "partitionKey"), _keys(index).values(), strict=True)),'),
    ),
    _mutant("indexes-lost", "B07", (f"{GLOBAL}\n", "None,\n"), (f"{LOCAL}\n", "None,\n")),
    _mutant("local-indexes-lost", "B07", (f"{LOCAL}\n", "None,\n")),
    replace(
        # Late ones come last.
        _mutant(
            "indexes-beyond-the-first-lost",
            "B07",
            (EACH_INDEX, "        for index in (declared or ())[:1]\n"),
        ),
        clauses=("B07", "B33"),
    ),
    _mutant(
        "indexes-beyond-the-fifth-lost",
        "B07",
        (EACH_INDEX, "        for index in (declared or ())[:5]\n"),
    ),
    _mutant("projection-lost", "B07", (PROJECTION, "None,")),
    _mutant("projection-always-all", "B07", (PROJECTION, '"ALL",')),
    _mutant("non-key-attributes-lost", "B07", (NON_KEYS, "None,")),
    _mutant(
        "only-the-first-non-key-attribute",
        "B07",
        (NON_KEYS, f"({NON_KEYS[:-1]} or [])[:1] or None,"),
    ),
    _mutant("ttl-lost", "B07", (TTL, "")),
    _mutant("stream-lost", "B07", (STREAM, "False,")),
    _mutant("stream-view-lost", "B07", (VIEW, "None,")),
    _mutant("stream-view-is-one-for-all", "B07", (VIEW, f'{VIEW[:-1]} and "NEW_AND_OLD_IMAGES",')),
    _mutant("billing-guessed", "B07", (BILLING, BILLING.replace("PROVISIONED", "PAY_PER_REQUEST"))),
    _mutant("billing-only-where-written", "B07", (BILLING, '_text(declared.get("billingMode")),')),
    _mutant("encryption-missed", "B07", (KEY_ARN, "")),
    _mutant(
        "encryption-of-the-wrong-section",
        "B07",
        ('"sseSpecification", "kmsMasterKeyId"', '"sseSpecification", "kmsMasterKeyArn"'),
    ),
    _mutant(
        "global-tables-key-missed",
        "B07",
        ('_text(_inside(next(here, declared), "sse', '_text(_inside(declared, "sse'),
    ),
    _mutant(
        "table-named-after-its-logical-id",
        "B07",
        (METADATA, f'{{"tableName": self.logical_id, **_present({METADATA})}}'),
    ),
    replace(
        # The next process numbers tokens otherwise, so the fingerprint is another.
        _mutant(
            "table-named-by-a-token",
            "B07",
            (METADATA, METADATA.replace("}", ', "tableName": self._table.ref}')),
        ),
        clauses=("B07", "B22"),
    ),
    _mutant(
        "table-name-only-of-the-snapshot",
        "B07",
        (METADATA, METADATA.replace("}", ', "tableName": None}')),
    ),
    _mutant("arn-always-in-aws", "B07", (PARTITION, 'partition = "aws"')),
    _mutant("arn-turned-round", "B07", (ARN, "dynamodb:{stack.account}:{stack.region}:table")),
    _mutant("arn-without-table", "B07", (ARN + "/", ARN.removesuffix("table"))),
    _mutant(
        "sort-key-invented", "B08", (TABLE_KEYS, '"sortKey": "sk", **_present(_keys(declared)),')
    ),
    _mutant(
        "local-indexes-as-global-ones",
        "B08",
        (
            GLOBAL,
            '_indexes([*(declared.get("globalSecondaryIndexes") or ()),'
            ' *(declared.get("localSecondaryIndexes") or ())]),',
        ),
    ),
    _mutant("non-key-attributes-guessed", "B08", (NON_KEYS, f'{NON_KEYS[:-1]} or ["*"],')),
    _mutant("ttl-guessed", "B08", (NO_TTL, NO_TTL.replace("None", '"ttl"'))),
    _mutant("stream-always-enabled", "B08", (STREAM, "True,")),
    _mutant("stream-view-guessed", "B08", (VIEW, f'{VIEW[:-1]} or "NEW_AND_OLD_IMAGES",')),
    _mutant(
        "encryption-claimed",
        "B08",
        (KEY_ARN, f'{KEY_ARN[:-1]} if "sseSpecification" in declared else "alias",'),
    ),
)

CONSTRUCTS = (
    _mutant(
        "captured-when-bound",
        "B33",
        (ANNOUNCED, f"{ANNOUNCED}\n        self.store = self.describe()"),
        ("[binder.describe() for", "[binder.store for"),
    ),
    _mutant(
        "table-v2-ignored",
        "B33",
        (ANNOUNCED, f'if "GlobalTable" not in type(resource).__name__:\n            {ANNOUNCED}'),
    ),
    _mutant(
        "table-v2-taken-for-imported", "B33", (KINDS, "_TABLE_RESOURCES = (dynamodb.CfnTable,)")
    ),
    _mutant(
        "crash-on-table-v2",
        "B33",
        (
            "{**table._cfn_properties, ",
            '{"class": table.table_class, **table._cfn_properties, ',
        ),
    ),
    _mutant("crash-on-imported-tables", "B33", (REFUSED, "    if False:\n")),
)

SNAPSHOT_MUTANTS: tuple[BinderMutant, ...] = (
    *IDENTITY,
    *SCHEMAS,
    *METADATA_MUTANTS,
    *CONSTRUCTS,
)
