'use strict'

/** The end of a synth: the snapshot as it is then, on disk, and in the stack what publishes it. */

const fs = require('node:fs')
const path = require('node:path')
const { createHash } = require('node:crypto')
const { Stack } = require('aws-cdk-lib')
const { bindingsOf, whereabouts } = require('./bindings')
const { DATASTORE, assetFolder, localFolder, writeWhole } = require('./places')
const { publishFrom } = require('./publication')
const { describe, stableKey } = require('./table')
const { name: component, version } = require('../package.json')

const HANDLER = path.join(__dirname, '..', 'handler')
const swept = new WeakSet()

function capture(binding, root) {
  const { binder, stack, resourceId } = binding
  const place = whereabouts(stack)
  const { snapshot, fingerprint } = snapshotOf(binding, place)
  const text = Buffer.from(`${JSON.stringify(snapshot, null, 2)}\n`)
  sweep(binder.node.root, root)
  writeWhole(path.join(localFolder(place), `${resourceId}.json`), text)
  const bundle = path.join(assetFolder(root, place), resourceId)
  publishFrom(binding, { bundle, hash: writeBundle(bundle, text), fingerprint })
}

/** Format 3.0, and a fingerprint of all in it that a change of schema or table would change. */
function snapshotOf({ table, config: { appId }, schema, resourceId }, { account, region, stackName }) {
  const { strategy, key } = stableKey(table)
  const { metadata, source } = describe(table)
  const { entityName } = schema
  const lasting = {
    snapshotVersion: '3.0',
    action: 'UPSERT',
    identity: {
      resourceId,
      entityName,
      appId,
      entityId: `${appId}:${entityName}`,
      bindingId: `${appId}:${key}:${entityName}`,
      stableResourceKey: key,
      stableResourceKeyStrategy: strategy,
    },
    providerIdentity: {
      cloud: 'aws',
      deploymentSystem: 'cloudformation',
      deploymentId: stackName,
      accountId: account,
      region,
    },
    resource: {
      type: DATASTORE,
      kind: 'table',
      id: table.resourceName,
      name: table.resourceName,
      region,
      ...metadata,
    },
    resolution: { mode: 'synth', hasTokens: metadata.tableArn === undefined },
    schema,
  }
  const snapshot = {
    capturedAt: new Date().toISOString(),
    producer: { component, version, runtime: `node ${process.versions.node}` },
    ...lasting,
  }
  return { snapshot, fingerprint: sha256(canonical({ lasting, source })) }
}

/** Overwrites the bundle; returns a hash of its content. */
function writeBundle(folder, snapshot) {
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(folder, { recursive: true })
  const files = fs.readdirSync(HANDLER).filter((name) => name.endsWith('.js')).sort()
  const contents = files.map((name) => [name, fs.readFileSync(path.join(HANDLER, name))])
  contents.push(['snapshot.json', snapshot])
  for (const [name, content] of contents) fs.writeFileSync(path.join(folder, name), content)
  return sha256(JSON.stringify(contents.map(([name, content]) => [name, sha256(content)])))
}

/** Once an app: what earlier synths left of bindings that its stacks have no more. */
function sweep(app, root) {
  if (swept.has(app)) return
  swept.add(app)
  const kept = new Map() // of each folder, which may be that of two stacks
  const keep = (folder, names) => kept.set(folder, [...(kept.get(folder) ?? []), ...names])
  for (const stack of app.node.findAll().filter(Stack.isStack)) {
    if (stack.nestedStackParent !== undefined) continue
    const ids = bindingsOf(app).filter((one) => one.stack === stack).map((one) => one.resourceId)
    const place = whereabouts(stack)
    keep(localFolder(place), ids.map((id) => `${id}.json`))
    keep(assetFolder(root, place), ids)
  }
  for (const [folder, names] of kept) {
    const there = fs.existsSync(folder) ? fs.readdirSync(folder) : []
    for (const name of there.filter((one) => !names.includes(one))) {
      fs.rmSync(path.join(folder, name), { recursive: true, force: true })
    }
  }
}

/** The same text for the same value, whatever the order of its keys. */
function canonical(value) {
  return JSON.stringify(value, (_, inner) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

function sha256(content) {
  return createHash('sha256').update(content).digest('hex')
}

module.exports = { capture }
