// The program in a Node handler's process: asks the Runtime API for work and calls the handler.
//
// It behaves as AWS's client does, and can load another bundle when the kit says so. Node's own
// modules only, so that nothing of the kit's is in the handler's way.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import Module, { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const API = '/2018-06-01/runtime';
// A process grows with every load, by ES modules most: they can never be unloaded.
const MOST_LOADS = 500;
const COST_OF_AN_ES_MODULE = 5;

const { parse, stringify } = JSON;
const exit = process.exit.bind(process);
const GLOBALS = new Set(Object.keys(globalThis));
// Node's own listeners, which have to stay when those of a bundle are removed.
const LISTENERS = new Map(process.eventNames().map((name) => [name, process.rawListeners(name)]));

// ---- HTTP/1.1 to the kit, by hand: a handler may have patched every client that there is ----

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const socket = net.connect({ host, port: Number(port), noDelay: true });
let received = Buffer.alloc(0);
let wake = () => {};
socket.on('data', (chunk) => {
  received = received.length ? Buffer.concat([received, chunk]) : chunk;
  wake();
});
socket.on('error', () => exit(0));
socket.on('close', () => exit(0)); // the kit is gone

async function request(method, target, body = '', headers = {}) {
  const bytes = Buffer.from(body);
  const lines = [`${method} ${API}${target} HTTP/1.1`, 'host: runtime', `content-length: ${bytes.length}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  socket.ref();
  socket.write(Buffer.concat([Buffer.from(lines.join('\r\n') + '\r\n\r\n', 'latin1'), bytes]));
  try {
    return await answerTo();
  } finally {
    socket.unref(); // from here on, only the handler's own work keeps the event loop alive
  }
}

function answerTo() {
  return new Promise((resolve) => {
    wake = () => {
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const headers = {};
      for (const line of received.toString('latin1', 0, end).split('\r\n').slice(1)) {
        const colon = line.indexOf(':');
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
      }
      const stop = end + 4 + Number(headers['content-length'] ?? 0);
      if (received.length < stop) return;
      const text = received.toString('utf8', end + 4, stop);
      received = received.subarray(stop);
      wake = () => {};
      resolve({ headers, text });
    };
    wake();
  });
}

// ---- Loading ----

class LoadFailure extends Error {
  constructor(errorType, message, cause) {
    super(message, { cause });
    this.name = errorType;
  }
}

async function load(bundle) {
  forget(bundle.purge);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, bundle.environment);
  if (process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER) watchImports();
  process.chdir(bundle.working_directory);
  const asEsModule = isEsModule(bundle.file, bundle.directory);
  loads += asEsModule ? COST_OF_AN_ES_MODULE : 1;
  const exported = await importFile(bundle.file, asEsModule);
  const name = bundle.export ?? 'handler';
  const handler = find(exported, name) ?? find(exported.default, name);
  if (typeof handler !== 'function') {
    const there = Object.keys(Object(exported)).join(', ') || 'nothing';
    const what = handler === undefined ? 'is undefined or not exported' : 'is not a function';
    throw new LoadFailure('Runtime.HandlerNotFound', `${path.basename(bundle.file)}: ${name} ${what}; it exports: ${there}`);
  }
  return handler;
}

const find = (exported, name) =>
  name.split('.').reduce((value, key) => (value === null ? undefined : value?.[key]), exported);

async function importFile(file, asEsModule) {
  try {
    return asEsModule ? await import(pathToFileURL(file).href) : createRequire(file)(file);
  } catch (error) {
    if (error instanceof SyntaxError && !/^ +at JSON\.parse /m.test(error.stack)) {
      const text = asEsModule ? printedByNode(file) : String(error.stack);
      throw new LoadFailure('Runtime.UserCodeSyntaxError', withoutFrames(text), error);
    }
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
      throw new LoadFailure('Runtime.ImportModuleError', String(error.message), error);
    }
    throw error;
  }
}

// Only when Node prints such an error of an ES module does it say where: nothing has run by then.
function printedByNode(file) {
  const code = 'import(process.argv[1])';
  const options = { encoding: 'utf8', timeout: 10_000, env: { PATH: process.env.PATH } };
  return spawnSync(process.execPath, ['-e', code, pathToFileURL(file).href], options).stderr ?? '';
}

// File, line and the line's text come before the message, our own frames behind it.
function withoutFrames(text) {
  const lines = text.split('\n');
  const frames = lines.findIndex((line) => line.startsWith('    at '));
  return lines.slice(0, frames < 0 ? 8 : frames).join('\n').trim();
}

function isEsModule(file, root) {
  if (/\.[mc]js$/.test(file)) return file.endsWith('.mjs');
  for (let folder = path.dirname(file); folder.startsWith(root); folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    if (!fs.existsSync(manifest)) continue;
    try {
      return parse(fs.readFileSync(manifest, 'utf8')).type === 'module';
    } catch (error) {
      throw new LoadFailure('Runtime.ImportModuleError', `${manifest}: ${error.message}`, error);
    }
  }
  return false;
}

// Every load has a directory of its own, so ES modules are new by their URL; the rest is dropped here.
function forget(root) {
  const cache = createRequire(import.meta.url).cache;
  for (const file of Object.keys(cache)) {
    if (!file.startsWith(root)) continue;
    for (const other of Object.values(cache)) {
      const index = other?.children?.indexOf(cache[file]) ?? -1;
      if (index >= 0) other.children.splice(index, 1);
    }
    delete cache[file];
  }
  listen();
}

// The SDK is part of AWS's own runtime: a handler may ask for it even if its package.json does not.
let missing = '';
const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  try {
    return resolveFilename.call(this, name, ...rest);
  } catch (error) {
    if (/^(@aws-sdk\/|@smithy\/|aws-sdk$)/.test(name)) missing ||= name;
    throw error;
  }
};

// What an ES module imports is resolved elsewhere, in a thread of its own, which costs: so this is
// done only where a secret is named. The name's place is shared with that thread.
const MISSED = new Uint8Array(new SharedArrayBuffer(200));
const HOOKS = `
let missed;
export const initialize = (shared) => { missed = shared; };
export async function resolve(name, context, next) {
  try {
    return await next(name, context);
  } catch (error) {
    if (name.startsWith('@aws-sdk/')) missed.set(Buffer.from(name).subarray(0, missed.length));
    throw error;
  }
}`;
let watched = false;

function watchImports() {
  if (watched) return;
  watched = true;
  Module.register?.(`data:text/javascript,${encodeURIComponent(HOOKS)}`, { data: MISSED });
}

// ---- Calling ----

// What happens when the event loop runs empty, and when an error reaches nobody.
let onIdle = null;
let onStray = null;

function listen() {
  for (const name of process.eventNames()) {
    const own = LISTENERS.get(name) ?? [];
    for (const listener of process.rawListeners(name)) {
      if (!own.includes(listener)) process.removeListener(name, listener);
    }
  }
  process.on('beforeExit', () => {
    const then = onIdle;
    onIdle = null;
    then?.();
  });
  process.on('uncaughtException', (error) => stray(error));
  process.on('unhandledRejection', (reason) => {
    const error = new Error(String(reason?.stack ?? reason));
    error.name = 'Runtime.UnhandledPromiseRejection';
    error.message = describe(reason).errorMessage;
    stray(error);
  });
}

function stray(error) {
  log('Uncaught Exception', error);
  if (onStray) onStray(error);
  else exit(129);
}

function log(title, error) {
  try {
    const text = stringify(describe(error));
    process.stderr.write(`${new Date().toISOString()}\t${current}\tERROR\t${title}\t${text}\n`);
  } catch {
    // the handler may have closed the stream
  }
}

function describe(error) {
  try {
    if (error instanceof Error || (typeof error?.message === 'string' && error?.stack)) {
      const trace = String(error.stack ?? '').split('\n');
      return { errorType: String(error.name), errorMessage: String(error.message), trace };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return { errorType: 'handled', errorMessage: 'callback called with an error that cannot be read', trace: [] };
  }
}

// Resolves to [error] or [null, value], once, by whichever way the handler takes.
function call(handler, event, headers) {
  return new Promise((resolve) => {
    let waitForEmptyLoop = true;
    const settle = (error, value, last = false) => {
      onIdle = onStray = null;
      resolve([error ?? null, value, last]);
    };
    const done = (error, value) => settle(error, value);
    const fail = (error) => settle(error ?? 'handled');
    const callback = (error, value) => {
      if (error !== undefined && error !== null) settle(error);
      else if (waitForEmptyLoop) onIdle &&= () => settle(null, value);
      else settle(null, value);
    };
    const context = {
      get callbackWaitsForEmptyEventLoop() {
        return waitForEmptyLoop;
      },
      set callbackWaitsForEmptyEventLoop(value) {
        waitForEmptyLoop = value;
      },
      succeed: (value) => settle(null, value),
      fail,
      done,
      functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
      functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
      memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
      clientContext: undefined,
      identity: undefined,
      invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
      awsRequestId: headers['lambda-runtime-aws-request-id'],
      getRemainingTimeInMillis: () => Math.max(0, Number(headers['lambda-runtime-deadline-ms']) - Date.now()),
    };
    onIdle = () => settle(null, null); // still pending, and nothing left that could settle it
    onStray = (error) => settle(error, undefined, true);
    try {
      debugger; // nothing, but under `chaim-conformance debug`: one step into the next line is the handler
      const result = handler(event, context, callback);
      if (typeof result?.then === 'function') result.then((value) => settle(null, value), fail);
    } catch (error) {
      fail(error);
    }
  });
}

function serialized(value) {
  const text = stringify(value === undefined ? null : value);
  if (text === undefined) throw new Error(`a ${typeof value} has no JSON form`);
  return text;
}

// ---- The loop ----

let loads = 0;
let current = '';

async function serve() {
  let handler = null;
  for (;;) {
    const { headers, text } = await request('GET', '/invocation/next', '', spent());
    current = headers['lambda-runtime-aws-request-id'];
    missing = '';
    MISSED.fill(0);
    if (headers['chaim-load']) {
      onIdle = () => exit(13); // an `await` at the top level that nothing can settle
      try {
        handler = await load(parse(fs.readFileSync(decodeURIComponent(headers['chaim-load']), 'utf8')));
        onIdle = null;
      } catch (error) {
        onIdle = null;
        log('Init Error', error);
        await request('POST', '/init/error', stringify(describe(error)), lacking());
        continue;
      }
    }
    process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
    const [kind, body, last] = await outcome(handler, parse(text), headers);
    await request('POST', `/invocation/${current}/${kind}`, body, lacking());
    if (last) exit(last);
  }
}

async function outcome(handler, event, headers) {
  let [error, value, last] = await call(handler, event, headers);
  if (error === null) {
    try {
      return ['response', serialized(value), 0];
    } catch (trouble) {
      error = new Error(`Unable to stringify response body: ${trouble?.message}`);
      error.name = 'Runtime.MarshalError';
    }
  }
  if (!last) log('Invoke Error', error);
  return ['error', stringify(describe(error)), last ? 129 : 0];
}

const lacking = () => {
  const name = missing || Buffer.from(MISSED).toString().replace(/\0+$/, '');
  return name ? { 'chaim-missing': encodeURIComponent(name) } : {};
};

// Why this process should not load another bundle: timers, sockets and globals of the old one live on.
function spent() {
  if (loads >= MOST_LOADS) return { 'chaim-spent': 'loads' };
  if (Object.keys(globalThis).some((name) => !GLOBALS.has(name))) return { 'chaim-spent': 'globals' };
  const left = leftOver(process.getActiveResourcesInfo());
  return left.length ? { 'chaim-spent': left.slice(0, 8).join(' ') } : {};
}

// The process's own output is a pipe, and a socket that is being closed does nothing any more.
function leftOver(resources) {
  let closing = resources.filter((name) => name === 'CloseReq').length;
  return resources.filter((name) => {
    if (name === 'PipeWrap' || name === 'CloseReq') return false;
    return !(name === 'TCPSocketWrap' && closing-- > 0);
  });
}

listen();
serve();
