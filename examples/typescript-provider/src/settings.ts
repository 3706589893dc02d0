type FailureMode = 'BEST_EFFORT' | 'STRICT'

const DEFAULT_BASE_URL = 'https://ingest.chaim.co'
const DEFAULT_MAX_BYTES = 10 * 1024 * 1024

/** What the function's environment says. A value that makes no sense is named in the log (H92). */
export class Settings {
  readonly failureMode: FailureMode
  readonly maxBytes: number
  readonly baseUrl: string

  constructor(environment: NodeJS.ProcessEnv) {
    this.failureMode = Settings.readMode(environment['FAILURE_MODE'])
    this.maxBytes = Settings.readLimit(environment['CHAIM_MAX_SNAPSHOT_BYTES'])
    // H26: with or without a slash at its end, a path, a port.
    this.baseUrl = (environment['CHAIM_API_BASE_URL'] || DEFAULT_BASE_URL).replace(/\/+$/, '')
  }

  private static readMode(text: string | undefined): FailureMode {
    if (text === 'STRICT' || text === 'BEST_EFFORT') return text
    if (text) warn('FAILURE_MODE', text, 'BEST_EFFORT')
    return 'BEST_EFFORT' // H52
  }

  private static readLimit(text: string | undefined): number {
    if (text && /^\d+$/.test(text)) return Number(text)
    if (text) warn('CHAIM_MAX_SNAPSHOT_BYTES', text, `${DEFAULT_MAX_BYTES}`)
    return DEFAULT_MAX_BYTES
  }
}

function warn(name: string, value: string, instead: string): void {
  console.warn(`WARNING ${name}=${value.slice(0, 40)} makes no sense; ${instead} is used`)
}
