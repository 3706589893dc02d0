import { createHash } from 'node:crypto'
import { Credentials } from './credentials'
import { Deadline } from './deadline'
import { IngestClient } from './ingest-client'
import { Settings } from './settings'
import { type Action, Snapshot } from './snapshot'
import { Trouble } from './trouble'

interface Event {
  readonly RequestType: 'Create' | 'Update' | 'Delete'
  readonly RequestId: string
  readonly PhysicalResourceId?: string
}

interface Context {
  getRemainingTimeInMillis(): number
}

interface Result {
  readonly PhysicalResourceId: string
  readonly Data: Record<string, string>
}

const LONGEST_MS = 60_000 // nobody should watch a stack hang for longer

/** What CDK's Provider framework calls: to return is SUCCESS, to throw is FAILED. */
export async function handler(event: Event, context: Context): Promise<Result> {
  // H56: a fifth of the function's time is left to answer in.
  const deadline = new Deadline(Math.min(LONGEST_MS, context.getRemainingTimeInMillis() * 0.8))
  const settings = new Settings(process.env)
  const action: Action = event.RequestType === 'Delete' ? 'DELETE' : 'UPSERT'
  const eventId = eventIdOf(event.RequestId)
  const data: Record<string, string> = {
    EventId: eventId,
    Action: action,
    Timestamp: new Date().toISOString(),
  }
  try {
    data['ContentHash'] = await ingest(action, eventId, settings, deadline)
    data['IngestStatus'] = 'SUCCESS'
  } catch (error) {
    // H70: only our own words are passed on; those of others may quote a secret.
    const reason = error instanceof Trouble ? error.message : `unexpected ${(error as Error).name}`
    console.error(`ERROR ${action} was not published: ${reason}`) // H53
    if (settings.failureMode === 'STRICT') throw new Error(reason) // H51
    data['IngestStatus'] = 'FAILED' // H50, H53
    data['Error'] = reason
  }
  // H05: Create's id is the eventId. H06, H07: then it stays, because CloudFormation would delete
  // the entity under the id that it no longer hears.
  return { PhysicalResourceId: event.PhysicalResourceId ?? eventId, Data: data }
}

async function ingest(
  action: Action,
  eventId: string,
  settings: Settings,
  deadline: Deadline,
): Promise<string> {
  const snapshot = Snapshot.bundled()
  const body = snapshot.body(action)
  if (body.length > settings.maxBytes) {
    // H91: bytes as they are uploaded, and before anything is sent.
    throw new Trouble(`snapshot: ${body.length} bytes, ${settings.maxBytes} are allowed`)
  }
  const credentials = await Credentials.find(process.env, deadline)
  const client = new IngestClient(settings.baseUrl, credentials, deadline)
  return client.publish({ appId: snapshot.appId, eventId, body })
}

/** H03, H04: derived from what all attempts of one operation share; H02: a UUID of version 4. */
function eventIdOf(requestId: string): string {
  const hex = createHash('sha256').update(`event:${requestId}`).digest('hex')
  const variant = '89ab'[parseInt(hex[16]!, 16) % 4]
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
