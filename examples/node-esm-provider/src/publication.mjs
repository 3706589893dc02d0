// Makes the bytes to publish, asks where they may go, and puts them there.
import { createHash, createHmac, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { findCredentials } from './credentials.mjs'
import { Trouble } from './trouble.mjs'

const DEFAULT_BASE_URL = 'https://ingest.chaim.co'
const DEFAULT_MAX_BYTES = 10 * 1024 * 1024

/** Publishes the bundle's snapshot; returns the hash of what was accepted. */
export async function publish({ eventId, action, signal }) {
  const { body, appId } = await readDocument(action)
  const limit = maxBytes()
  // H91: bytes as they are uploaded, and before anything is sent.
  if (body.length > limit) throw new Trouble(`snapshot: ${body.length} bytes, ${limit} are allowed`)
  const credentials = await findCredentials(signal)
  const contentHash = `sha256:${createHash('sha256').update(body).digest('hex')}` // H10
  const uploadUrl = await presign({ appId, eventId, contentHash }, credentials, signal)
  // H30: the URL as it came. H31: a body of known length is not chunked. H32: no other header.
  const uploaded = await send('upload', uploadUrl, { method: 'PUT', body, signal })
  await discard(uploaded) // the status has said that it is accepted
  return contentHash
}

async function readDocument(action) {
  let bundled
  try {
    bundled = await readFile(new URL('./snapshot.json', import.meta.url)) // H01
  } catch (error) {
    throw new Trouble(`snapshot.json cannot be read: ${error.code}`)
  }
  let snapshot
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bundled)
    snapshot = JSON.parse(text)
  } catch {
    throw new Trouble('snapshot.json is not JSON')
  }
  const appId = snapshot?.appId ?? snapshot?.identity?.appId // H24: of both formats
  if (typeof appId !== 'string') throw new Trouble('snapshot.json has no appId')
  // H11, H40, H41, H43: what is published for Create and Update is the bundled file, byte for byte.
  if (action === 'UPSERT') return { body: bundled, appId }
  const deletion = { ...snapshot, action, schema: null, capturedAt: new Date().toISOString() } // H42
  return { body: Buffer.from(JSON.stringify(deletion)), appId }
}

async function presign({ appId, eventId, contentHash }, { apiKey, apiSecret }, signal) {
  // H21, H25: of the snapshot nothing but its hash. H23: a nonce is used once.
  const timestamp = new Date().toISOString()
  const body = Buffer.from(
    JSON.stringify({ appId, eventId, contentHash, timestamp, nonce: randomUUID() }),
  )
  const headers = {
    'x-chaim-key': apiKey,
    'x-chaim-signature': createHmac('sha256', apiSecret).update(body).digest('hex'), // H22
  }
  const base = (process.env.CHAIM_API_BASE_URL || DEFAULT_BASE_URL).replace(/\/+$/, '') // H26
  const url = `${base}/ingest/presign`
  const answer = await send('presign', url, { method: 'POST', headers, body, signal })
  let uploadUrl
  try {
    uploadUrl = JSON.parse(await answer.text())?.uploadUrl
  } catch {
    throw new Trouble('presign: the answer is cut short, or not JSON') // H55
  }
  if (typeof uploadUrl !== 'string' || !/^https?:/.test(uploadUrl)) {
    throw new Trouble('presign: the answer has no upload URL')
  }
  return uploadUrl
}

/** The answer to one request, if it is 2xx (H34, H51). Its errors name no URL (H72). */
async function send(step, url, { headers, ...request }) {
  let answer
  try {
    answer = await fetch(url, {
      ...request,
      headers: {
        ...headers,
        'content-type': 'application/json',
        connection: 'close', // a connection kept while Lambda freezes the function is dead afterwards
      },
      redirect: 'manual', // H74: fetch would send our headers along
    })
  } catch (error) {
    throw new Trouble(`${step}: ${error.cause?.code ?? error.name}`)
  }
  if (answer.ok) return answer
  await discard(answer)
  throw new Trouble(`${step}: refused with status ${answer.status}`)
}

/** Lets go of a body that nobody will read. */
async function discard(answer) {
  await answer.body?.cancel().catch(() => {})
}

function maxBytes() {
  const text = process.env.CHAIM_MAX_SNAPSHOT_BYTES
  if (!text) return DEFAULT_MAX_BYTES
  if (/^\d+$/.test(text)) return Number(text)
  console.warn(`WARNING CHAIM_MAX_SNAPSHOT_BYTES=${text.slice(0, 40)} is no number`) // H92
  return DEFAULT_MAX_BYTES
}
