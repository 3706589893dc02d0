import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Trouble } from './trouble'

export type Action = 'UPSERT' | 'DELETE'
type JsonObject = Record<string, unknown>

/** The snapshot that lies in the bundle (H01). */
export class Snapshot {
  private constructor(
    private readonly bytes: Buffer,
    private readonly content: JsonObject,
    readonly appId: string,
  ) {}

  static bundled(): Snapshot {
    const bytes = Snapshot.read(join(__dirname, 'snapshot.json'))
    const content = Snapshot.parse(bytes)
    // H24: format 1.0 is flat, 3.0 keeps it with the identity.
    const { appId } = 'snapshotVersion' in content ? (content['identity'] as JsonObject) : content
    if (typeof appId !== 'string') throw new Trouble('snapshot.json has no appId')
    return new Snapshot(bytes, content, appId)
  }

  /** The bytes to publish. */
  body(action: Action): Buffer {
    // H11, H40, H41, H43: as bundled, so that the hash is the same in every operation.
    if (action === 'UPSERT') return this.bytes
    const capturedAt = new Date().toISOString()
    return Buffer.from(JSON.stringify({ ...this.content, action, schema: null, capturedAt })) // H42
  }

  private static read(path: string): Buffer {
    try {
      return readFileSync(path)
    } catch (error) {
      throw new Trouble(`snapshot.json cannot be read: ${(error as NodeJS.ErrnoException).code}`)
    }
  }

  private static parse(bytes: Buffer): JsonObject {
    try {
      const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
      const content: unknown = JSON.parse(decoder.decode(bytes))
      if (typeof content === 'object' && content !== null) return content as JsonObject
    } catch {
      // Falls through; the parser's message would quote the snapshot.
    }
    throw new Trouble('snapshot.json is no JSON object')
  }
}
