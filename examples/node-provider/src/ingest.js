'use strict'

const http = require('node:http')
const https = require('node:https')
const { createHash, createHmac, randomUUID } = require('node:crypto')
const { setTimeout: sleep } = require('node:timers/promises')

const TRIES = 3
const PAUSE_MS = 50

/** Trouble told in words that hold no secret, no URL and nothing that a server said. */
class IngestError extends Error {}

async function loadCredentials(until) {
  const { SECRET_NAME, API_KEY, API_SECRET } = process.env
  let credentials = { apiKey: API_KEY, apiSecret: API_SECRET }
  if (SECRET_NAME) {
    const text = await readSecret(SECRET_NAME, until)
    try {
      credentials = JSON.parse(text) ?? {}
    } catch {
      throw new IngestError('the secret is not JSON') // V8's message would quote it
    }
  }
  for (const name of ['apiKey', 'apiSecret']) {
    const value = credentials[name]
    if (typeof value !== 'string' || value.trim() === '') {
      throw new IngestError(`no ${name}`)
    }
  }
  if (!/^[\x20-\x7e]+$/.test(credentials.apiKey)) {
    throw new IngestError('the apiKey cannot stand in a header')
  }
  return credentials
}

/** Asked for in every invocation, because secrets are rotated; takes a name as well as an ARN. */
async function readSecret(name, until) {
  const sdk = require('@aws-sdk/client-secrets-manager') // Lambda has it
  const client = new sdk.SecretsManagerClient({})
  try {
    const command = new sdk.GetSecretValueCommand({ SecretId: name })
    const { SecretString } = await client.send(command, { abortSignal: abortAt(until) })
    return SecretString
  } finally {
    client.destroy()
  }
}

/** Presigns and uploads; a busy service (503) is asked again, from the start. */
async function publish({ appId, eventId, body, credentials, until }) {
  const contentHash = `sha256:${createHash('sha256').update(body).digest('hex')}`
  for (let tries = 1; ; tries++) {
    const status = await publishOnce({ appId, eventId, contentHash, body, credentials, until })
    if (status === undefined) return contentHash
    if (status !== 503 || tries === TRIES) throw new IngestError(`refused with ${status}`)
    await sleep(PAUSE_MS)
  }
}

/** The status of whichever request was refused, or undefined when none was. */
async function publishOnce({ appId, eventId, contentHash, body, credentials, until }) {
  const presigned = await presign({ appId, eventId, contentHash, credentials, until })
  if (presigned.uploadUrl === undefined) return presigned.status
  const headers = { 'Content-Type': 'application/json' }
  const uploaded = await exchange('PUT', presigned.uploadUrl, { body, headers, until })
  return uploaded.status >= 200 && uploaded.status < 300 ? undefined : uploaded.status
}

async function presign({ appId, eventId, contentHash, credentials, until }) {
  const timestamp = new Date().toISOString()
  const request = { nonce: randomUUID(), timestamp, appId, contentHash, eventId }
  const body = Buffer.from(JSON.stringify(request))
  const headers = {
    'Content-Type': 'application/json',
    'x-chaim-key': credentials.apiKey,
    'x-chaim-signature': createHmac('sha256', credentials.apiSecret).update(body).digest('hex'),
  }
  const base = process.env.CHAIM_API_BASE_URL || 'https://ingest.chaim.co'
  const url = `${base.replace(/\/+$/, '')}/ingest/presign`
  const { status, text } = await exchange('POST', url, { body, headers, until })
  if (status < 200 || status >= 300) return { status }
  let uploadUrl
  try {
    uploadUrl = JSON.parse(text).uploadUrl
  } catch {
    // Falls through: no JSON is as bad as no URL.
  }
  if (typeof uploadUrl !== 'string' || !/^https?:\/\//.test(uploadUrl)) {
    throw new IngestError('presign answered without an upload URL')
  }
  return { status, uploadUrl }
}

/**
 * One request and its answer, by http or https as the URL says; redirects are answers. It settles
 * whatever the server does: a promise that stays pending would end as an answer of `null`.
 */
function exchange(method, url, { body, headers, until }) {
  return new Promise((resolve, reject) => {
    const client = url.startsWith('https:') ? https : http
    const request = client.request(url, {
      method,
      agent: false, // a connection kept while the function is frozen would be dead afterwards
      headers: { ...headers, 'Content-Length': body.length },
      signal: abortAt(until), // the whole exchange, however it drips; not a socket's timeout
    })
    request.on('error', reject)
    request.on('response', (response) => {
      const status = response.statusCode
      response.on('error', reject)
      if (method === 'PUT') {
        // Accepted or refused, the status says it all: what follows is not waited for.
        resolve({ status })
        request.destroy()
        return
      }
      const chunks = []
      response.on('close', () => reject(new IngestError('an answer was cut short')))
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => {
        resolve({ status, text: Buffer.concat(chunks).toString('utf8') })
      })
    })
    request.end(body)
  })
}

function abortAt(until) {
  return AbortSignal.timeout(Math.max(1, Math.floor(until - Date.now())))
}

module.exports = { IngestError, exchange, loadCredentials, publish }
