// Where the API key and secret come from.
import { Trouble } from './trouble.mjs'

/** H80, H81: from Secrets Manager where a secret is named, else from the environment. */
export async function findCredentials(signal) {
  const { SECRET_NAME, API_KEY, API_SECRET } = process.env
  const { apiKey, apiSecret } = SECRET_NAME
    ? parse(await readSecret(SECRET_NAME, signal))
    : { apiKey: API_KEY, apiSecret: API_SECRET }
  for (const [name, value] of Object.entries({ apiKey, apiSecret })) {
    if (typeof value !== 'string' || !value.trim()) throw new Trouble(`credentials: no ${name}`) // H82
  }
  if (!/^[\x20-\x7e]+$/.test(apiKey)) throw new Trouble('credentials: apiKey cannot be a header')
  return { apiKey, apiSecret }
}

/** Read in every invocation: secrets are rotated while the function lives. */
async function readSecret(name, signal) {
  try {
    const sdk = await import('@aws-sdk/client-secrets-manager')
    const client = new sdk.SecretsManagerClient({})
    const command = new sdk.GetSecretValueCommand({ SecretId: name }) // a name or an ARN
    const { SecretString } = await client.send(command, { abortSignal: signal })
    client.destroy()
    return SecretString
  } catch (error) {
    throw new Trouble(`Secrets Manager: ${error.name}`)
  }
}

function parse(text) {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    throw new Trouble('the secret is not JSON') // H70: V8's own message would quote it
  }
}
