"""Faults of the Node handlers in what they tell whom, in credentials and in sizes."""

from __future__ import annotations

from tests.mutants.mutant import faults_of

_framework = faults_of("framework-cjs", prefix="node")
_provider = faults_of("node-provider", prefix="node-raw")
_fetch = faults_of("fetch-esm", prefix="node-fetch")

# Places in tests/handlers/framework-cjs/index.js.
DATA = "{ EventId: eventId, Action: action,"
SUCCEEDED = "    data.IngestStatus = 'SUCCESS'\n"
REFUSED = "throw failure(`presign: status ${answer.status}`)"
CREDENTIALS = "  const credentials = await readCredentials()\n"
PRESIGNED = (
    "  const uploadUrl = await presign({ appId, eventId, contentHash }, credentials, deadline)\n"
)
READ = "  const { apiKey, apiSecret } = found\n"
NEEDED = "  if (!apiKey || !apiSecret) throw failure('no credentials')\n"

FRAMEWORK_MUTANTS = (
    _framework(
        "error-body-in-answer",
        "H60",
        (REFUSED, "throw failure(`presign: status ${answer.status} ${answer.text}`)"),
    ),
    _framework("event-id-under-another-name", "H61", (DATA, "{ eventId, Action: action,")),
    _framework(
        "url-in-answer",
        "H61",
        ("exports.handler =", "let lastUrl\n\nexports.handler ="),
        (PRESIGNED, PRESIGNED + "  lastUrl = uploadUrl\n"),
        (SUCCEEDED, SUCCEEDED + "    data.Url = lastUrl\n"),
    ),
    _framework(
        "environment-logged", "H70", (CREDENTIALS, "  console.log(process.env)\n" + CREDENTIALS)
    ),
    _framework(
        "request-logged-on-401",
        "H70",
        (
            "  if (!isSuccess(answer.status)) throw failure(`presign",
            "  if (answer.status === 401) console.error('refused', headers)\n"
            "  if (!isSuccess(answer.status)) throw failure(`presign",
        ),
    ),
    _framework(
        "key-in-presign-body",
        "H71",
        (
            "presign({ appId, eventId, contentHash },",
            "presign({ appId, eventId, contentHash, key: credentials.apiKey },",
        ),
    ),
    _framework("url-logged", "H72", (PRESIGNED, PRESIGNED + "  console.log('PUT', uploadUrl)\n")),
    _framework(
        "credentials-kept-in-a-temporary-file",
        "H75",
        (
            CREDENTIALS,
            CREDENTIALS
            + "  const kept = require('node:path').join(require('node:os').tmpdir(), 'chaim')\n"
            + "  fs.writeFileSync(kept, Buffer.from(credentials.apiSecret).toString('base64'))\n",
        ),
    ),
    _framework(
        "key-lowercased", "H81", ("credentials.apiKey,\n", "credentials.apiKey.toLowerCase(),\n")
    ),
    _framework(
        "missing-credentials-become-text",
        "H82",
        (
            READ,
            "  const [apiKey, apiSecret] = [`${found.apiKey}`, `${found.apiSecret}`]\n",
        ),
    ),
    _framework(
        "secret-not-looked-at",
        "H82",
        (NEEDED, "  if (!apiKey) throw failure('no key')\n"),
        (READ, READ.replace("apiSecret }", "apiSecret = '' }")),
    ),
    _framework(
        "limit-counts-characters",
        "H91",
        ("if (body.length > maxBytes())", "if (body.toString().length > maxBytes())"),
    ),
    _framework(
        "limit-not-a-number-is-none",
        "H92",
        (
            "  console.error(`CHAIM_MAX_SNAPSHOT_BYTES is no number: ${limit}`)\n"
            "  return 10485760\n",
            "  return NaN\n",
        ),
    ),
    _framework(
        "unknown-mode-not-named",
        "H92",
        (
            "console.error(`unknown FAILURE_MODE ${mode}`)",
            "return 'BEST_EFFORT'",
        ),
    ),
)

# Places in examples/node-provider/src.
PROVIDER_MUTANTS = (
    _provider(
        "limit-of-the-file",
        "H91",
        (
            "    if (body.length > limit) {\n",
            "    if (fs.statSync(path.join(__dirname, 'snapshot.json')).size > limit) {\n",
        ),
    ),
    _provider(
        "reason-of-any-length",
        "H60",
        ("      answer.Reason = reason.slice(0, 256)\n", "      answer.Reason = reason\n"),
        ("    data.Error = reason.slice(0, 256)\n", "    data.Error = reason\n"),
        (
            "  if (status < 200 || status >= 300) return { status }\n",
            "  if (status === 503) return { status }\n"
            "  if (status < 200 || status >= 300) throw new IngestError(`${status}: ${text}`)\n",
        ),
    ),
    _provider("status-left-out", "H61", ("    data.IngestStatus = 'SUCCESS'\n", "")),
)

FETCH_MUTANTS = (
    _fetch(
        "header-error-logged",
        "H70",
        ("  } catch (error) {\n", "  } catch (error) {\n    console.error(error.message)\n"),
    ),
    _fetch(
        "request-kept-in-the-bundle",
        "H75",
        (
            "  const answer = await post('POST'",
            "  const kept = new URL('./request.log', import.meta.url)\n"
            "  await writeFile(kept, `${env.API_KEY} ${request}`)\n"
            "  const answer = await post('POST'",
        ),
        ("import { readFile } from", "import { readFile, writeFile } from"),
    ),
)

NODE_SECRECY_MUTANTS = (*FRAMEWORK_MUTANTS, *PROVIDER_MUTANTS, *FETCH_MUTANTS)
