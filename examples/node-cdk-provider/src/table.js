'use strict'

/** What is known of a table at synth. */

const { Stack, Token } = require('aws-cdk-lib')
const { RegionInfo } = require('aws-cdk-lib/region-info')
const { DATASTORE } = require('./places')

const TYPES = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable']

/**
 * Which table it is: `resource` is what makes it, of one that exists already there is none;
 * `name` is its physical name, if that is known, and `place` the account and region with it.
 */
function identify(table, path) {
  if (typeof table?.tableName !== 'string') {
    throw new Error(`${path}: table has to be a DynamoDB table, of this app or imported`)
  }
  const child = table.node.defaultChild
  const resource = TYPES.includes(child?.cfnResourceType) ? child : undefined
  const name = resource
    ? text(Stack.of(resource).resolve(resource.tableName))
    : literal(table.tableName)
  return {
    table,
    resource,
    name,
    place: name === undefined ? undefined : placeOf(table, name),
    resourceName: name ?? table.node.id,
  }
}

/** Where the account is not known, two stacks may well be in two accounts. */
function placeOf(table, name) {
  const { account, region } = table.env
  const known = [account, region].every((one) => literal(one) !== undefined)
  return known ? `${account}/${region}/${name}` : `${Stack.of(table).node.path}/${name}`
}

/** One construct, or one name in one account and region; a name cannot be made twice. */
function isSameTable(one, other) {
  if (one.table === other.table) return true
  const bothMade = one.resource !== undefined && other.resource !== undefined
  return !bothMade && one.place !== undefined && one.place === other.place
}

/** A key that stays, whatever the binding is called and wherever it moves. */
function stableKey({ table, resource, name }) {
  if (name !== undefined) return key('tableName', name)
  if (resource === undefined) return key('path', table.node.path)
  return key('logicalId', Stack.of(resource).getLogicalId(resource), resource)
}

function key(strategy, value, resource) {
  const known = resource === undefined ? value : Stack.of(resource).resolve(value)
  return { strategy, key: `${DATASTORE}:${strategy}:${known}` }
}

/**
 * The table's metadata, and `source`: the part of the template that it was taken from.
 *
 * The template is asked rather than the construct, because it is what gets deployed: indexes that
 * came late and overrides of any kind are in it.
 */
function describe(identity) {
  const { table, resource, name } = identity
  const facts = { tableName: name, tableArn: arnOf(table, name) }
  if (resource === undefined) return { metadata: present(facts), source: {} }
  const [{ Properties: properties }] = Object.values(
    Stack.of(resource).resolve(resource._toCloudFormation()).Resources,
  )
  return {
    metadata: present({ ...facts, ...declared(properties, Stack.of(resource)) }),
    source: sourceOf(properties),
  }
}

function arnOf({ env }, name) {
  const [account, region] = [literal(env.account), literal(env.region)]
  const partition = region && RegionInfo.get(region).partition
  if (!partition || !account || !name) return undefined
  return `arn:${partition}:dynamodb:${region}:${account}:table/${name}`
}

function declared(properties, stack) {
  const keys = keysOf(properties.KeySchema)
  const stream = text(properties.StreamSpecification?.StreamViewType)
  const ttl = properties.TimeToLiveSpecification
  return {
    ...keys,
    attributeTypes: Object.fromEntries(
      (properties.AttributeDefinitions ?? []).map((one) => [one.AttributeName, one.AttributeType]),
    ),
    globalSecondaryIndexes: properties.GlobalSecondaryIndexes?.map((index) => indexOf(index, {})),
    localSecondaryIndexes: properties.LocalSecondaryIndexes?.map((index) => indexOf(index, keys)),
    ttlAttribute: ttl?.Enabled ? text(ttl.AttributeName) : undefined,
    streamEnabled: properties.StreamSpecification !== undefined,
    streamViewType: stream,
    billingMode: properties.BillingMode ?? 'PROVISIONED', // CloudFormation's default
    encryptionKeyArn: encryptionKeyArn(properties, stack.region),
  }
}

function keysOf(schema) {
  const names = (type) => schema.filter((one) => one.KeyType === type).map((one) => one.AttributeName)
  const [partitionKey] = names('HASH')
  const [sortKey] = names('RANGE')
  return present({ partitionKey, sortKey })
}

/** A local index has its table's partition key. */
function indexOf(index, { partitionKey }) {
  return present({
    indexName: index.IndexName,
    partitionKey,
    ...keysOf(index.KeySchema),
    projectionType: index.Projection?.ProjectionType,
    nonKeyAttributes: index.Projection?.NonKeyAttributes,
  })
}

/** Of a global table the key is that of the replica in the stack's own region. */
function encryptionKeyArn(properties, region) {
  const replicas = properties.Replicas ?? []
  const replica = replicas.find((one) => one.Region === region) ?? replicas[0]
  const id = (properties.SSESpecification ?? {}).KMSMasterKeyId ?? replica?.SSESpecification?.KMSMasterKeyId
  return text(id)?.startsWith('arn:') ? id : undefined
}

function sourceOf(properties) {
  const { Tags, PointInTimeRecoverySpecification, ProvisionedThroughput, ...source } = properties
  return source
}

function present(object) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}

function literal(value) {
  return Token.isUnresolved(value) ? undefined : value
}

function text(value) {
  return typeof value === 'string' ? value : undefined
}

module.exports = { describe, identify, isSameTable, stableKey }
