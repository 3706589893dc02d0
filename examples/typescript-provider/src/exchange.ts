import * as http from 'node:http'
import * as https from 'node:https'
import type { Deadline } from './deadline'
import { PassingTrouble } from './trouble'

export interface Answer {
  readonly status: number
  readonly body: Buffer
}

interface Request {
  readonly step: string
  readonly method: 'POST' | 'PUT'
  readonly url: string
  readonly headers: http.OutgoingHttpHeaders
  readonly body: Buffer
  readonly deadline: Deadline
}

/** One request and its answer. A redirect is an answer like any other (H74). */
export function exchange({ step, method, url, headers, body, deadline }: Request): Promise<Answer> {
  return deadline.bound(step, async (signal) => {
    try {
      const answer = await begin(method, url, headers, body, signal)
      const status = answer.statusCode ?? 0
      // H33: an upload is accepted once the status says so, whatever becomes of the rest.
      if (method === 'PUT') {
        answer.destroy()
        return { status, body: Buffer.alloc(0) }
      }
      const chunks: Buffer[] = []
      for await (const chunk of answer) chunks.push(chunk as Buffer) // throws when it is cut short
      return { status, body: Buffer.concat(chunks) }
    } catch (error) {
      // The code (ECONNRESET, say) and not the message: H70, H72.
      throw new PassingTrouble(`${step}: ${(error as NodeJS.ErrnoException).code ?? 'no answer'}`)
    }
  })
}

function begin(
  method: string,
  url: string,
  headers: http.OutgoingHttpHeaders,
  body: Buffer,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { request } = url.startsWith('https:') ? https : http
    request(url, {
      method,
      signal,
      agent: false, // a connection kept while Lambda freezes the function is dead afterwards
      // H31: with its length given, the body is not chunked.
      headers: { ...headers, 'content-type': 'application/json', 'content-length': body.length },
    })
      .on('response', resolve)
      .on('error', reject)
      .end(body)
  })
}
