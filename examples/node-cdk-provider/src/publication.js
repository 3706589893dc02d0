'use strict'

/** What publishes a binding when its stack is deployed: a function, and a resource that calls it. */

const { createHash } = require('node:crypto')
const { Arn, ArnFormat, CustomResource, Duration, Stack, Token } = require('aws-cdk-lib')
const iam = require('aws-cdk-lib/aws-iam')
const lambda = require('aws-cdk-lib/aws-lambda')

const DEFAULT_BASE_URL = 'https://ingest.chaim.co'

function publishFrom(binding, { bundle, hash, fingerprint }) {
  const { binder, config, table, resourceId } = binding
  const role = new iam.Role(binder, 'Role', {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    // Inline, so that the function has all of it as soon as it has the role.
    inlinePolicies: { Publish: new iam.PolicyDocument({ statements: allowed(binder, config) }) },
  })
  const handler = new lambda.Function(binder, 'Handler', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    // The hash is given, because the one that CDK remembers of a folder is that of its first synth.
    code: lambda.Code.fromAsset(bundle, { assetHash: hash }),
    role,
    environment: environment(binder, config),
    timeout: Duration.minutes(2),
    memorySize: 512,
    description: 'Publishes a schema to Chaim',
  })
  // The function is its own custom resource provider: it answers to the ResponseURL.
  const resource = new CustomResource(binder, 'Publication', {
    serviceToken: handler.functionArn,
    resourceType: 'Custom::ChaimPublication',
    properties: { Fingerprint: fingerprint },
  })
  if (table.resource !== undefined && Stack.of(table.resource) === Stack.of(binder)) {
    resource.node.addDependency(table.resource)
  }
  keepLogicalIds({ Role: role, Handler: handler, Publication: resource }, config.appId, resourceId)
}

/**
 * A renamed entity is another resource with a function of its own, so that CloudFormation deletes
 * the old one with the old bundle; a renamed or moved binding is the same one as before.
 */
function keepLogicalIds(constructs, appId, resourceId) {
  const hash = createHash('sha256').update(JSON.stringify([appId, resourceId])).digest('hex')
  for (const [name, construct] of Object.entries(constructs)) {
    construct.node.defaultChild.overrideLogicalId(`Chaim${name}${hash.slice(0, 16)}`)
  }
}

function environment(binder, { appId, credentials, failureMode }) {
  return {
    APP_ID: appId,
    FAILURE_MODE: failureMode,
    CHAIM_API_BASE_URL:
      binder.node.tryGetContext('chaimApiBaseUrl') ||
      process.env.CHAIM_API_BASE_URL ||
      DEFAULT_BASE_URL,
    ...(credentials.kind === 'secret'
      ? { SECRET_NAME: credentials.secret }
      : { API_KEY: credentials.apiKey, API_SECRET: credentials.apiSecret }),
  }
}

function allowed(binder, { credentials }) {
  const statements = [
    new iam.PolicyStatement({
      actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [arn(binder, 'logs', 'log-group', '/aws/lambda/*')],
    }),
  ]
  if (credentials.kind === 'secret') {
    statements.push(
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [secretArn(binder, credentials.secret)],
      }),
    )
  }
  return statements
}

/** Secrets Manager adds a hyphen and six characters to a name, which only a whole ARN has. */
function secretArn(binder, secret) {
  if (Token.isUnresolved(secret)) return secret
  if (!secret.startsWith('arn:')) return arn(binder, 'secretsmanager', 'secret', `${secret}-??????`)
  const { resourceName } = Arn.split(secret, ArnFormat.COLON_RESOURCE_NAME)
  return /-[A-Za-z0-9]{6}$/.test(resourceName) ? secret : `${secret}-??????`
}

function arn(binder, service, resource, resourceName) {
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME
  return Stack.of(binder).formatArn({ service, resource, resourceName, arnFormat })
}

module.exports = { publishFrom }
