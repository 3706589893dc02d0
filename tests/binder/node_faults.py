"""Faults of the binder in JavaScript: where it writes, and what it says of table and schema."""

from __future__ import annotations

from tests.binder.mutant import faults_of

_js = faults_of("node-cdk", prefix="js")

# Places in examples/node-cdk-provider/src.
STACK_NAME = "stackName: stack.stackName }"
KNOWN = "(Token.isUnresolved(value) ? 'unknown' : value)"
LOCAL_FOLDER = (
    "path.join(snapshotBase(), 'aws', ...[account, region, stackName].map(fileName), DATASTORE)"
)
SNAPSHOT_DIR = (
    "  if (process.env.CHAIM_SNAPSHOT_DIR) return path.resolve(process.env.CHAIM_SNAPSHOT_DIR)\n"
)
HOME_BASE = "path.join(os.homedir(), '.chaim', 'cache', 'snapshots')"
LOCAL_FILE = "  writeWhole(path.join(localFolder(place), `${resourceId}.json`), text)\n"
BUNDLE = "path.join(assetFolder(root, place), resourceId)"
WRITTEN = "hash: writeBundle(bundle, text)"
TEXT = "  const text = Buffer.from(`${JSON.stringify(snapshot, null, 2)}\\n`)\n"
CAPTURED_AT = "    capturedAt: new Date().toISOString(),\n    producer"
ACCOUNT = "      accountId: account,\n"
PARSED = (
    "document = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true "
    "}).decode(bytes))"
)
RETURN_DOCUMENT = "  return document\n}\n\nfunction problemsOf"
UNIQUE = "  let free = fileName(name)\n"
RESOURCE_NAME = "    resourceName: name ?? table.node.id,\n"
RESOURCE_ID = "`${identity.resourceName}__${schema.entityName}`"
STABLE_LOGICAL_ID = (
    "  return key('logicalId', Stack.of(resource).getLogicalId(resource), resource)\n"
)
BINDING = "  const binding = { binder, stack, table: identity, config, schema, resourceId }\n"
WITHOUT_MAP = "new Set(others.filter((one) => one.stack === stack).map((one) => one.resourceId))"
TYPES = "['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable']"

PATHS = (
    _js("stack-id-for-its-name", "B01", (STACK_NAME, "stackName: stack.node.id }")),
    _js("artifact-id-for-stack-name", "B01", (STACK_NAME, "stackName: stack.artifactId }")),
    _js(
        "datastore-in-capitals",
        "B01",
        (LOCAL_FOLDER, LOCAL_FOLDER.replace("DATASTORE", "'DynamoDB'")),
    ),
    _js(
        "local-path-without-stack", "B01", (LOCAL_FOLDER, LOCAL_FOLDER.replace(", stackName]", "]"))
    ),
    _js("snapshot-dir-ignored", "B02", (SNAPSHOT_DIR, "")),
    _js(
        "base-in-working-directory",
        "B02",
        (HOME_BASE, HOME_BASE.replace("os.homedir()", "process.cwd()")),
    ),
    _js(
        "base-of-xdg", "B02", (HOME_BASE, "path.join(os.homedir(), '.cache', 'chaim', 'snapshots')")
    ),
    _js(
        "base-of-temporary-files",
        "B02",
        (HOME_BASE, "path.join(os.tmpdir(), 'chaim', 'snapshots')"),
    ),
    _js("token-in-path", "B03", (KNOWN, "String(value)")),
    _js("object-in-path", "B03", (KNOWN, "`${stack.resolve(value)}`")),
    _js("environment-called-otherwise", "B03", (KNOWN, KNOWN.replace("'unknown'", "'unresolved'"))),
    _js(
        "local-kept-where-it-exists",
        "B04",
        (
            LOCAL_FILE,
            "  if (!fs.existsSync(path.join(localFolder(place), `${resourceId}.json`)))"
            + LOCAL_FILE,
        ),
    ),
    _js(
        "local-history",
        "B04",
        (
            LOCAL_FILE,
            "  const local = path.join(localFolder(place), `${resourceId}`)\n"
            "  if (fs.existsSync(`${local}.json`)) {\n"
            "    fs.renameSync(`${local}.json`, `${local}.${Date.now()}.json`)\n"
            "  }\n" + LOCAL_FILE,
        ),
    ),
    _js(
        "draft-left",
        "B26",
        ("path.join(path.dirname(file), `.${process.pid}.draft`)", "`${file}.tmp`"),
        ("  fs.renameSync(draft, file)\n", "  fs.copyFileSync(draft, file)\n"),
    ),
    _js(
        "index-beside",
        "B26",
        (
            LOCAL_FILE,
            LOCAL_FILE
            + "  const ids = bindingsOf(binder.node.root).map((one) => one.resourceId)\n"
            + "  writeWhole(path.join(localFolder(place), 'index.json'), JSON.stringify({ ids "
            "}))\n",
        ),
    ),
    _js(
        "stack-arn-for-its-name",
        "B26",
        ("deploymentId: stackName,", "deploymentId: table.table.stack.stackId,"),
    ),
    _js(
        "captured-at-of-a-shell",
        "B26",
        (CAPTURED_AT, CAPTURED_AT.replace("toISOString()", "toString()")),
    ),
    _js(
        "names-unescaped",
        "B30",
        ("return name\n  const hash", "return name\n  return name\n  const hash"),
    ),
    _js(
        "safe-names-alike",
        "B30",
        (UNIQUE, "  let free = name\n"),
        ("free = fileName(`${name}__${number}`)", "free = `${name}__${number}`"),
        (LOCAL_FILE, LOCAL_FILE.replace("`${resourceId}.json`", "`${fileName(resourceId)}.json`")),
        (
            "const bundle = path.join(assetFolder(root, place), resourceId)",
            "const bundle = path.join(assetFolder(root, place), fileName(resourceId))",
        ),
        (
            "DATASTORE, assetFolder, localFolder, writeWhole } = ",
            "DATASTORE, assetFolder, fileName, localFolder, writeWhole } = ",
        ),
        (
            "(one) => one.stack === stack).map((one) => one.resourceId)\n    const place",
            "(one) => one.stack === stack).map((one) => fileName(one.resourceId))\n    const place",
        ),
        ("return `${cut(plain, LONGEST - hash.length - 1)}-${hash}`", "return cut(plain, LONGEST)"),
    ),
    _js("left-overs-stay", "B32", ("  sweep(binder.node.root, root)\n", "")),
    _js(
        "left-overs-of-bundles-alone",
        "B32",
        ("    keep(localFolder(place), ids.map((id) => `${id}.json`))\n", ""),
    ),
)
SNAPSHOTS = (
    _js(
        "account-dropped",
        "B05",
        (ACCOUNT, "      accountId: account === 'unknown' ? undefined : account,\n"),
    ),
    _js("version-as-number", "B05", ("snapshotVersion: '3.0'", "snapshotVersion: 3.0")),
    _js("no-action", "B05", ("    action: 'UPSERT',\n", "")),
    _js(
        "other-entity-id",
        "B05",
        ("entityId: `${appId}:${entityName}`", "entityId: `${appId}/${entityName}`"),
    ),
    _js(
        "fields-sorted",
        "B06",
        (
            RETURN_DOCUMENT,
            "  document.fields.sort((a, b) => (a.name < b.name ? -1 : 1))\n" + RETURN_DOCUMENT,
        ),
    ),
    _js(
        "false-default-lost",
        "B06",
        (
            RETURN_DOCUMENT,
            "  for (const one of document.fields) if (!one.default) delete one.default\n"
            + RETURN_DOCUMENT,
        ),
    ),
    _js(
        "texts-trimmed",
        "B06",
        (PARSED, PARSED[:-1] + ", (_, value) => (isText(value) ? value.trim() : value))"),
    ),
    _js("texts-normalized", "B06", (PARSED, PARSED[:-1] + ".normalize())")),
    _js("read-as-latin1", "B06", (PARSED, "document = JSON.parse(bytes.toString('latin1'))")),
    _js(
        "annotations-dropped",
        "B06",
        (
            RETURN_DOCUMENT,
            "  for (const one of document.fields) delete one.annotations\n" + RETURN_DOCUMENT,
        ),
    ),
    _js(
        "billing-default-guessed",
        "B07",
        ("properties.BillingMode ?? 'PROVISIONED'", "properties.BillingMode ?? 'PAY_PER_REQUEST'"),
    ),
    _js(
        "index-without-sort-key",
        "B07",
        (
            "    ...keysOf(index.KeySchema),\n",
            "    partitionKey: keysOf(index.KeySchema).partitionKey,\n",
        ),
    ),
    _js(
        "first-index-alone",
        "B07",
        (
            "properties.GlobalSecondaryIndexes?.map(",
            "properties.GlobalSecondaryIndexes?.slice(0, 1).map(",
        ),
    ),
    _js(
        "non-key-attributes-lost",
        "B07",
        ("    nonKeyAttributes: index.Projection?.NonKeyAttributes,\n", ""),
    ),
    _js("stream-view-lost", "B07", ("    streamViewType: stream,\n", "")),
    _js(
        "id-for-table-name",
        "B07",
        ("const facts = { tableName: name,", "const facts = { tableName: identity.resourceName,"),
    ),
    _js(
        "arn-of-one-partition",
        "B07",
        ("return `arn:${partition}:dynamodb", "return `arn:aws:dynamodb"),
    ),
    _js(
        "object-for-ttl",
        "B07",
        (
            "ttl?.Enabled ? text(ttl.AttributeName) : undefined",
            "ttl?.Enabled ? `${ttl}` : undefined",
        ),
    ),
    _js("v2-unknown", "B07", (TYPES, "['AWS::DynamoDB::Table']")),
    _js(
        "stream-guessed",
        "B08",
        ("streamEnabled: properties.StreamSpecification !== undefined", "streamEnabled: true"),
    ),
    _js(
        "ttl-guessed",
        "B08",
        ("ttl?.Enabled ? text(ttl.AttributeName) : undefined", "text(ttl?.AttributeName) ?? 'ttl'"),
    ),
    _js(
        "sort-key-guessed",
        "B08",
        ("const [sortKey] = names('RANGE')", "const [sortKey = 'sk'] = names('RANGE')"),
    ),
    _js(
        "imported-guessed",
        "B08",
        (
            "return { metadata: present(facts), source: {} }",
            "return { metadata: present({ ...facts, billingMode: 'PAY_PER_REQUEST' }), source: "
            "{} }",
        ),
    ),
    _js(
        "read-in-constructor",
        "B33",
        (
            "    Aspects.of(this).add(\n",
            "    capture(binding, root)\n    Aspects.of(this).add(\n",
        ),
        (
            "{ visit: (node) => void (node === this && capture(binding, root)) }",
            "{ visit: () => {} }",
        ),
    ),
    _js(
        "imported-unthought-of",
        "B33",
        (
            "  const child = table.node.defaultChild\n",
            "  const child = table.node.defaultChild\n  child.getAtt('Arn')\n",
        ),
    ),
    _js(
        "v2-refused-as-no-table",
        "B33",
        (
            "  const child = table.node.defaultChild\n",
            "  const child = table.node.defaultChild\n"
            "  if (child && child.cfnResourceType !== 'AWS::DynamoDB::Table') throw new "
            "Error(`${path}: internal error`)\n",
        ),
    ),
)
IDENTITIES = (
    _js("number-missing", "B09", (UNIQUE, "  if (name) return fileName(name)\n" + UNIQUE)),
    _js("numbers-from-1", "B09", ("for (let number = 2;", "for (let number = 1;")),
    _js("token-in-id", "B09", (RESOURCE_NAME, "    resourceName: table.tableName,\n")),
    _js("entity-first", "B09", (RESOURCE_ID, "`${schema.entityName}__${identity.resourceName}`")),
    _js(
        "random-number",
        "B09",
        (
            UNIQUE,
            "  if (taken.has(fileName(name))) return "
            "fileName(`${name}__${require('node:crypto').randomUUID()}`)\n" + UNIQUE,
        ),
    ),
    _js(
        "files-taken-for-bindings",
        "B09",
        (
            "const { fileName } = require('./places')",
            "const { fileName, localFolder } = require('./places')",
        ),
        (
            "  const resourceId = unique(",
            "  const folder = localFolder(whereabouts(stack))\n"
            "  if (require('node:fs').existsSync(folder)) {\n"
            "    for (const file of require('node:fs').readdirSync(folder)) "
            "taken.add(file.slice(0, -5))\n"
            "  }\n"
            "  const resourceId = unique(",
        ),
    ),
    _js(
        "numbers-across-stacks",
        "B09",
        (WITHOUT_MAP, "new Set(others.map((one) => one.resourceId))"),
    ),
    _js(
        "one-publication-a-table",
        "B10",
        (
            "  publishFrom(binding, {",
            "  const first = bindingsOf(binder.node.root).find((one) => one.table.table === "
            "binding.table.table)\n"
            "  if (first === binding) publishFrom(binding, {",
        ),
    ),
    _js(
        "one-snapshot-a-table",
        "B10",
        (
            LOCAL_FILE,
            "  const last = bindingsOf(binder.node.root).findLast((one) => one.table.table === "
            "binding.table.table)\n"
            "  if (last === binding)" + LOCAL_FILE,
        ),
    ),
    _js(
        "account-token-in-identity",
        "B25",
        (ACCOUNT, "      accountId: table.table.stack.account,\n"),
    ),
    _js(
        "key-of-token-name",
        "B27",
        (
            "  if (name !== undefined) return key('tableName', name)\n",
            "  if (resource !== undefined) return key('tableName', table.tableName)\n",
        ),
    ),
    _js(
        "key-of-construct-path",
        "B27",
        (
            "  if (resource === undefined) return key('path'",
            "  if (name === undefined) return key('path'",
        ),
    ),
    _js(
        "logical-id-unresolved",
        "B27",
        (STABLE_LOGICAL_ID, "  return key('logicalId', resource.logicalId)\n"),
    ),
)

NODE_MUTANTS = (*PATHS, *SNAPSHOTS, *IDENTITIES)
