'use strict'
// Runs CDK's Provider framework, unchanged, without AWS: what the user's function answers and what
// happens to the PUT to ResponseURL are stand-ins. One case a line in, one result a line out.
//
//   in:  { event, response: { Payload?, FunctionError? } }
//   out: { document, size, invoked }
//
// document is the one that arrived at the event's ResponseURL, size that of its bytes, invoked the
// event as the user's function got it (null where it was not invoked).

const Module = require('node:module')
const path = require('node:path')
const readline = require('node:readline')
const url = require('node:url')

const runtime = path.resolve(process.argv[2])

// The AWS clients are loaded with the code, and used by what is replaced below.
const load = Module._load
Module._load = (name, ...rest) => (name.startsWith('@aws-sdk/') ? {} : load(name, ...rest))

// The framework's log is not ours, and it waits between its tries.
console.log = () => {}
global.setTimeout = (callback, delay, ...rest) => setImmediate(callback, ...rest)

process.env.USER_ON_EVENT_FUNCTION_ARN =
  'arn:aws:lambda:us-east-1:123456789012:function:chaim-publisher'

const outbound = require(path.join(runtime, 'outbound.js'))
const { onEvent } = require(path.join(runtime, 'framework.js'))

async function play({ event, response }) {
  const place = url.parse(event.ResponseURL)
  let invoked = null
  let body = null
  outbound.invokeFunction = async (request) => {
    invoked = JSON.parse(request.Payload)
    return response
  }
  outbound.httpRequest = async (options, text) => {
    if (options.hostname !== place.hostname || options.path !== place.path) {
      throw new Error('there is nobody at that address')
    }
    body ??= text // the first counts
  }
  await onEvent(event)
  const document = JSON.parse(body)
  const stack = document.Reason.split('\n').filter((line) => !line.includes(__filename))
  document.Reason = stack.join('\n').replaceAll(runtime, '/var/task') // where it lies on Lambda
  return { document, size: Buffer.byteLength(JSON.stringify(document)), invoked }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await play(JSON.parse(line))) + '\n')
  }
}

main()
