"""Faults of the binder in JavaScript: what it refuses, and what becomes of a configuration."""

from __future__ import annotations

from tests.binder.mutant import faults_of

_js = faults_of("node-cdk", prefix="js")

# Places in examples/node-cdk-provider.
CONFLICT = "isSameTable(other.table, identity) && !sameAccount(other.config, config)"
VALUES = "[appId, c.kind, c.secret, c.apiKey, c.apiSecret]"
MODE = "    FAILURE_MODE: failureMode,\n"
PROBLEMS = "  if (problems.length > 0) {\n"
REPORT = "`${file}: no valid schema:\\n${problems.map((one) => `  - ${one}`).join('\\n')}`"
BLANK_APP_ID = "typeof appId !== 'string' || appId.trim() === '' || Token.isUnresolved(appId)"

CONFIGS = (
    _js("conflict-unseen", "B11", (CONFLICT, "false")),
    _js("conflict-of-app-ids-alone", "B11", (VALUES, "[appId]")),
    _js("conflict-of-secrets-alone", "B11", (VALUES, "[c.kind, c.secret, c.apiKey, c.apiSecret]")),
    _js("api-secret-not-compared", "B11", (VALUES, "[appId, c.kind, c.secret, c.apiKey]")),
    _js(
        "configs-by-identity",
        "B11",
        (CONFLICT, "isSameTable(other.table, identity) && other.config !== config"),
    ),
    _js(
        "conflict-within-a-stack",
        "B11",
        (CONFLICT, f"other.binder.node.scope === binder.node.scope && {CONFLICT}"),
    ),
    _js(
        "conflict-of-nobody",
        "B11",
        (
            "`${binder.node.path} (app ${config.appId}) and ${other.binder.node.path} (app ` +\n"
            "          `${other.config.appId}) bind one table, ${identity.resourceName}: they "
            "need one appId ` +",
            "`a binding of ${identity.resourceName} has another config: bindings of a table need "
            "one appId ` +",
        ),
    ),
    _js("mode-lost", "B12", (MODE, "")),
    _js(
        "strict-by-default",
        "B12",
        ("failureMode = FailureMode.BEST_EFFORT) {", "failureMode = FailureMode.STRICT) {"),
    ),
    _js("mode-in-small-letters", "B12", (MODE, "    FAILURE_MODE: failureMode.toLowerCase(),\n")),
    _js(
        "mode-of-first-binding",
        "B12",
        (
            "config, schema, resourceId }\n",
            "config: (others.find((one) => one.table.table === table) ?? { config }).config, "
            "schema, resourceId }\n",
        ),
    ),
    _js(
        "secret-read-at-synth",
        "B13",
        (
            "    return Object.freeze({ kind: 'secret', secret })\n",
            "    if (known) {\n"
            "      const ask = `fetch(process.env.AWS_ENDPOINT_URL ?? '', { method: 'POST', "
            "headers: {\n"
            "        'content-type': 'application/x-amz-json-1.1', 'x-amz-target': "
            "'secretsmanager.DescribeSecret',\n"
            "      }, body: JSON.stringify({ SecretId: process.argv[1] }) })`\n"
            "      require('node:child_process').spawnSync(process.execPath, ['-e', ask, secret])\n"
            "    }\n"
            "    return Object.freeze({ kind: 'secret', secret })\n",
        ),
    ),
    _js(
        "secret-value-in-template",
        "B13",
        (
            "    return Object.freeze({ kind: 'secret', secret })\n",
            "    const ask = `fetch(process.env.AWS_ENDPOINT_URL ?? '', { method: 'POST', "
            "headers: {\n"
            "      'content-type': 'application/x-amz-json-1.1', 'x-amz-target': "
            "'secretsmanager.GetSecretValue',\n"
            "    }, body: JSON.stringify({ SecretId: process.argv[1] }) }).then((answer) => "
            "answer.json())\n"
            "      .then((answer) => console.log(answer.SecretString))`\n"
            "    const { stdout } = require('node:child_process').spawnSync(process.execPath, "
            "['-e', ask, secret])\n"
            "    try {\n"
            "      return Object.freeze({ kind: 'keys', ...JSON.parse(String(stdout)) })\n"
            "    } catch {\n"
            "      return Object.freeze({ kind: 'secret', secret })\n"
            "    }\n",
        ),
    ),
)
REFUSALS = (
    _js(
        "invalid-schema-warned-of",
        "B19",
        (
            PROBLEMS,
            "  if (problems.length > 0) console.warn(problems.join())\n"
            "  if (problems.length > 9) {\n",
        ),
    ),
    _js(
        "invalid-schema-of-nowhere",
        "B19",
        (REPORT, "problems.map((one) => `  - ${one}`).join('\\n')"),
    ),
    _js("invalid-schema-without-reason", "B19", (REPORT, "`${file}: no valid schema`")),
    _js(
        "unknown-keys-accepted",
        "B19",
        ("    if (!known.includes(key)) {\n", "    if (key === undefined) {\n"),
    ),
    _js(
        "names-twice-accepted",
        "B19",
        ("} else if (seen.has(field.name)) {", "} else if (seen.has(field)) {"),
    ),
    _js(
        "patterns-unread",
        "B19",
        (
            "if (isText(limits.pattern) && !compiles(limits.pattern))",
            "if (isText(limits.pattern) && false)",
        ),
    ),
    _js(
        "limits-as-texts",
        "B19",
        ("  if (limits.min > limits.max)", "  if (`${limits.min}` > `${limits.max}`)"),
    ),
    _js(
        "only-pascal-case",
        "B19",
        ("} else if (dialect.number === 2 && !/^[A-Z]", "} else if (!/^[A-Z]"),
    ),
    _js(
        "schema-written-before-check",
        "B19",
        (
            "    const schema = readBprint(root, schemaPath)\n",
            "    require('node:fs').rmSync(require('./places').localFolder(require('./bindings'"
            ").whereabouts(require('aws-cdk-lib').Stack.of(this))), { recursive: true, force: "
            "true })\n    const schema = readBprint(root, schemaPath)\n",
        ),
    ),
    _js(
        "any-extension",
        "B20",
        (
            "  if (path.extname(file) !== '.bprint') throw new Error(`${file}: a schema file "
            "ends in .bprint`)\n",
            "",
        ),
    ),
    _js(
        "missing-file-is-empty",
        "B20",
        (
            "    throw new Error(`${file}: the schema cannot be read: ${reason}`)\n",
            "    return {}\n",
        ),
    ),
    _js(
        "json-error-of-nowhere",
        "B20",
        (
            "    throw new Error(`${file}: the schema is not JSON: ${error.message}`)\n",
            "    throw error\n",
        ),
    ),
    _js(
        "comments-and-commas",
        "B20",
        (
            "document = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true "
            "}).decode(bytes))",
            "document = JSON.parse(String(bytes).replace(/^\\s*\\/\\/.*$/gm, "
            "'').replace(/,\\s*([}\\]])/g, '$1'))",
        ),
    ),
    _js("blank-app-id", "B21", (BLANK_APP_ID, "typeof appId !== 'string'")),
    _js(
        "credentials-unchecked",
        "B21",
        (
            "    if (credentials?.kind !== 'secret' && credentials?.kind !== 'keys') {\n",
            "    credentials ??= ChaimCredentials.fromSecretsManager('chaim/api-credentials')\n"
            "    if (false) {\n",
        ),
    ),
    _js(
        "any-arn",
        "B21",
        (
            "(known && !ARN.test(secret) && !NAME.test(secret))",
            "(known && !secret.startsWith('arn:') && !NAME.test(secret))",
        ),
    ),
    _js(
        "any-name",
        "B21",
        (
            "(known && !ARN.test(secret) && !NAME.test(secret))",
            "(known && secret.startsWith('arn:') && !ARN.test(secret))",
        ),
    ),
    _js(
        "empty-keys",
        "B21",
        (
            "      if (typeof value !== 'string' || value.trim() === '') {\n"
            "        throw new Error(`Chaim credentials",
            "      if (typeof value !== 'string') {\n        throw new Error(`Chaim credentials",
        ),
    ),
)

REFUSAL_MUTANTS = (*CONFIGS, *REFUSALS)
