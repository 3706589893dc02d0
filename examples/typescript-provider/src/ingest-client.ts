import { createHash, createHmac, randomUUID } from 'node:crypto'
import type { Credentials } from './credentials'
import type { Deadline } from './deadline'
import { type Answer, exchange } from './exchange'
import { PassingTrouble, Trouble } from './trouble'

const TRIES = 3
const FIRST_PAUSE_MS = 20

export interface Publication {
  readonly appId: string
  readonly eventId: string
  readonly body: Buffer
}

/** Speaks with the ingest service. */
export class IngestClient {
  constructor(
    private readonly baseUrl: string,
    private readonly credentials: Credentials,
    private readonly deadline: Deadline,
  ) {}

  /** Presigns and uploads; returns the hash of what was accepted. */
  async publish({ appId, eventId, body }: Publication): Promise<string> {
    const contentHash = `sha256:${createHash('sha256').update(body).digest('hex')}` // H10
    for (let tries = 1; ; tries++) {
      try {
        // H20, H33: from the start, because an upload URL belongs to one upload.
        const uploadUrl = await this.presign({ appId, eventId, contentHash })
        await this.upload(uploadUrl, body)
        return contentHash
      } catch (error) {
        if (!(error instanceof PassingTrouble) || tries === TRIES) throw error
      }
      await this.deadline.pause(FIRST_PAUSE_MS * 2 ** tries)
    }
  }

  private async presign(fields: Record<string, string>): Promise<string> {
    // H21, H25: of the snapshot nothing but its hash. H23: a nonce for each try.
    const request = { ...fields, timestamp: new Date().toISOString(), nonce: randomUUID() }
    const body = Buffer.from(JSON.stringify(request))
    const { apiKey, apiSecret } = this.credentials
    const signature = createHmac('sha256', apiSecret).update(body).digest('hex') // H22
    const answer = await exchange({
      step: 'presign',
      method: 'POST',
      url: `${this.baseUrl}/ingest/presign`,
      headers: { 'x-chaim-key': apiKey, 'x-chaim-signature': signature },
      body,
      deadline: this.deadline,
    })
    requireSuccess('presign', answer)
    return uploadUrlIn(answer)
  }

  /** H30: to the URL as it came. H32: with no credentials. */
  private async upload(url: string, body: Buffer): Promise<void> {
    const { deadline } = this
    const answer = await exchange({ step: 'upload', method: 'PUT', url, headers: {}, body, deadline })
    requireSuccess('upload', answer)
  }
}

/** H34, H51: whatever is not 2xx is a refusal; one by the server's own trouble may pass. */
function requireSuccess(step: string, { status }: Answer): void {
  if (status >= 200 && status < 300) return
  const Kind = status >= 500 ? PassingTrouble : Trouble
  throw new Kind(`${step}: refused with status ${status}`)
}

/** H55: an answer without an upload URL is no success, whatever its status says. */
function uploadUrlIn({ body }: Answer): string {
  let uploadUrl: unknown
  try {
    uploadUrl = JSON.parse(body.toString('utf8'))?.uploadUrl
  } catch {
    // Falls through: no JSON is as bad as no URL, and the parser's message would quote.
  }
  if (typeof uploadUrl !== 'string' || !/^https?:\/\//.test(uploadUrl)) {
    throw new Trouble('presign: the answer has no upload URL')
  }
  return uploadUrl
}
