'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { createHash } = require('node:crypto')
const { IngestError, exchange, loadCredentials, publish } = require('./ingest')

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i
const PUBLISHED_BY = { name: 'chaim-example-node-provider', version: '1.4.0' }
const DEFAULT_LIMIT = 10485760

exports.handler = async function (event, context) {
  const deadline = Date.now() + context.getRemainingTimeInMillis()
  const strict = failureMode() === 'STRICT'
  const eventId = eventIdFor(event.RequestId)
  const data = {
    Timestamp: new Date().toISOString(),
    Action: event.RequestType === 'Delete' ? 'DELETE' : 'UPSERT',
    EventId: eventId,
  }
  const answer = {
    Status: 'SUCCESS',
    Reason: 'see the log of the function',
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    // Stays for life: a new id on Update would have the old one deleted, and the entity with it.
    PhysicalResourceId: event.PhysicalResourceId ?? `chaim-${eventId}`,
    Data: data,
  }

  try {
    const snapshot = readSnapshot()
    const body = render(snapshot, data.Action)
    const limit = maxBytes()
    if (body.length > limit) {
      throw new IngestError(`snapshot of ${body.length} bytes, ${limit} are allowed`)
    }
    // A fifth of the time is kept for answering.
    const until = Date.now() + Math.min(60_000, (deadline - Date.now()) * 0.8)
    const credentials = await loadCredentials(until)
    data.ContentHash = await publish({ appId: appIdOf(snapshot), eventId, body, credentials, until })
    data.IngestStatus = 'SUCCESS'
  } catch (error) {
    // Foreign messages may quote what they choked on, so only our own are passed on.
    const reason = error instanceof IngestError ? error.message : `${error.code ?? error.name}`
    console.error(`[chaim] ingestion failed: ${reason}`)
    delete data.ContentHash
    data.IngestStatus = 'FAILED'
    data.Error = reason.slice(0, 256)
    if (strict) {
      answer.Status = 'FAILED'
      answer.Reason = reason.slice(0, 256)
    }
  }

  const { status } = await exchange('PUT', event.ResponseURL, {
    body: Buffer.from(JSON.stringify(answer)), // CloudFormation takes 4096 bytes
    headers: {}, // its URL is signed for a request without a content type
    until: deadline - 100,
  })
  if (status >= 300) throw new Error(`CloudFormation's bucket answered ${status}`)
}

function failureMode() {
  const mode = process.env.FAILURE_MODE || 'BEST_EFFORT'
  if (!['BEST_EFFORT', 'STRICT'].includes(mode)) {
    console.warn(`[chaim] no such FAILURE_MODE: ${mode.slice(0, 40)}; going on with BEST_EFFORT`)
  }
  return mode
}

function maxBytes() {
  const text = process.env.CHAIM_MAX_SNAPSHOT_BYTES
  if (!text) return DEFAULT_LIMIT
  if (/^\d+$/.test(text)) return Number(text)
  console.warn(`[chaim] CHAIM_MAX_SNAPSHOT_BYTES is no number: ${text.slice(0, 40)}`)
  return DEFAULT_LIMIT
}

/** The RequestId is what all retries share; CloudFormation makes it a UUID v4. */
function eventIdFor(requestId) {
  if (UUID_V4.test(requestId)) return requestId.toLowerCase()
  const hash = createHash('sha256').update(`event of ${requestId}`).digest()
  hash[6] = (hash[6] & 0x0f) | 0x40
  hash[8] = (hash[8] & 0x3f) | 0x80
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function readSnapshot() {
  const bytes = fs.readFileSync(path.join(__dirname, 'snapshot.json'))
  let snapshot
  try {
    snapshot = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    throw new IngestError('snapshot.json is not JSON')
  }
  if (snapshot === null || typeof snapshot !== 'object' || Array.isArray(snapshot)) {
    throw new IngestError('snapshot.json is no JSON object')
  }
  return snapshot
}

function appIdOf(snapshot) {
  const appId = snapshot.snapshotVersion === '3.0' ? snapshot.identity?.appId : snapshot.appId
  if (typeof appId !== 'string') throw new IngestError('snapshot.json has no appId')
  return appId
}

function render(snapshot, action) {
  const changes =
    action === 'DELETE'
      ? { action: 'DELETE', schema: null, capturedAt: new Date().toISOString() }
      : {}
  return Buffer.from(JSON.stringify({ publishedBy: PUBLISHED_BY, ...snapshot, ...changes }))
}
