import { setTimeout as sleep } from 'node:timers/promises'
import { Trouble } from './trouble'

/** The moment at which an ingestion has to be over, whatever the network does (H56). */
export class Deadline {
  private readonly end: number

  constructor(milliseconds: number) {
    this.end = performance.now() + milliseconds
  }

  get left(): number {
    return Math.max(0, this.end - performance.now())
  }

  /** A pause, unless there is no time for one. */
  async pause(milliseconds: number): Promise<void> {
    if (milliseconds >= this.left) throw new Trouble('no time is left to try again')
    await sleep(milliseconds)
  }

  /**
   * Runs `work` with a signal that fires at the deadline, and settles then at the latest, even if
   * `work` does not heed it. Its timer keeps Node alive: were there nothing else to wait for, Lambda
   * would answer null in our name.
   */
  async bound<T>(step: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Trouble(`${step}: no answer in time`))
        controller.abort()
      }, this.left)
    })
    try {
      return await Promise.race([work(controller.signal), late])
    } finally {
      clearTimeout(timer)
    }
  }
}
