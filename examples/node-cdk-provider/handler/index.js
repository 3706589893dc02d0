'use strict'

/** Answers CloudFormation, which calls this function by its ARN and waits at a ResponseURL. */

const fs = require('node:fs')
const path = require('node:path')
const { createHash } = require('node:crypto')
const { Trouble, send } = require('./wire')
const { credentials, ingest } = require('./ingest')

const FOR_THE_ANSWER_MS = 3_000

exports.handler = async (event, context) => {
  const left = context.getRemainingTimeInMillis()
  const end = Date.now() + left
  const eventId = eventIdOf(event.RequestId)
  const action = event.RequestType === 'Delete' ? 'DELETE' : 'UPSERT'
  // Time for the answer is kept back, of short time a part.
  const deadline = end - Math.min(FOR_THE_ANSWER_MS, left / 4)
  const outcome = await attempt({ eventId, action, deadline })
  const { status } = await send('PUT', event.ResponseURL, {
    body: Buffer.from(JSON.stringify(answerTo(event, { eventId, action, ...outcome }))),
    headers: {}, // the URL is signed for a request without a content type
    deadline: end - 100,
  })
  if (status >= 300) throw new Error(`CloudFormation's bucket answered ${status}`)
}

/** {hash} of what was published, or {error}: a reason that is fit to be shown. */
async function attempt({ eventId, action, deadline }) {
  try {
    const snapshot = bundled()
    const body = Buffer.from(JSON.stringify(action === 'DELETE' ? farewell(snapshot) : snapshot))
    const limit = sizeLimit()
    if (body.length > limit) throw new Trouble(`the snapshot has ${body.length} bytes, more than ${limit}`)
    const signer = await credentials(deadline)
    return { hash: await ingest({ appId: appIdOf(snapshot), eventId, body, signer, deadline }) }
  } catch (error) {
    // The text of anybody else's error may quote a secret or a snapshot: its name has to do.
    const reason = error instanceof Trouble ? error.message : String(error?.code ?? error?.name)
    const short = reason.slice(0, 200)
    console.error(`chaim: not published: ${short}`)
    return { error: short }
  }
}

function answerTo(event, { eventId, action, hash, error }) {
  const failed = error !== undefined
  const strict = isStrict() // says what it does not understand, in a healthy run too
  return {
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    // Given once and then kept: another one on Update, and CloudFormation deletes the entity.
    PhysicalResourceId: event.PhysicalResourceId ?? `chaim:${eventId}`,
    Status: failed && strict ? 'FAILED' : 'SUCCESS',
    Reason: failed ? `Chaim: ${error}` : 'published',
    Data: {
      EventId: eventId,
      Action: action,
      IngestStatus: failed ? 'FAILED' : 'SUCCESS',
      Timestamp: new Date().toISOString(),
      ...(failed ? { Error: error } : { ContentHash: hash }),
    },
  }
}

/** From the RequestId, which all tries of one operation share. */
function eventIdOf(requestId) {
  const digest = createHash('sha256').update(`chaim ${requestId}`).digest()
  digest[6] = 0x40 | (digest[6] & 0x0f)
  digest[8] = 0x80 | (digest[8] & 0x3f)
  const hex = digest.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

function bundled() {
  let snapshot
  try {
    const bytes = fs.readFileSync(path.join(__dirname, 'snapshot.json'))
    snapshot = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (error) {
    throw new Trouble(`no snapshot.json that can be read (${error.code ?? error.name})`)
  }
  if (typeof snapshot !== 'object' || snapshot === null || Array.isArray(snapshot)) {
    throw new Trouble('snapshot.json holds no JSON object')
  }
  return snapshot
}

function farewell(snapshot) {
  return { ...snapshot, action: 'DELETE', schema: null, capturedAt: new Date().toISOString() }
}

function appIdOf(snapshot) {
  const appId = 'snapshotVersion' in snapshot ? snapshot.identity?.appId : snapshot.appId
  if (typeof appId !== 'string' || appId === '') throw new Trouble('snapshot.json names no appId')
  return appId
}

function isStrict() {
  const mode = process.env.FAILURE_MODE
  if (mode && mode !== 'STRICT' && mode !== 'BEST_EFFORT') {
    console.warn(`chaim: FAILURE_MODE is neither STRICT nor BEST_EFFORT: ${mode.slice(0, 40)}`)
  }
  return mode === 'STRICT'
}

function sizeLimit() {
  const limit = process.env.CHAIM_MAX_SNAPSHOT_BYTES
  if (limit && !/^\d+$/.test(limit)) {
    console.warn(`chaim: CHAIM_MAX_SNAPSHOT_BYTES is no number: ${limit.slice(0, 40)}`)
  }
  return /^\d+$/.test(limit ?? '') ? Number(limit) : 10 * 1024 * 1024
}
