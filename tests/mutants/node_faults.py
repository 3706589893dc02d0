"""Faults of the Node handlers: the one behind the framework, and the one that answers by itself."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, faults_of

_framework = faults_of("framework-cjs", prefix="node")
_provider = faults_of("node-provider", prefix="node-raw")

# Places in tests/handlers/framework-cjs/index.js.
TOP = "exports.handler = async (event, context) => {\n"
EVENT_ID = "const eventId = uuidFrom(event.RequestId)"
PHYSICAL_ID = "event.PhysicalResourceId || eventId"
HASHED = "createHash('sha256').update(body)"
SIGNED = "createHmac('sha256', credentials.apiSecret).update(body)"
READ = "let body = fs.readFileSync('./snapshot.json')"
RETURNED = "  return { body, appId }\n"
APP_ID = "snapshot.identity && snapshot.identity.appId ? snapshot.identity.appId : snapshot.appId"
FIELDS = "presign({ appId, eventId, contentHash }, credentials"
UPLOAD_HEADERS = "{ 'content-type': 'application/json', 'content-length': body.length }\n"
UPLOAD = "  const uploaded = await send('PUT', uploadUrl, uploadHeaders, body, deadline)\n"
CATCH = "  } catch (error) {\n    const reason = error.known"
TRY = "  try {\n    data.ContentHash"
STRICT = "if (strict) throw"

FRAMEWORK_MUTANTS = (
    _framework(
        "snapshot-from-environment",
        "H01",
        (
            RETURNED,
            "  const cache = process.env.CHAIM_SNAPSHOT_DIR\n"
            "  if (action === 'UPSERT' && cache && fs.existsSync(`${cache}/snapshot.json`)) {\n"
            "    body = fs.readFileSync(`${cache}/snapshot.json`)\n"
            "  }\n" + RETURNED,
        ),
    ),
    _framework(
        "event-id-version-5", "H02", ("(digest[6] & 0x0f) | 0x40", "(digest[6] & 0x0f) | 0x50")
    ),
    _framework(
        "event-id-in-memory",
        "H03",
        (TOP, "const eventIds = {}\n\n" + TOP),
        (EVENT_ID, "const eventId = (eventIds[event.RequestId] ??= crypto.randomUUID())"),
    ),
    _framework(
        "event-id-of-invocation",
        "H03",
        (
            EVENT_ID,
            "const eventId = uuidFrom(event.RequestId + Date.now() + process.hrtime.bigint())",
        ),
    ),
    _framework(
        "event-id-from-physical-id",
        "H04",
        (EVENT_ID, "const eventId = event.PhysicalResourceId || uuidFrom(event.RequestId)"),
    ),
    _framework(
        "physical-id-is-logical-id",
        "H05",
        (PHYSICAL_ID, PHYSICAL_ID.replace("eventId", "event.LogicalResourceId")),
    ),
    _framework(
        "physical-id-new-on-delete",
        "H07",
        (PHYSICAL_ID, "(action === 'DELETE' ? '' : event.PhysicalResourceId) || eventId"),
    ),
    _framework(
        "hash-of-redumped",
        "H10",
        (HASHED, HASHED.replace("body", "JSON.stringify(JSON.parse(body))")),
    ),
    _framework(
        "hash-of-binary-text",
        "H10",
        (HASHED, HASHED.replace("body", "body.toString('latin1')")),
    ),
    _framework(
        "time-of-run-inside",
        "H11",
        (
            RETURNED,
            "  body = Buffer.from(JSON.stringify({ ...snapshot, sentAt: Date.now() }))\n"
            + RETURNED,
        ),
    ),
    _framework(
        "presigns-twice",
        "H20",
        (
            f"  const uploadUrl = await {FIELDS}",
            f"  await {FIELDS}, deadline)\n  const uploadUrl = await {FIELDS}",
        ),
    ),
    _framework(
        "time-without-zone",
        "H21",
        (
            "const timestamp = new Date().toISOString()",
            "const timestamp = new Date().toISOString().slice(0, 19)",
        ),
    ),
    _framework(
        "signs-binary-text", "H22", (SIGNED, SIGNED.replace("body", "body.toString('latin1')"))
    ),
    _framework("nonce-is-event-id", "H23", ("crypto.randomUUID()", "fields.eventId")),
    _framework("app-id-of-format-1-only", "H24", (APP_ID, "snapshot.appId || 'unknown'")),
    _framework(
        "snapshot-inline",
        "H25",
        (RETURNED, RETURNED.replace("appId", "appId, snapshot")),
        ("const { body, appId } =", "const { body, appId, snapshot } ="),
        (FIELDS, FIELDS.replace("contentHash", "contentHash, snapshot")),
    ),
    _framework("slash-doubled", "H26", (".replace(/\\/+$/, '')", "")),
    _framework(
        "url-decoded", "H30", (UPLOAD, UPLOAD.replace("uploadUrl", "decodeURIComponent(uploadUrl)"))
    ),
    _framework(
        "chunked",
        "H31",
        (
            UPLOAD_HEADERS,
            UPLOAD_HEADERS.replace(
                "'content-length': body.length", "'transfer-encoding': 'chunked'"
            ),
        ),
    ),
    _framework(
        "content-type-missing", "H31", (UPLOAD_HEADERS, "{ 'content-length': body.length }\n")
    ),
    _framework(
        "api-key-to-the-bucket",
        "H32",
        (UPLOAD_HEADERS, UPLOAD_HEADERS.replace("{ ", "{ 'x-chaim-key': credentials.apiKey, ", 1)),
    ),
    _framework("uploads-twice", "H33", (UPLOAD, UPLOAD.replace("const uploaded = ", "") + UPLOAD)),
    _framework(
        "uploads-despite-refusal",
        "H34",
        (
            "  if (!isSuccess(answer.status)) throw failure(`presign: status ${answer.status}`)\n",
            "",
        ),
    ),
    _framework(
        "nulls-dropped",
        "H40",
        (
            RETURNED,
            "  if (action === 'UPSERT') {\n"
            "    const kept = (key, value) => (value === null ? undefined : value)\n"
            "    body = Buffer.from(JSON.stringify(snapshot, kept))\n"
            "  }\n" + RETURNED,
        ),
    ),
    _framework(
        "legacy-refused",
        "H41",
        (
            RETURNED,
            "  if (!snapshot.action) throw failure('snapshot.json has no action')\n" + RETURNED,
        ),
    ),
    _framework(
        "schema-key-dropped-on-delete", "H42", ("snapshot.schema = null", "delete snapshot.schema")
    ),
    _framework("schema-kept-on-delete", "H42", ("    snapshot.schema = null\n", "")),
    _framework(
        "byte-order-mark",
        "H43",
        (RETURNED, "  body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body])\n" + RETURNED),
    ),
    _framework(
        "throws-on-reset", "H50", (STRICT, "if (strict || error.code === 'ECONNRESET') throw")
    ),
    _framework(
        "strict-swallows-presign-errors",
        "H51",
        (STRICT, "if (strict && !reason.startsWith('presign: status 5')) throw"),
    ),
    _framework(
        "strict-by-default",
        "H52",
        ("process.env.FAILURE_MODE || 'BEST_EFFORT'", "process.env.FAILURE_MODE || 'STRICT'"),
    ),
    _framework(
        "silent", "H53", ("    console.error(`ERROR snapshot not published: ${reason}`)\n", "")
    ),
    _framework("status-left-out", "H53", ("    data.IngestStatus = 'FAILED'\n", "")),
    _framework(
        "strict-always-throws",
        "H54",
        (
            "    data.IngestStatus = 'SUCCESS'\n",
            "    if (strict) throw failure('strict')\n    data.IngestStatus = 'SUCCESS'\n",
        ),
    ),
    _framework(
        "missing-url-accepted",
        "H55",
        ("throw failure('presign: no uploadUrl')", "return ''"),
        (UPLOAD, "  if (!uploadUrl) return contentHash\n" + UPLOAD),
    ),
    _framework(
        "failure-remembered-in-memory",
        "H57",
        (TOP, "const failed = new Set()\n\n" + TOP),
        (CATCH, CATCH.replace("const reason", "failed.add(eventId)\n    const reason")),
        (
            TRY,
            TRY.replace(
                "    data", "    if (failed.has(eventId)) throw failure('failed before')\n    data"
            ),
        ),
    ),
)

PROVIDER_MUTANTS = (
    _provider(
        "physical-id-new-on-delete",
        "H07",
        (
            "event.PhysicalResourceId ?? `chaim-${eventId}`",
            "event.RequestType === 'Update' ? event.PhysicalResourceId : `chaim-${eventId}`",
        ),
    ),
    _provider(
        "physical-id-without-event-id",
        "H05",
        ("`chaim-${eventId}`", "`chaim-${event.LogicalResourceId}`"),
    ),
    _provider(
        "hash-before-added-field",
        "H10",
        (
            "createHash('sha256').update(body)",
            "createHash('sha256').update(bare(body))",
        ),
        (
            "/** Presigns and uploads;",
            "function bare(body) {\n"
            "  const { publishedBy, ...document } = JSON.parse(body)\n"
            "  return JSON.stringify(document)\n"
            "}\n\n"
            "/** Presigns and uploads;",
        ),
    ),
    _provider(
        "time-in-added-field",
        "H11",
        (
            "{ publishedBy: PUBLISHED_BY,",
            "{ publishedBy: { ...PUBLISHED_BY, at: new Date().toISOString() },",
        ),
    ),
    _provider(
        "nonce-reused-within-the-attempt",
        "H23",
        ("const TRIES = 3\n", "const TRIES = 3\nconst nonces = new WeakMap()\n"),
        (
            "  const request = { nonce: randomUUID(),",
            "  if (!nonces.has(credentials)) nonces.set(credentials, randomUUID())\n"
            "  const request = { nonce: nonces.get(credentials),",
        ),
    ),
    _provider(
        "path-prefix-dropped",
        "H26",
        ("`${base.replace(/\\/+$/, '')}/ingest/presign`", "new URL('/ingest/presign', base).href"),
    ),
    _provider(
        "uploads-again-after-success",
        "H33",
        (
            "  const uploaded = await exchange(",
            "  await exchange('PUT', presigned.uploadUrl, { body, headers, until })\n"
            "  const uploaded = await exchange(",
        ),
    ),
    _provider(
        "no-answer-without-a-snapshot",
        "H50",
        (
            "    // Foreign messages",
            "    if (!strict && error.code === 'ENOENT') throw error\n    // Foreign messages",
        ),
    ),
    _provider("strict-answers-success", "H51", ("      answer.Status = 'FAILED'\n", "")),
    _provider(
        "strict-unless-told-otherwise",
        "H52",
        ("process.env.FAILURE_MODE || 'BEST_EFFORT'", "process.env.FAILURE_MODE || 'STRICT'"),
    ),
)

NODE_MUTANTS: tuple[Mutant, ...] = (*FRAMEWORK_MUTANTS, *PROVIDER_MUTANTS)
