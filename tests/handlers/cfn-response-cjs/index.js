'use strict'
// A publisher without the provider framework, in the manner of AWS's cfn-response module: it answers
// over https on port 443, whatever else its ResponseURL says, and its result is nobody's concern.

const crypto = require('node:crypto')
const fs = require('node:fs')
const http = require('node:http')
const https = require('node:https')

exports.handler = async (event, context) => {
  const strict = failureMode() === 'STRICT'
  const deadline = Date.now() + context.getRemainingTimeInMillis() * 0.8
  const action = event.RequestType === 'Delete' ? 'DELETE' : 'UPSERT'
  const eventId = uuidFrom(event.RequestId)
  const physicalId = event.PhysicalResourceId || eventId
  const data = { EventId: eventId, Action: action, Timestamp: new Date().toISOString() }
  let status = 'SUCCESS'
  try {
    data.ContentHash = await publish(eventId, action, deadline)
    data.IngestStatus = 'SUCCESS'
  } catch (error) {
    const reason = error.known ? error.message : `${error.code || error.name}`
    console.error(`ERROR snapshot not published: ${reason}`)
    if (strict) status = 'FAILED'
    data.IngestStatus = 'FAILED'
    data.Error = reason
  }
  await respond(event, context, status, data, physicalId)
}

function respond(event, context, status, data, physicalId) {
  const body = JSON.stringify({
    Status: status,
    Reason: `See the details in CloudWatch Log Stream: ${context.logStreamName}`,
    PhysicalResourceId: physicalId,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    Data: data,
  })
  const { hostname, pathname, search } = new URL(event.ResponseURL)
  const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) }
  const options = { hostname, port: 443, path: pathname + search, method: 'PUT', headers }
  return new Promise((resolve) => {
    const request = https.request({ ...options, agent: false }, (response) => {
      response.resume()
      response.on('end', resolve)
    })
    request.on('error', (error) => {
      console.error(`no answer to CloudFormation: ${error.code}`)
      resolve()
    })
    request.end(body)
  })
}

function uuidFrom(text) {
  const digest = crypto.createHash('sha256').update(text).digest()
  digest[6] = (digest[6] & 0x0f) | 0x40
  digest[8] = (digest[8] & 0x3f) | 0x80
  const hex = digest.toString('hex')
  const parts = [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]]
  return parts.map(([from, to]) => hex.slice(from, to)).join('-')
}

async function publish(eventId, action, deadline) {
  const { body, appId } = readDocument(action)
  if (body.length > maxBytes()) throw failure(`snapshot too large: ${body.length} bytes`)
  const credentials = await readCredentials()
  const contentHash = 'sha256:' + crypto.createHash('sha256').update(body).digest('hex')
  const uploadUrl = await presign({ appId, eventId, contentHash }, credentials, deadline)
  const uploadHeaders = { 'content-type': 'application/json', 'content-length': body.length }
  const uploaded = await send('PUT', uploadUrl, uploadHeaders, body, deadline)
  if (!isSuccess(uploaded.status)) throw failure(`upload: status ${uploaded.status}`)
  return contentHash
}

function readDocument(action) {
  let body = fs.readFileSync('./snapshot.json')
  const snapshot = parse(body.toString('utf8'), 'snapshot.json')
  const appId = snapshot.identity && snapshot.identity.appId ? snapshot.identity.appId : snapshot.appId
  if (action === 'DELETE') {
    snapshot.action = 'DELETE'
    snapshot.schema = null
    snapshot.capturedAt = new Date().toISOString()
    body = Buffer.from(JSON.stringify(snapshot))
  }
  return { body, appId }
}

async function readCredentials() {
  const { SECRET_NAME: name, API_KEY, API_SECRET } = process.env
  const found = name ? await readSecret(name) : { apiKey: API_KEY, apiSecret: API_SECRET }
  const { apiKey, apiSecret } = found
  if (!apiKey || !apiSecret) throw failure('no credentials')
  return { apiKey, apiSecret }
}

async function readSecret(name) {
  // Lambda has it. Asked for only here, because not every stack keeps a secret.
  const { SecretsManager } = require('@aws-sdk/client-secrets-manager')
  const { SecretString: text } = await new SecretsManager({}).getSecretValue({ SecretId: name })
  return parse(text, 'the secret')
}

async function presign(fields, credentials, deadline) {
  const timestamp = new Date().toISOString()
  const nonce = crypto.randomUUID()
  const body = Buffer.from(JSON.stringify({ ...fields, timestamp, nonce }))
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-chaim-key': credentials.apiKey,
    'x-chaim-signature': crypto.createHmac('sha256', credentials.apiSecret).update(body).digest('hex'),
  }
  const base = (process.env.CHAIM_API_BASE_URL || 'https://ingest.chaim.co').replace(/\/+$/, '')
  const answer = await send('POST', base + '/ingest/presign', headers, body, deadline)
  if (!isSuccess(answer.status)) throw failure(`presign: status ${answer.status}`)
  const { uploadUrl } = parse(answer.text, 'the presign answer')
  if (typeof uploadUrl !== 'string' || !uploadUrl) throw failure('presign: no uploadUrl')
  return uploadUrl
}

function send(method, url, headers, body, deadline) {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(Math.max(1, Math.floor(deadline - Date.now())))
    const client = new URL(url).protocol === 'https:' ? https : http
    // agent: false, because a connection kept while the function is frozen is dead afterwards.
    const options = { method, headers, signal, agent: false }
    const request = client.request(url, options, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode, text }))
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

function parse(text, what) {
  try {
    const value = JSON.parse(text)
    if (value && typeof value === 'object' && !Array.isArray(value)) return value
  } catch {
    // V8's message quotes the text, so it goes nowhere.
  }
  throw failure(`${what} is no JSON object`)
}

function failureMode() {
  const mode = process.env.FAILURE_MODE || 'BEST_EFFORT'
  if (mode !== 'BEST_EFFORT' && mode !== 'STRICT') console.error(`unknown FAILURE_MODE ${mode}`)
  return mode
}

function maxBytes() {
  const limit = process.env.CHAIM_MAX_SNAPSHOT_BYTES || '10485760'
  if (/^\d+$/.test(limit)) return Number(limit)
  console.error(`CHAIM_MAX_SNAPSHOT_BYTES is no number: ${limit}`)
  return 10485760
}

const isSuccess = (status) => status >= 200 && status < 300

const failure = (message) => Object.assign(new Error(message), { known: true })
