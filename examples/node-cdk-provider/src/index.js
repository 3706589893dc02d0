'use strict'

const { ChaimDynamoDBBinder } = require('./binder')
const { ChaimCredentials, FailureMode, TableBindingConfig } = require('./config')

module.exports = {
  ChaimDynamoDBBinder,
  TableBindingConfig,
  ChaimCredentials,
  FailureMode,
  SNAPSHOT_FORMATS: ['3.0'],
}
