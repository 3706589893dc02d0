'use strict'

const http = require('node:http')
const https = require('node:https')

/** An error whose text says nothing that must stay secret. */
class Trouble extends Error {}

/**
 * One request; resolves to {status, text} or rejects, always, whatever the server does: a promise
 * that stays pending would end the function with an answer of `null`. Redirects are not followed.
 */
function send(method, url, { body, headers, deadline }) {
  return new Promise((resolve, reject) => {
    const { request } = new URL(url).protocol === 'https:' ? https : http
    const signal = AbortSignal.timeout(Math.max(1, Math.floor(deadline - Date.now())))
    const outgoing = request(url, {
      method,
      signal, // of the whole exchange, however slowly it drips
      agent: false, // no connection lives on while the function is frozen
      headers: { ...headers, 'Content-Length': body.length },
    })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      const status = incoming.statusCode
      if (method === 'PUT') {
        resolve({ status, text: '' }) // what a bucket says besides is not waited for
        outgoing.destroy()
        return
      }
      const chunks = []
      incoming.on('data', (chunk) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => resolve({ status, text: Buffer.concat(chunks).toString('utf8') }))
      incoming.on('close', () => reject(new Trouble('an answer was cut short')))
    })
    outgoing.end(body)
  })
}

const accepted = (status) => status >= 200 && status < 300

module.exports = { Trouble, accepted, send }
