// A publisher as an ES module with the global fetch, behind CDK's provider framework.
import { createHash, createHmac, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'

const env = process.env
const json = { 'content-type': 'application/json' }

class Refusal extends Error {}

export const handler = async (event, context) => {
  const deleting = event.RequestType === 'Delete'
  // RequestIds are UUIDs of version 4 already.
  const eventId = event.RequestId
  const PhysicalResourceId = event.PhysicalResourceId ?? `entity/${eventId}`
  const Data = { Action: deleting ? 'DELETE' : 'UPSERT', EventId: eventId }
  const signal = AbortSignal.timeout(Math.floor(context.getRemainingTimeInMillis() * 0.75))
  try {
    await ingest({ deleting, eventId, signal })
    Data.IngestStatus = 'SUCCESS'
  } catch (error) {
    const reason = error instanceof Refusal ? error.message : error.name
    console.error(JSON.stringify({ level: 'error', message: 'ingestion failed', reason }))
    if (env.FAILURE_MODE === 'STRICT') throw new Refusal(reason)
    Object.assign(Data, { IngestStatus: 'FAILED', Error: reason })
  }
  Data.Timestamp = new Date().toISOString()
  return { PhysicalResourceId, Data }
}

async function ingest({ deleting, eventId, signal }) {
  warnOfUnknownSettings()
  const snapshot = JSON.parse(await readFile(new URL('./snapshot.json', import.meta.url), 'utf8'))
  if (deleting) {
    Object.assign(snapshot, { action: 'DELETE', schema: null, capturedAt: new Date().toISOString() })
  }
  const body = new TextEncoder().encode(JSON.stringify(snapshot, null, 1))
  if (body.length > maxBytes()) throw new Refusal(`${body.length} bytes are too many`)
  const { apiKey, apiSecret } = await credentials()
  if (!apiKey?.trim() || !apiSecret?.trim()) throw new Refusal('credentials are missing')

  const request = JSON.stringify({
    schemaVersion: snapshot.schemaVersion ?? snapshot.snapshotVersion,
    eventId,
    nonce: randomUUID(),
    timestamp: new Date().toISOString(),
    contentHash: 'sha256:' + createHash('sha256').update(body).digest('hex'),
    appId: snapshot.appId ?? snapshot.identity.appId,
  })
  const answer = await post('POST', endpoint(), request, signal, {
    'x-chaim-key': apiKey,
    'x-chaim-signature': createHmac('sha256', apiSecret).update(request).digest('hex'),
  })
  const { uploadUrl } = JSON.parse(await answer.text()) ?? {}
  if (!uploadUrl?.startsWith?.('http')) throw new Refusal('presign gave no URL')
  const uploaded = await post('PUT', uploadUrl, body, signal)
  await uploaded.arrayBuffer()
}

async function credentials() {
  if (!env.SECRET_NAME) return { apiKey: env.API_KEY, apiSecret: env.API_SECRET }
  const sdk = await import('@aws-sdk/client-secrets-manager')
  const command = new sdk.GetSecretValueCommand({ SecretId: env.SECRET_NAME })
  const answer = await new sdk.SecretsManagerClient().send(command)
  return JSON.parse(answer.SecretString)
}

async function post(method, url, body, signal, headers = {}) {
  const options = { method, body, signal, redirect: 'manual', headers: { ...json, ...headers } }
  const answer = await fetch(url, options)
  if (!answer.ok) {
    await answer.body?.cancel()
    throw new Refusal(`${method} was answered with ${answer.status}`)
  }
  return answer
}

function endpoint() {
  const base = env.CHAIM_API_BASE_URL || 'https://ingest.chaim.co'
  return (base.endsWith('/') ? base.slice(0, -1) : base) + '/ingest/presign'
}

function maxBytes() {
  const limit = Number(env.CHAIM_MAX_SNAPSHOT_BYTES || NaN)
  return Number.isSafeInteger(limit) ? limit : 10 * 2 ** 20
}

function warnOfUnknownSettings() {
  const { FAILURE_MODE: mode, CHAIM_MAX_SNAPSHOT_BYTES: limit } = env
  if (mode && !['STRICT', 'BEST_EFFORT'].includes(mode)) console.warn(`FAILURE_MODE ${mode}?`)
  if (limit && !/^\d+$/.test(limit)) console.warn(`CHAIM_MAX_SNAPSHOT_BYTES ${limit}?`)
}
