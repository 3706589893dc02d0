// The app of benchmarks/binders.py as its author would write it; no kit has a part in it.
//
// For each line with a number on stdin: so many synths, and the seconds that they took. What a synth
// left is removed outside of that time, as an app that is synthesized once need not do it.

const fs = require('node:fs');
const { createRequire } = require('node:module');
const { createInterface } = require('node:readline');

const required = createRequire(`${process.env.BINDER}/index.js`);
const { App, AssetStaging, Stack } = required('aws-cdk-lib');
const dynamodb = required('aws-cdk-lib/aws-dynamodb');
const { ChaimCredentials, ChaimDynamoDBBinder, TableBindingConfig } = required('./src/index.js');

function synth() {
  AssetStaging.clearAssetHashCache();
  const app = new App({ outdir: 'cdk.out' });
  const stack = new Stack(app, 'Stack', { env: { account: '123456789012', region: 'us-east-1' } });
  const { STRING, NUMBER } = dynamodb.AttributeType;
  const table = new dynamodb.Table(stack, 'Table', {
    partitionKey: { name: 'pk', type: STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: 'ttl',
  });
  table.addGlobalSecondaryIndex({
    indexName: 'byEmail',
    partitionKey: { name: 'email', type: STRING },
    sortKey: { name: 'at', type: NUMBER },
  });
  table.addGlobalSecondaryIndex({
    indexName: 'byStatus',
    partitionKey: { name: 'status', type: STRING },
    projectionType: dynamodb.ProjectionType.KEYS_ONLY,
  });
  const credentials = ChaimCredentials.fromSecretsManager('chaim/api-credentials');
  const config = new TableBindingConfig('my-app', credentials);
  new ChaimDynamoDBBinder(stack, 'Binding', { schemaPath: 'schemas/payment.bprint', table, config });
  app.synth();
}

createInterface({ input: process.stdin }).on('line', (line) => {
  let nanoseconds = 0n;
  for (let left = Number(line); left > 0; left -= 1) {
    fs.rmSync('cdk.out', { recursive: true, force: true });
    const begun = process.hrtime.bigint();
    synth();
    nanoseconds += process.hrtime.bigint() - begun;
  }
  console.log(Number(nanoseconds) / 1e9);
});
