"""Faults of the binder in JavaScript: what it bundles, and adds to the template."""

from __future__ import annotations

from tests.binder.mutant import faults_of

_js = faults_of("node-cdk", prefix="js")

# Places in examples/node-cdk-provider.
BUNDLE = "path.join(assetFolder(root, place), resourceId)"
ASSETS = "path.join(root, 'cdk.out', 'chaim', 'assets', fileName(stackName))"
WRITTEN = "hash: writeBundle(bundle, text)"
HANDLER_FILES = "fs.readdirSync(HANDLER).filter((name) => name.endsWith('.js')).sort()"
URL_OF_CONTEXT = "      binder.node.tryGetContext('chaimApiBaseUrl') ||\n"
URL_OF_ENVIRONMENT = "      process.env.CHAIM_API_BASE_URL ||\n"
STATEMENTS = "  const statements = [\n"
SECRET = "        resources: [secretArn(binder, credentials.secret)],\n"
PROPERTIES = "properties: { Fingerprint: fingerprint },"
FINGERPRINT = "sha256(canonical({ lasting, source }))"
KEPT_IDS = (
    "  keepLogicalIds({ Role: role, Handler: handler, Publication: resource }, config.appId, "
    "resourceId)\n"
)
DEPENDS = "  if (table.resource !== undefined && Stack.of(table.resource) === Stack.of(binder)) {\n"

BUNDLES = (
    _js("assets-in-working-directory", "B14", (ASSETS, ASSETS.replace("root", "process.cwd()"))),
    _js(
        "root-is-working-directory",
        "B14",
        ("  const starts = [process.argv[1], __dirname]", "  const starts = [process.cwd()]"),
    ),
    _js("assets-beside-package", "B14", (ASSETS, ASSETS.replace("root", "__dirname"))),
    _js(
        "assets-by-resource-alone", "B14", (ASSETS, "path.join(root, 'cdk.out', 'chaim', 'assets')")
    ),
    _js("bundle-without-handler", "B14", (HANDLER_FILES, HANDLER_FILES.replace("'.js'", "'.mjs'"))),
    _js("bundle-of-the-stack", "B15", (BUNDLE, "assetFolder(root, place)")),
    _js(
        "bundle-of-the-entity",
        "B15",
        (BUNDLE, "path.join(assetFolder(root, place), binding.schema.entityName)"),
    ),
    _js(
        "bundle-kept-where-it-exists",
        "B15",
        (
            "  for (const [name, content] of contents) fs.writeFileSync(path.join(folder, name), "
            "content)\n",
            "  for (const [name, content] of contents) {\n"
            "    if (!fs.existsSync(path.join(folder, name))) fs.writeFileSync(path.join(folder, "
            "name), content)\n"
            "  }\n",
        ),
        (
            "  fs.rmSync(folder, { recursive: true, force: true })\n  fs.mkdirSync(folder",
            "  fs.mkdirSync(folder",
        ),
    ),
    _js(
        "bundle-without-table",
        "B16",
        (
            WRITTEN,
            "hash: writeBundle(bundle, JSON.stringify({ ...snapshot, resource: { "
            "...snapshot.resource, globalSecondaryIndexes: undefined } }))",
        ),
    ),
    _js(
        "bundle-without-descriptions",
        "B16",
        (
            WRITTEN,
            "hash: writeBundle(bundle, JSON.stringify(snapshot, (key, value) => (key === "
            "'description' ? '' : value)))",
        ),
    ),
    _js("handler-without-its-modules", "B23", (HANDLER_FILES, "['index.js']")),
    _js("other-entry", "B23", ("handler: 'index.handler',", "handler: 'index.main',")),
    _js(
        "keys-under-other-names",
        "B23",
        ("{ API_KEY: credentials.apiKey,", "{ CHAIM_API_KEY: credentials.apiKey,"),
    ),
    _js(
        "delete-is-an-upsert",
        "B23",
        ("action === 'DELETE' ? farewell(snapshot) : snapshot", "snapshot"),
    ),
)
TEMPLATES = (
    _js("every-secret", "B17", (SECRET, "        resources: ['*'],\n")),
    _js("secrets-of-a-prefix", "B17", ("`${secret}-??????`)\n", "`${secret}*`)\n")),
    _js(
        "secret-of-one-partition",
        "B17",
        (
            "  if (!secret.startsWith('arn:')) return arn(",
            "  if (!secret.startsWith('arn:')) return "
            "`arn:aws:secretsmanager:${Stack.of(binder).region}:${Stack.of(binder).account}:sec"
            "ret:${secret}-??????`\n  if (!secret) return arn(",
        ),
    ),
    _js("secret-without-suffix", "B17", ("'secret', `${secret}-??????`)\n", "'secret', secret)\n")),
    _js(
        "secret-not-granted",
        "B17",
        (
            "actions: ['secretsmanager:GetSecretValue']",
            "actions: ['secretsmanager:DescribeSecret']",
        ),
    ),
    _js(
        "describes-the-table",
        "B17",
        (
            STATEMENTS,
            STATEMENTS
            + "    new iam.PolicyStatement({ actions: ['dynamodb:DescribeTable'], resources: "
            "['*'] }),\n",
        ),
    ),
    _js(
        "secrets-for-keys-too",
        "B17",
        (
            "  if (credentials.kind === 'secret') {\n    statements.push(",
            "  if (credentials) {\n    statements.push(",
        ),
        (
            SECRET,
            "        resources: [secretArn(binder, credentials.secret ?? "
            "'chaim/api-credentials')],\n",
        ),
    ),
    _js(
        "managed-policy",
        "B17",
        (
            "    assumedBy: new iam",
            "    managedPolicies: "
            "[iam.ManagedPolicy.fromAwsManagedPolicyName('SecretsManagerReadWrite')],\n"
            "    assumedBy: new iam",
        ),
    ),
    _js("url-of-context-unread", "B18", (URL_OF_CONTEXT, "")),
    _js(
        "other-default-url",
        "B18",
        (
            "const DEFAULT_BASE_URL = 'https://ingest.chaim.co'\n\nfunction publishFrom",
            "const DEFAULT_BASE_URL = 'https://api.chaim.co'\n\nfunction publishFrom",
        ),
    ),
    _js("url-of-environment-unread", "B28", (URL_OF_ENVIRONMENT, "")),
    _js(
        "url-of-environment-first",
        "B28",
        (URL_OF_CONTEXT + URL_OF_ENVIRONMENT, URL_OF_ENVIRONMENT + URL_OF_CONTEXT),
    ),
    _js("time-in-fingerprint", "B22", (FINGERPRINT, "sha256(canonical({ snapshot, source }))")),
    _js(
        "hash-of-bundle-for-fingerprint", "B22", (PROPERTIES, "properties: { Fingerprint: hash },")
    ),
    _js("no-fingerprint", "B22", (PROPERTIES, "properties: {},")),
    _js("fingerprint-of-schema", "B22", (FINGERPRINT, "sha256(canonical({ schema }))")),
    _js("fingerprint-of-table", "B22", (FINGERPRINT, "sha256(canonical({ source, metadata }))")),
    _js("fingerprint-of-objects", "B22", (FINGERPRINT, "sha256(`${lasting}${source}`)")),
    _js(
        "fingerprint-of-json-keys",
        "B22",
        (
            FINGERPRINT,
            "sha256(JSON.stringify({ lasting, source }, ['lasting', 'schema', 'entityName', "
            "'fields', 'name', 'type']))",
        ),
    ),
    _js(
        "table-tagged",
        "B24",
        (
            DEPENDS,
            "  require('aws-cdk-lib').Tags.of(table.table).add('chaim', resourceId)\n" + DEPENDS,
        ),
    ),
    _js(
        "table-retained",
        "B24",
        (DEPENDS, "  table.resource?.applyRemovalPolicy('destroy')\n" + DEPENDS),
    ),
    _js(
        "stream-switched-on",
        "B24",
        (
            DEPENDS,
            "  if (table.resource && !table.resource.streamSpecification) "
            "table.resource.streamSpecification = { streamViewType: 'NEW_IMAGE' }\n" + DEPENDS,
        ),
    ),
    _js(
        "table-waits",
        "B24",
        (DEPENDS, "  table.resource?.addDependency(role.node.defaultChild)\n" + DEPENDS),
    ),
    _js(
        "key-opened",
        "B24",
        (
            DEPENDS,
            "  if (table.resource && Stack.of(table.resource) === Stack.of(binder)) "
            "table.table.encryptionKey?.addToResourcePolicy(new iam.PolicyStatement({ actions: "
            "['kms:Decrypt'], principals: [role], resources: ['*'] }))\n" + DEPENDS,
        ),
    ),
    _js(
        "schema-in-properties",
        "B29",
        (
            "{ bundle, hash, fingerprint }) {",
            "{ bundle, hash, fingerprint }) {\n  const { schema } = binding",
        ),
        (PROPERTIES, "properties: { Fingerprint: fingerprint, Schema: JSON.stringify(schema) },"),
    ),
    _js(
        "fields-in-environment",
        "B29",
        (
            "    environment: environment(binder, config),",
            "    environment: { ...environment(binder, config), FIELDS: "
            "binding.schema.fields.map((one) => one.name).join() },",
        ),
    ),
    _js("logical-ids-of-constructs", "B31", (KEPT_IDS, "")),
)
PUBLISHING_MUTANTS = (*BUNDLES, *TEMPLATES)
