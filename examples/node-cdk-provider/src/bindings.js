'use strict'

/** Who binds what in an app: the names that are taken, and what must not contradict. */

const { Stack, Token } = require('aws-cdk-lib')
const { sameAccount } = require('./config')
const { fileName } = require('./places')
const { identify, isSameTable } = require('./table')

/** Each app's bindings, in the order in which they were made; an app that is gone takes them along. */
const apps = new WeakMap()

function bindingsOf(app) {
  if (!apps.has(app)) apps.set(app, [])
  return apps.get(app)
}

/** Adds a binding to those of its app, or throws an error that names the one that it contradicts. */
function enter(binder, { table, config, schema }) {
  const identity = identify(table, binder.node.path)
  const others = bindingsOf(binder.node.root)
  for (const other of others) {
    if (isSameTable(other.table, identity) && !sameAccount(other.config, config)) {
      throw new Error(
        `${binder.node.path} (app ${config.appId}) and ${other.binder.node.path} (app ` +
          `${other.config.appId}) bind one table, ${identity.resourceName}: they need one appId ` +
          'and one set of credentials; let them share a TableBindingConfig',
      )
    }
  }
  const stack = deployed(Stack.of(binder))
  const taken = new Set(others.filter((one) => one.stack === stack).map((one) => one.resourceId))
  const resourceId = unique(`${identity.resourceName}__${schema.entityName}`, taken)
  const binding = { binder, stack, table: identity, config, schema, resourceId }
  others.push(binding)
  return binding
}

function unique(name, taken) {
  let free = fileName(name)
  for (let number = 2; taken.has(free); number++) free = fileName(`${name}__${number}`)
  return free
}

/** A nested stack has no name of its own before it is deployed; the one around it has. */
function deployed(stack) {
  return stack.nestedStackParent === undefined ? stack : deployed(stack.nestedStackParent)
}

/** Where a stack is deployed to, as far as that is known. */
function whereabouts(stack) {
  const known = (value) => (Token.isUnresolved(value) ? 'unknown' : value)
  return { account: known(stack.account), region: known(stack.region), stackName: stack.stackName }
}

module.exports = { bindingsOf, enter, whereabouts }
