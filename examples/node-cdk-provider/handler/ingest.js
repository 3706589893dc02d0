'use strict'

/** Talks to Chaim's ingest service: presign, then upload. */

const { createHash, createHmac, randomUUID } = require('node:crypto')
const { Trouble, accepted, send } = require('./wire')

const DEFAULT_BASE_URL = 'https://ingest.chaim.co'
const JSON_TYPE = { 'Content-Type': 'application/json' }

/** {apiKey, apiSecret}, read anew each time: secrets are rotated. */
async function credentials(deadline) {
  const { SECRET_NAME, API_KEY, API_SECRET } = process.env
  const found = SECRET_NAME
    ? parsed(await readSecret(SECRET_NAME, deadline), 'the secret')
    : { apiKey: API_KEY, apiSecret: API_SECRET }
  for (const name of ['apiKey', 'apiSecret']) {
    const value = found?.[name]
    if (typeof value !== 'string' || value.trim() === '') throw new Trouble(`there is no ${name}`)
  }
  if (/[^\x20-\x7e]/.test(found.apiKey)) throw new Trouble('the apiKey cannot stand in a header')
  return found
}

async function readSecret(SecretId, deadline) {
  const aws = require('@aws-sdk/client-secrets-manager') // part of Lambda's runtime
  const client = new aws.SecretsManagerClient({})
  try {
    const abortSignal = AbortSignal.timeout(Math.max(1, Math.floor(deadline - Date.now())))
    const answer = await client.send(new aws.GetSecretValueCommand({ SecretId }), { abortSignal })
    return answer.SecretString
  } finally {
    client.destroy()
  }
}

/** Publishes the bytes once; returns their hash. CloudFormation, or its user, tries again. */
async function ingest({ appId, eventId, body, signer, deadline }) {
  const contentHash = `sha256:${createHash('sha256').update(body).digest('hex')}`
  const uploadUrl = await presign({ appId, eventId, contentHash }, signer, deadline)
  const { status } = await send('PUT', uploadUrl, { body, headers: JSON_TYPE, deadline })
  if (!accepted(status)) throw new Trouble(`the upload was refused with ${status}`)
  return contentHash
}

async function presign(fields, { apiKey, apiSecret }, deadline) {
  const request = { ...fields, timestamp: new Date().toISOString(), nonce: randomUUID() }
  const body = Buffer.from(JSON.stringify(request))
  const headers = {
    ...JSON_TYPE,
    'x-chaim-key': apiKey,
    'x-chaim-signature': createHmac('sha256', apiSecret).update(body).digest('hex'),
  }
  const base = (process.env.CHAIM_API_BASE_URL || DEFAULT_BASE_URL).replace(/\/+$/, '')
  const { status, text } = await send('POST', `${base}/ingest/presign`, { body, headers, deadline })
  if (!accepted(status)) throw new Trouble(`presign was refused with ${status}`)
  const uploadUrl = parsed(text, 'the answer to presign')?.uploadUrl
  if (typeof uploadUrl !== 'string' || !/^https?:\/\//.test(uploadUrl)) {
    throw new Trouble('the answer to presign has no uploadUrl')
  }
  return uploadUrl
}

/** Node's own error would quote the text. */
function parsed(text, what) {
  try {
    return JSON.parse(text)
  } catch {
    throw new Trouble(`${what} is not JSON`)
  }
}

module.exports = { credentials, ingest }
