"""Faults of the reference binder in where snapshots lie, what stays there, and by what they go."""

from __future__ import annotations

from tests.binder.mutant import faults_of

_mutant = faults_of("reference", prefix="py")

# Places in identity.py.
CDK = "from aws_cdk import Stack, Token\n"
STACK_NAME = "return stack.stack_name if parent is None"
KNOWN = 'return "unknown" if Token.is_unresolved(value) else value'
PLAIN = 'plain = safe_name(f"{resource_name}__{entity_name}")'
TAKEN = "while candidate in ids:"
FIRST = "candidate, number = plain, 1\n"
IDS = "return ids\n"
STRATEGY = """(
        ("tableName", physical_name)
        if physical_name
        else ("logicalId", logical_id)
        if logical_id
        else ("path", path)
    )"""
# Places in paths.py.
SAFE_NAME = "from chaim_reference.cdk.identity import safe_name\n"
PARTS = "(entity.account, entity.region, entity.stack_name, entity.datastore_type)"
BELOW_BASE = 'return snapshot_base().joinpath("aws", *map(safe_name, parts))'
CHOSEN = 'if chosen := os.environ.get("CHAIM_SNAPSHOT_DIR"):'
DEFAULT_BASE = 'Path.home() / ".chaim" / "cache" / "snapshots"'
MOVED = "os.replace(temporary, path)"
# Places in stack_publication.py.
ABSTRACT_SET = "from collections.abc import Set as AbstractSet\n"
PLACE = "import asset_directory, cdk_root, local_directory, write\n"
LOCAL = 'local = local_directory(entity) / f"{entity.resource_id}.json"'
WRITTEN = "            write(local, content)  # B01, B04\n"
NOTED = "            written.add(local)\n"
EACH = "zip(self.binders, entities, strict=True):  # B10: each gets its own"
MADE_SO_FAR = "_construct_id(entity),\n"
NAMED = (
    '            (name, binder.schema["entityName"])\n'
    "            for name, binder in zip(names, self.binders, strict=True)\n"
)
ENVIRONMENT = "account, region = known(self.stack.account), known(self.stack.region)"
LOGICAL_ID = "logical_id=binder.logical_id,"
PHYSICAL_NAME = "physical_name=store.physical_name,"
FINGERPRINT = "fingerprint=fingerprint(snapshot),"
IDENTIFIED = "both = json.dumps([entity.app_id, entity.resource_id])"
OBSOLETE = 'for path in set(directory.glob("*.json")).difference(written):'
OWN = "if stack_of(snapshot) == stack_name:"
# Places in snapshots.py and ingestion.py.
NOW = '"""B26: the newest of an entity\'s snapshots is the one that counts."""\n'
FLAT_STACK = '"stackName": entity.stack_name,'
NOT_CONTENT = '_NOT_CONTENT = ("capturedAt", "producer")'
HASHED = "hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()"
RESOURCE = 'resource_type="Custom::ChaimBinding",'


# Where snapshots lie.
PLACES = (
    _mutant("stack-construct-id", "B01", (STACK_NAME, "return stack.node.id if parent is None")),
    _mutant(
        "stack-construct-path",
        "B01",
        (STACK_NAME, 'return stack.node.path.replace("/", "-") if parent is None'),
    ),
    _mutant("stack-artifact-id", "B01", (STACK_NAME, "return stack.artifact_id if parent is None")),
    _mutant(
        "region-before-account",
        "B01",
        (PARTS, "(entity.region, entity.account, entity.stack_name, entity.datastore_type)"),
    ),
    _mutant(
        "datastore-before-stack",
        "B01",
        (PARTS, "(entity.account, entity.region, entity.datastore_type, entity.stack_name)"),
    ),
    _mutant("no-cloud-in-path", "B01", (BELOW_BASE, BELOW_BASE.replace('"aws", ', ""))),
    _mutant(
        "other-extension",
        "B01",
        (LOCAL, LOCAL.replace(".json", ".snapshot")),
        (OBSOLETE, OBSOLETE.replace(".json", ".snapshot")),
    ),
    _mutant(
        "file-named-otherwise",
        "B01",
        (LOCAL, LOCAL.replace("_id}", "_id.replace('__', '-')}")),
    ),
    _mutant("base-ignores-environment", "B02", (CHOSEN, CHOSEN.replace("_DIR", "_DIRECTORY"))),
    _mutant("default-base", "B02", (DEFAULT_BASE, 'Path.home() / ".chaim" / "snapshots"')),
    _mutant("default-base-of-the-project", "B02", (DEFAULT_BASE, 'Path(".chaim", "snapshots")')),
    _mutant(
        "base-of-the-working-directory",
        "B02",
        (CHOSEN, CHOSEN.replace(":= os", ":= False and os")),
        (DEFAULT_BASE, 'Path.cwd() / ".chaim" / "cache" / "snapshots"'),
    ),
    _mutant("token-for-unknown", "B03", (KNOWN, "return value")),
    _mutant(
        "region-token",
        "B03",
        (ENVIRONMENT, ENVIRONMENT.replace("known(self.stack.r", "(self.stack.r")),
    ),
    _mutant("object-for-unknown", "B03", (KNOWN, KNOWN.replace("unknown", "[object Object]"))),
    _mutant(
        "environment-of-the-shell",
        "B03",
        (CDK, f"{CDK}import os\n"),
        (KNOWN, KNOWN.replace('"unknown"', 'os.environ.get("AWS_REGION", "unknown")')),
    ),
)

# What a synth makes of what is there.
REPEATED = (
    _mutant("snapshot-kept", "B04", (WRITTEN, WRITTEN.replace("write", "local.exists() or write"))),
    _mutant(
        "snapshot-kept-with-its-schema",
        "B04",
        (
            WRITTEN,
            "            there = json.loads(local.read_bytes()) if local.exists() else {}\n"
            '            if there.get("schema") != entity.schema:\n'
            f"    {WRITTEN}",
        ),
    ),
    _mutant("left-overs-stay", "B32", (OBSOLETE, "for path in set[Path]():")),
    _mutant(
        "left-overs-of-all",
        "B26",
        (
            OBSOLETE,
            OBSOLETE.replace('directory.glob("*.json")', 'directory.parents[4].rglob("*.json")'),
        ),
        (OWN, "if stack_of(snapshot) is not None:"),
    ),
    _mutant(
        "temporary-files-stay",
        "B26",
        ("import sys\nimport tempfile\n", "import shutil\nimport sys\nimport tempfile\n"),
        (MOVED, "shutil.copyfile(temporary, path)"),
    ),
    _mutant(
        "list-beside-snapshots",
        "B26",
        (
            NOTED,
            f"{NOTED}            listed = json.dumps({{'files': len(written)}})\n"
            '            write(local.with_name("index.json"), listed.encode())\n',
        ),
    ),
    _mutant(
        "moment-for-people",
        "B26",
        (NOW, NOW + '    return f"{datetime.now(UTC):%d %b %Y %H:%M:%S}"\n'),
    ),
    _mutant("day-alone", "B26", (NOW, f"{NOW}    return datetime.now(UTC).date().isoformat()\n")),
    _mutant(
        "stack-lower-cased",
        "B26",
        (FLAT_STACK, '"stackName": entity.stack_name.lower(),'),
        (OWN, f"{OWN[:-1]}.lower():"),
    ),
)

# By which names bindings go.
IDENTITIES = (
    _mutant(
        "number-by-what-is-there",
        "B09",
        (CDK, f"{CDK}import os\nfrom pathlib import Path\n"),
        (
            TAKEN,
            'there = Path(os.environ.get("CHAIM_SNAPSHOT_DIR", ""))\n'
            '        while candidate in ids or any(there.rglob(f"{candidate}.json")):',
        ),
    ),
    _mutant(
        "collision-overwritten",
        "B09",
        (TAKEN, "while False:"),
        (MADE_SO_FAR, 'f"{_construct_id(entity)}{len(self.node.children)}",\n'),
    ),
    _mutant("numbers-from-1", "B09", (FIRST, FIRST.replace("1", "0"))),
    _mutant("first-numbered-too", "B09", (FIRST, 'candidate, number = f"{plain}__1", 1\n')),
    _mutant("named-by-binding", "B09", (NAMED, NAMED.replace("(name,", "(binder.node.id,"))),
    _mutant("named-by-logical-id", "B09", (NAMED, NAMED.replace("(name,", "(binder.logical_id,"))),
    _mutant(
        "named-by-construct-id",
        "B09",
        (NAMED, NAMED.replace("(name,", "(binder.construct.node.id,")),
    ),
    _mutant(
        "random-suffix",
        "B09",
        (CDK, f"{CDK}from uuid import uuid4\n"),
        (PLAIN, PLAIN.replace("{entity_name}", "{entity_name}-{uuid4().hex[:6]}")),
    ),
    _mutant(
        "entity-lower-cased", "B09", (PLAIN, PLAIN.replace("entity_name", "entity_name.lower()"))
    ),
    _mutant("single-underscore", "B09", (PLAIN, PLAIN.replace("__", "_"))),
    _mutant("entity-first", "B09", (PLAIN, 'plain = safe_name(f"{entity_name}__{resource_name}")')),
    _mutant(
        "one-entity-a-table",
        "B10",
        (EACH, "{e.key: (b, e) for b, e in zip(self.binders, entities)}.values():"),
    ),
    _mutant(
        "one-publication-a-table",
        "B10",
        (
            NOTED,
            f"{NOTED}            of_table = [e for e in entities if e.key == entity.key]\n"
            "            if entity is not of_table[0]:\n"
            "                continue\n",
        ),
    ),
    _mutant(
        "tokens-in-identity",
        "B25",
        (ENVIRONMENT, "account, region = self.stack.account, self.stack.region"),
        (SAFE_NAME, SAFE_NAME.replace("safe_name", "known, safe_name")),
        (BELOW_BASE, BELOW_BASE.replace("parts))", "map(known, parts)))")),
    ),
    _mutant("key-of-the-binding", "B27", (LOGICAL_ID, "logical_id=binder.node.id,")),
    _mutant(
        "key-of-the-bindings-path",
        "B27",
        (STRATEGY, '("path", path)'),
        ("path=binder.construct.node.path,", "path=binder.node.path,"),
    ),
    _mutant("key-of-the-construct-id", "B27", (LOGICAL_ID, "logical_id=binder.construct.node.id,")),
    _mutant("key-without-physical-name", "B27", (PHYSICAL_NAME, "physical_name=None,")),
    _mutant(
        "key-with-a-token",
        "B27",
        (LOGICAL_ID, "logical_id=binder.resource.logical_id,"),
        (NOT_CONTENT, NOT_CONTENT.replace(")", ', "identity")')),
    ),
)

# What CloudFormation makes of them.
UPDATES = (
    _mutant("fingerprint-constant", "B22", (FINGERPRINT, "fingerprint=entity.resource_id,")),
    _mutant(
        "fingerprint-of-schema",
        "B22",
        (FINGERPRINT, 'fingerprint=fingerprint({"schema": snapshot["schema"]}),'),
    ),
    _mutant("fingerprint-of-table", "B22", (NOT_CONTENT, NOT_CONTENT.replace(")", ', "schema")'))),
    _mutant(
        "fingerprint-of-keys",
        "B22",
        (
            FINGERPRINT,
            'fingerprint=fingerprint({**snapshot, "dataStore": entity.metadata["partitionKey"]}),',
        ),
    ),
    _mutant(
        "fingerprint-without-descriptions",
        "B22",
        (FINGERPRINT, 'fingerprint=fingerprint({**snapshot, "schema": entity.schema["fields"]}),'),
    ),
    _mutant("fingerprint-with-time", "B22", (NOT_CONTENT, '_NOT_CONTENT = ("producer",)')),
    _mutant(
        "fingerprint-with-tokens",
        "B22",
        (FINGERPRINT, 'fingerprint=fingerprint({**snapshot, "region": binder.resource.ref}),'),
    ),
    _mutant("fingerprint-of-this-process", "B22", (HASHED, "str(hash(json.dumps(content)))")),
    _mutant(
        "fingerprint-of-the-bundle",
        "B22",
        ('{"Fingerprint": fingerprint}', '{"Fingerprint": bundle_hash}'),
    ),
    _mutant(
        "renamed-entity-stays",
        "B31",
        (MADE_SO_FAR, '"Entity" + hashlib.sha256(binder.node.path.encode()).hexdigest()[:12],\n'),
    ),
    _mutant(
        "nothing-is-deleted",
        "B31",
        (RESOURCE, f"{RESOURCE}\n            removal_policy=cdk.RemovalPolicy.RETAIN,"),
    ),
)

# Where names lead.
NAMES = (
    _mutant("names-as-they-are", "B30", (PLAIN, 'plain = f"{resource_name}__{entity_name}"')),
    _mutant(
        "only-table-made-safe",
        "B30",
        (PLAIN, 'plain = f"{safe_name(resource_name)}__{entity_name}"'),
    ),
    _mutant(
        "only-local-names-safe",
        "B30",
        (PLAIN, 'plain = f"{resource_name}__{entity_name}"'),
        (PLACE, PLACE + "from chaim_reference.cdk.identity import safe_name\n"),
        (LOCAL, LOCAL.replace("{entity.resource_id}", "{safe_name(entity.resource_id)}")),
    ),
    _mutant(
        "safe-names-not-apart",
        "B30",
        (PLAIN, 'plain = f"{resource_name}__{entity_name}"'),
        (IDS, 'return [_UNSAFE.sub("_", one) for one in ids]\n'),
        (MADE_SO_FAR, 'f"{_construct_id(entity)}{len(self.node.children)}",\n'),
    ),
)

PYTHON_PATHS_MUTANTS = (*PLACES, *REPEATED, *IDENTITIES, *UPDATES, *NAMES)
