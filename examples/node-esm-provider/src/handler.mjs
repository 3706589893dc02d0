// What CDK's Provider framework calls: to return is SUCCESS, to throw is FAILED.
import { createHash } from 'node:crypto'
import { publish } from './publication.mjs'
import { Trouble } from './trouble.mjs'

const LONGEST_MS = 60_000 // nobody should watch a stack hang for longer

export async function handler(event, context) {
  const strict = failureMode() === 'STRICT'
  const eventId = eventIdOf(event.RequestId)
  const data = {
    EventId: eventId,
    Action: event.RequestType === 'Delete' ? 'DELETE' : 'UPSERT',
    Timestamp: new Date().toISOString(),
  }
  // H56: a fifth of the time is left to answer in.
  const milliseconds = Math.min(LONGEST_MS, context.getRemainingTimeInMillis() * 0.8)
  try {
    data.ContentHash = await within(milliseconds, (signal) => {
      return publish({ eventId, action: data.Action, signal })
    })
    data.IngestStatus = 'SUCCESS'
  } catch (error) {
    // H70: messages of others quote what they choked on, so only our own are passed on.
    const reason = error instanceof Trouble ? error.message : `unexpected ${error?.name}`
    console.error(`ERROR ${data.Action} was not published: ${reason}`) // H53
    if (strict) throw new Error(reason) // H51
    data.IngestStatus = 'FAILED' // H50, H53
    data.Error = reason
  }
  // H05: Create's id is the eventId. H06, H07: then it stays, because CloudFormation would delete
  // the entity under the id that it no longer hears.
  return { PhysicalResourceId: event.PhysicalResourceId ?? eventId, Data: data }
}

/** H03, H04: derived from what all attempts of one operation share; H02: a UUID of version 4. */
function eventIdOf(requestId) {
  const bytes = createHash('sha256').update(`chaim/event/${requestId}`).digest().subarray(0, 16)
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function failureMode() {
  const mode = process.env.FAILURE_MODE || 'BEST_EFFORT' // H52
  if (mode !== 'BEST_EFFORT' && mode !== 'STRICT') {
    console.warn(`WARNING FAILURE_MODE=${mode.slice(0, 40)} is unknown: BEST_EFFORT is used`) // H92
  }
  return mode
}

/**
 * What `work` comes to, unless the time is up first. The timer is one that keeps Node alive, unlike
 * that of AbortSignal.timeout: were nothing left to wait for, Lambda would answer null for us.
 */
async function within(milliseconds, work) {
  const controller = new AbortController()
  let timer
  const timeUp = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(new Trouble('no answer in time'))
      controller.abort()
    }, milliseconds)
  })
  try {
    return await Promise.race([work(controller.signal), timeUp])
  } finally {
    clearTimeout(timer)
  }
}
