"""Faults of the Node handlers with Secrets Manager, which need the AWS SDK; and with large ones."""

from __future__ import annotations

from tests.mutants.mutant import faults_of

_framework = faults_of("framework-cjs", prefix="node")
_fetch = faults_of("fetch-esm", prefix="node-fetch")
_provider = faults_of("node-provider", prefix="node-raw")

KEY_HEADER = "    'x-chaim-key': credentials.apiKey,\n"

# These need no SDK.
NODE_SIZE_MUTANTS = (
    _framework("limit-of-6-megabytes", "H90", ("BYTES || '10485760'", "BYTES || '6000000'")),
    _provider("limit-of-8-mebibytes", "H90", ("LIMIT = 10485760", "LIMIT = 8 * 1024 * 1024")),
    _framework(
        "reads-into-a-buffer",
        "H90",
        (
            "let body = fs.readFileSync('./snapshot.json')",
            "let body = Buffer.alloc(1 << 23)\n"
            "  const file = fs.openSync('./snapshot.json')\n"
            "  body = body.subarray(0, fs.readSync(file, body))\n"
            "  fs.closeSync(file)",
        ),
    ),
    _framework(
        "secret-in-presign-header",
        "H71",
        (KEY_HEADER, KEY_HEADER + "    'x-chaim-secret': credentials.apiSecret,\n"),
    ),
    _provider(
        "secret-wrapped-in-log",
        "H70",
        (
            "  return credentials\n",
            "  console.log(String(credentials.apiSecret).match(/.{1,6}/g).join('\\n  '))\n"
            "  return credentials\n",
        ),
    ),
)

NODE_SECRETS_MUTANTS = (
    _framework("secret-never-read", "H80", ("SECRET_NAME: name,", "SECRET_ARN: name,")),
    _framework(
        "environment-wins-over-secret", "H80", ("found = name ?", "found = name && !API_KEY ?")
    ),
    _framework(
        "secret-kept-in-memory",
        "H80",
        ("async function readSecret(name) {\n", "let kept\nasync function readSecret(name) {\n"),
        ("  return parse(text, 'the secret')", "  return (kept ??= parse(text, 'the secret'))"),
    ),
    _framework(
        "secret-message-of-v8-logged",
        "H70",
        (
            "  return parse(text, 'the secret')",
            "  try {\n    return JSON.parse(text)\n  } catch (error) {\n"
            "    console.error(error.message)\n    throw failure('the secret is no JSON')\n  }",
        ),
    ),
    _framework(
        "secret-in-temporary-file",
        "H75",
        (
            "  return parse(text, 'the secret')",
            "  fs.writeFileSync(require('node:os').tmpdir() + '/secret', text)\n"
            "  return parse(text, 'the secret')",
        ),
    ),
    _framework(
        "secret-without-keys-becomes-text",
        "H82",
        (
            "  if (!apiKey || !apiSecret) throw failure('no credentials')\n"
            "  return { apiKey, apiSecret }",
            "  if (!name && !(apiKey && apiSecret)) throw failure('no credentials')\n"
            "  return { apiKey: `${apiKey}`, apiSecret: `${apiSecret}` }",
        ),
    ),
    _provider(
        "secret-arn-taken-apart",
        "H80",
        ("SecretId: name", "SecretId: name.split(':').pop()"),
    ),
    _framework(
        "secret-empty-accepted",
        "H82",
        ("  if (!apiKey || !apiSecret) throw", "  if (!name && (!apiKey || !apiSecret)) throw"),
    ),
    _provider(
        "secret-not-found-swallowed",
        "H82",
        (
            "    if (strict) {\n",
            "    if (strict && error.name !== 'ResourceNotFoundException') {\n",
        ),
    ),
    _provider(
        "secrets-manager-failure-swallowed",
        "H51",
        ("    if (strict) {\n", "    if (strict && error.name !== 'InternalServiceError') {\n"),
    ),
    _fetch(
        "secret-kept-in-memory",
        "H80",
        (
            "  const { apiKey, apiSecret } = await credentials()\n",
            "  const { apiKey, apiSecret } = await (kept ??= credentials())\n",
        ),
        ("async function credentials() {\n", "let kept\nasync function credentials() {\n"),
    ),
    _fetch(
        "secret-denied-raised",
        "H50",
        (
            "if (env.FAILURE_MODE === 'STRICT')",
            "if (env.FAILURE_MODE === 'STRICT' || error.$fault === 'client')",
        ),
    ),
)
