'use strict'

const { Token } = require('aws-cdk-lib')

const FailureMode = Object.freeze({ BEST_EFFORT: 'BEST_EFFORT', STRICT: 'STRICT' })

const ARN = /^arn:[a-z0-9-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,519}$/
const NAME = /^[\w/+=.@-]{1,512}$/

/** What the handler signs its requests with: a reference to a secret, or the two values. */
const ChaimCredentials = Object.freeze({
  /** @param secret a secret's name or ARN; what is not known yet is taken for an ARN */
  fromSecretsManager(secret) {
    const known = !Token.isUnresolved(secret)
    if (typeof secret !== 'string' || (known && !ARN.test(secret) && !NAME.test(secret))) {
      throw new Error(
        `Chaim credentials: ${JSON.stringify(secret)} is neither the name of a secret ` +
          `(letters, digits and /_+=.@-) nor the ARN of one in Secrets Manager`,
      )
    }
    return Object.freeze({ kind: 'secret', secret })
  },

  fromApiKeys(apiKey, apiSecret) {
    for (const [name, value] of Object.entries({ apiKey, apiSecret })) {
      if (typeof value !== 'string' || value.trim() === '') {
        throw new Error(`Chaim credentials: ${name} is empty; expected a text`)
      }
    }
    return Object.freeze({ kind: 'keys', apiKey, apiSecret })
  },
})

class TableBindingConfig {
  constructor(appId, credentials, failureMode = FailureMode.BEST_EFFORT) {
    if (typeof appId !== 'string' || appId.trim() === '' || Token.isUnresolved(appId)) {
      throw new Error('TableBindingConfig: appId is empty or not known at synth; expected a text')
    }
    if (credentials?.kind !== 'secret' && credentials?.kind !== 'keys') {
      throw new Error(
        `TableBindingConfig of ${appId}: no credentials; expected what ` +
          'ChaimCredentials.fromSecretsManager or ChaimCredentials.fromApiKeys returns',
      )
    }
    if (!Object.hasOwn(FailureMode, failureMode)) {
      throw new Error(
        `TableBindingConfig of ${appId}: no such failure mode: ${failureMode}; ` +
          `expected ${Object.keys(FailureMode).join(' or ')}`,
      )
    }
    Object.assign(this, { appId, credentials, failureMode })
    Object.freeze(this)
  }
}

/** By value: the same account of the service, however often it was written down. */
function sameAccount(one, other) {
  const values = ({ appId, credentials: c }) => [appId, c.kind, c.secret, c.apiKey, c.apiSecret]
  return values(one).every((value, place) => value === values(other)[place])
}

module.exports = { ChaimCredentials, FailureMode, TableBindingConfig, sameAccount }
