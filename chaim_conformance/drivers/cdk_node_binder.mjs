// The program in a Node binder's process: builds the apps that it is asked for, and synthesizes them.
//
//     node app.mjs PACKAGE
//
// It lies in the app's directory, as an app's main module does, with PACKAGE, aws-cdk-lib and
// constructs in node_modules beside it. One JSON object a line on stdin, one a line on stdout
// (contract/schemas/binder-request and -answer); whatever the provider prints goes to stderr. CDK
// keeps some 0.2 MB of each synth: whoever drives this starts a new process now and then.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';

const PROTOCOL = '1.0';
const NEEDED = ['ChaimDynamoDBBinder', 'TableBindingConfig', 'ChaimCredentials', 'FailureMode'];
const FEATURES = [
  'stages',
  'stack-names',
  'scopes',
  'late-indexes',
  'unknown-environment',
  'context',
  'several-stacks',
];

const { parse, stringify } = JSON;
const exit = process.exit.bind(process);
const answerOn = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);

// CDK's own rules for templates judge apps, not binders, and cost more than all else: 300 MB, seconds.
process.env.CDK_VALIDATION = 'false';

const require = createRequire(import.meta.url);
const cdk = require('aws-cdk-lib');
const dynamodb = require('aws-cdk-lib/aws-dynamodb');
const kms = require('aws-cdk-lib/aws-kms');
const { RegionInfo } = require('aws-cdk-lib/region-info');
const { Construct } = require('constructs');

const {
  AttributeType,
  Billing,
  BillingMode,
  Capacity,
  ProjectionType,
  StreamViewType,
  Table,
  TableClass,
  TableEncryption,
  TableEncryptionV2,
  TableV2,
} = dynamodb;

// ---- The provider ----

// As most apps do, which are compiled to CommonJS; a package of ES modules only is imported.
async function load(name) {
  try {
    return require(name);
  } catch (error) {
    const esOnly = ['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE', 'ERR_PACKAGE_PATH_NOT_EXPORTED'];
    if (!esOnly.includes(error?.code)) throw error;
    const module = await import(name);
    return NEEDED.every((one) => one in module) ? module : (module.default ?? module);
  }
}

function check(name, provider) {
  const missing = NEEDED.filter((one) => !provider?.[one]);
  if (!missing.length) return;
  const there = Object.keys(Object(provider)).join(', ') || 'nothing';
  throw new Error(`${name} has to export ${missing.join(', ')}; it exports: ${there}`);
}

// ---- Building an app ----

// What is being done, and so whose an error is: {where, binding}.
let doing = { where: 'app' };

function build(provider, request, outdir) {
  doing = { where: 'app' };
  const app = new cdk.App({ outdir, context: request.context, analyticsReporting: false });
  const stages = new Map([[null, app]]);
  const stacks = request.stacks.map((stack) => makeStack(app, stages, stack));
  const tables = request.stacks.map((stack, number) =>
    stack.tables.map((table) => makeTable(stacks[number], table)),
  );
  const configs = [];
  request.stacks.forEach((stack, number) => {
    for (const binding of stack.bindings) {
      const scope = scopeOf(stacks[number], binding.scopes);
      const table = tables[binding.stack][binding.table];
      doing = { where: 'binding', binding: binding.id };
      const config = (configs[binding.config] ??= makeConfig(provider, request.configs[binding.config]));
      new provider.ChaimDynamoDBBinder(scope, binding.id, { schemaPath: binding.schema, table, config });
      doing = { where: 'app' };
    }
  });
  request.stacks.forEach((stack, number) =>
    stack.tables.forEach((table, place) => addIndexes(tables[number][place], table, true)),
  );
  return app;
}

function makeStack(app, stages, { id, name, stage, account, region }) {
  if (!stages.has(stage)) stages.set(stage, new cdk.Stage(app, stage));
  return new cdk.Stack(stages.get(stage), id, {
    ...(name !== null && { stackName: name }),
    env: { ...(account !== null && { account }), ...(region !== null && { region }) },
  });
}

const scopeOf = (stack, ids) =>
  ids.reduce((scope, id) => scope.node.tryFindChild(id) ?? new Construct(scope, id), stack);

function makeConfig({ TableBindingConfig, ChaimCredentials, FailureMode }, config) {
  const credentials = makeCredentials(ChaimCredentials, config.credentials);
  return config.failureMode === null
    ? new TableBindingConfig(config.appId, credentials)
    : new TableBindingConfig(config.appId, credentials, FailureMode[config.failureMode]);
}

function makeCredentials(ChaimCredentials, credentials) {
  if (credentials === null) return undefined;
  if ('secret' in credentials) return ChaimCredentials.fromSecretsManager(credentials.secret);
  return ChaimCredentials.fromApiKeys(credentials.apiKey, credentials.apiSecret);
}

// ---- Tables ----

const TYPES = { S: AttributeType.STRING, N: AttributeType.NUMBER, B: AttributeType.BINARY };
const attribute = (key) => ({ name: key.name, type: TYPES[key.type] });

function makeTable(stack, table) {
  const scope = scopeOf(stack, table.scopes);
  const made = MAKERS[table.construct](scope, table, stack);
  addIndexes(made, table, false);
  for (const [name, value] of Object.entries(table.tags)) cdk.Tags.of(made).add(name, value);
  return made;
}

const MAKERS = {
  Table: (scope, table) =>
    new Table(scope, table.id, {
      ...commonProps(table),
      billingMode: BillingMode[table.billing],
      ...(table.stream !== null && { stream: StreamViewType[table.stream] }),
      ...tableEncryption(scope, table),
      ...(table.contributorInsights && { contributorInsightsSpecification: { enabled: true } }),
    }),
  TableV2: (scope, table) =>
    new TableV2(scope, table.id, {
      ...commonProps(table),
      billing: table.billing === 'PROVISIONED' ? provisioned() : Billing.onDemand(),
      ...(table.stream !== null && { dynamoStream: StreamViewType[table.stream] }),
      encryption: tableEncryptionV2(scope, table),
      ...(table.contributorInsights && { contributorInsightsSpecification: { enabled: true } }),
    }),
  imported: (scope, table, stack) =>
    table.name !== null
      ? Table.fromTableName(scope, table.id, table.name)
      : Table.fromTableArn(scope, table.id, arnOf(stack, table.id)),
};

// Without a physical name there is an ARN, with the construct's id for a name. Of a table that
// exists it has no gaps, also where the stack does not know where it is itself.
function arnOf(stack, name) {
  const [account, region] = [
    [stack.account, '123456789012'],
    [stack.region, 'us-east-1'],
  ].map(([value, otherwise]) => (cdk.Token.isUnresolved(value) ? otherwise : value));
  const partition = RegionInfo.get(region).partition ?? 'aws';
  return `arn:${partition}:dynamodb:${region}:${account}:table/${name}`;
}

function commonProps(table) {
  return {
    ...(table.name !== null && { tableName: table.name }),
    partitionKey: attribute(table.partitionKey),
    ...(table.sortKey !== null && { sortKey: attribute(table.sortKey) }),
    ...(table.ttlAttribute !== null && { timeToLiveAttribute: table.ttlAttribute }),
    ...(table.pointInTimeRecovery && {
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    }),
    ...(table.deletionProtection && { deletionProtection: true }),
    ...(table.infrequentAccess && { tableClass: TableClass.STANDARD_INFREQUENT_ACCESS }),
  };
}

// The only kind of capacity for writing that a provisioned TableV2 takes.
const provisioned = () =>
  Billing.provisioned({
    readCapacity: Capacity.fixed(5),
    writeCapacity: Capacity.autoscaled({ maxCapacity: 10 }),
  });

function tableEncryption(scope, table) {
  if (table.encryption === 'owned') return {};
  if (table.encryption === 'managed') return { encryption: TableEncryption.AWS_MANAGED };
  return { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: keyOf(scope, table) };
}

function tableEncryptionV2(scope, table) {
  if (table.encryption === 'owned') return TableEncryptionV2.dynamoOwnedKey();
  if (table.encryption === 'managed') return TableEncryptionV2.awsManagedKey();
  return TableEncryptionV2.customerManagedKey(keyOf(scope, table));
}

function keyOf(scope, table) {
  const id = `KeyOf${table.id}`;
  if (table.encryption === 'customer') return new kms.Key(scope, id);
  return kms.Key.fromKeyArn(scope, id, table.keyArn);
}

function addIndexes(made, table, late) {
  if (table.construct === 'imported') return; // it has those that it has
  for (const index of table.globalIndexes) {
    if (index.late !== late) continue;
    made.addGlobalSecondaryIndex({ ...indexProps(index), partitionKey: attribute(index.partitionKey) });
  }
  for (const index of table.localIndexes) {
    if (index.late === late) made.addLocalSecondaryIndex(indexProps(index));
  }
}

function indexProps(index) {
  return {
    indexName: index.name,
    ...(index.sortKey !== null && { sortKey: attribute(index.sortKey) }),
    projectionType: ProjectionType[index.projection],
    ...(index.projection === 'INCLUDE' && { nonKeyAttributes: index.nonKeyAttributes }),
  };
}

// ---- Synthesis ----

class AppHasErrors extends Error {}

function synthesize(provider, request, outdir) {
  const app = build(provider, request, outdir);
  doing = { where: 'synth' };
  // Else a folder whose content changed keeps the hash that it had in the synth before.
  cdk.AssetStaging.clearAssetHashCache();
  const assembly = app.synth();
  // Errors that a construct notes rather than throws: the command line tool ends with these.
  const noted = assembly.stacksRecursively
    .flatMap((stack) => stack.messages)
    .filter((message) => message.level === 'error');
  if (noted.length) throw new AppHasErrors(noted.map(({ id, entry }) => `${id}: ${entry.data}`).join('\n'));
}

function refusal(error) {
  return {
    ...doing,
    type: String(error?.constructor?.name ?? typeof error),
    message: wordsOf(error),
  };
}

// What Node prints of it where nobody catches it: an AggregateError's errors, too.
const wordsOf = (error) =>
  [error?.message ?? error, ...(error instanceof AggregateError ? error.errors.map(wordsOf) : [])]
    .map(String)
    .join('\n');

// ---- The loop ----

// A promise that nobody waits for, and that fails, ends the process before it says that all is well.
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function start(name, directory) {
  fs.accessSync(directory, fs.constants.W_OK);
  const provider = await load(name);
  check(name, provider);
  const answer = {
    protocol: PROTOCOL,
    capabilities: ['core', 'aws-cdk'],
    formats: [...(provider.SNAPSHOT_FORMATS ?? ['1.0'])],
    constructs: Object.keys(MAKERS),
    features: FEATURES,
  };
  return { provider, outdir: path.join(directory, 'cdk.out'), answer };
}

async function serve(name) {
  let started;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const message = parse(line);
    if (message.request === 'stop') break;
    let answer;
    if (message.request === 'start') {
      started = await start(name, message.directory);
      answer = started.answer;
    } else {
      try {
        synthesize(started.provider, message.app, started.outdir);
        answer = { id: message.id, directory: started.outdir };
      } catch (error) {
        answer = { id: message.id, error: refusal(error) };
      }
    }
    await settled();
    answerOn(`${stringify(answer)}\n`);
  }
  exit(0);
}

// Of a trace only what is the provider's: the rest is this program, and Node.
function told(error) {
  const lines = String(error?.stack ?? error).split('\n');
  const ours = [import.meta.url, 'node:'];
  return lines.filter((line) => !/^\s+at /.test(line) || !ours.some((one) => line.includes(one)));
}

serve(process.argv[2]).catch((error) => {
  process.stderr.write(`${told(error).join('\n')}\n`, () => exit(1));
});
