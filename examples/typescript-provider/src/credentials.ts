import type { Deadline } from './deadline'
import { Trouble } from './trouble'

/** The API key, and the secret that signs. */
export class Credentials {
  private constructor(
    readonly apiKey: string,
    readonly apiSecret: string,
  ) {}

  /** H80, H81: from Secrets Manager where a secret is named, else from the environment. */
  static async find(environment: NodeJS.ProcessEnv, deadline: Deadline): Promise<Credentials> {
    const { SECRET_NAME, API_KEY, API_SECRET } = environment
    if (!SECRET_NAME) return Credentials.checked(API_KEY, API_SECRET)
    const secret = parse(await readSecret(SECRET_NAME, deadline))
    return Credentials.checked(secret.apiKey, secret.apiSecret)
  }

  /** H82: credentials that cannot be right are not tried. */
  private static checked(apiKey: unknown, apiSecret: unknown): Credentials {
    if (typeof apiKey !== 'string' || !apiKey.trim()) throw new Trouble('credentials: no apiKey')
    if (typeof apiSecret !== 'string' || !apiSecret.trim()) {
      throw new Trouble('credentials: no apiSecret')
    }
    if (!/^[\x20-\x7e]+$/.test(apiKey)) throw new Trouble('credentials: apiKey cannot be a header')
    return new Credentials(apiKey, apiSecret)
  }
}

/** Read in every invocation: a secret is rotated while the function lives. */
async function readSecret(name: string, deadline: Deadline): Promise<string | undefined> {
  try {
    // Lambda has the SDK. Loading it takes a while, so only who names a secret pays.
    const sdk = await import('@aws-sdk/client-secrets-manager')
    const client = new sdk.SecretsManagerClient({})
    const command = new sdk.GetSecretValueCommand({ SecretId: name }) // a name or an ARN
    const answer = await deadline.bound('Secrets Manager', (abortSignal) =>
      client.send(command, { abortSignal }),
    )
    client.destroy()
    return answer.SecretString
  } catch (error) {
    if (error instanceof Trouble) throw error
    throw new Trouble(`Secrets Manager: ${(error as Error).name}`)
  }
}

function parse(text: string | undefined): { apiKey?: unknown; apiSecret?: unknown } {
  try {
    return JSON.parse(text ?? '') ?? {}
  } catch {
    throw new Trouble('the secret is not JSON') // H70: V8's own message would quote it
  }
}
