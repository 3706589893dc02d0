'use strict'

const { AspectPriority, Aspects } = require('aws-cdk-lib')
const { Construct } = require('constructs')
const { enter } = require('./bindings')
const { readBprint } = require('./bprint')
const { TableBindingConfig } = require('./config')
const { cdkRoot } = require('./places')
const { capture } = require('./capture')

/**
 * Binds a schema to a DynamoDB table.
 *
 * What can be wrong is refused here. What is said about the table is found out when the app is
 * synthesized: only then has it all its indexes.
 */
class ChaimDynamoDBBinder extends Construct {
  /** @param props {schemaPath, table, config}; the path counts from the folder of cdk.json */
  constructor(scope, id, { schemaPath, table, config }) {
    super(scope, id)
    if (!(config instanceof TableBindingConfig)) {
      throw new Error(`${this.node.path}: config has to be a TableBindingConfig`)
    }
    const root = cdkRoot()
    const schema = readBprint(root, schemaPath)
    const binding = enter(this, { table, config, schema })
    this.resourceId = binding.resourceId
    Aspects.of(this).add(
      { visit: (node) => void (node === this && capture(binding, root)) },
      { priority: AspectPriority.READONLY }, // after all that still changes tables
    )
  }
}

module.exports = { ChaimDynamoDBBinder }
