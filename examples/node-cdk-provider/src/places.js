'use strict'

/** Where things are written, and under which names. */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { createHash } = require('node:crypto')

const DATASTORE = 'dynamodb'
// A file name has 255 bytes at most, and `.json` comes behind it.
const LONGEST = 250

/** The folder of the app's cdk.json: above its main module, else above this package. */
function cdkRoot() {
  const starts = [process.argv[1], __dirname].filter(Boolean).map((start) => path.resolve(start))
  for (const start of starts) {
    for (let folder = start; folder !== path.dirname(folder); folder = path.dirname(folder)) {
      if (fs.existsSync(path.join(folder, 'cdk.json'))) return folder
    }
  }
  throw new Error(`no cdk.json above ${starts.join(' or ')}; it marks the root of a CDK app`)
}

function snapshotBase() {
  if (process.env.CHAIM_SNAPSHOT_DIR) return path.resolve(process.env.CHAIM_SNAPSHOT_DIR)
  const { LOCALAPPDATA } = process.env
  return process.platform === 'win32' && LOCALAPPDATA
    ? path.join(LOCALAPPDATA, 'chaim', 'cache', 'snapshots')
    : path.join(os.homedir(), '.chaim', 'cache', 'snapshots')
}

/** The folder with the LOCAL snapshots of a stack. */
function localFolder({ account, region, stackName }) {
  return path.join(snapshotBase(), 'aws', ...[account, region, stackName].map(fileName), DATASTORE)
}

/** The folder with the bundles of a stack. */
function assetFolder(root, { stackName }) {
  return path.join(root, 'cdk.out', 'chaim', 'assets', fileName(stackName))
}

/**
 * The name itself if it can be one file's name, else one like it: what could lead out of a folder
 * is replaced, and a hash keeps it different from all others.
 */
function fileName(name) {
  const odd = /[/\\\0\p{Cs}]|\.\./u
  if (!odd.test(name) && !['', '.'].includes(name) && Buffer.byteLength(name) <= LONGEST) return name
  const hash = createHash('sha256').update(Buffer.from(name, 'utf16le')).digest('hex').slice(0, 12)
  const plain = name.replace(/[/\\\0\p{Cs}]|\.\.+/gu, '-')
  return `${cut(plain, LONGEST - hash.length - 1)}-${hash}`
}

function cut(text, bytes) {
  let length = 0
  let end = 0
  for (const character of text) {
    length += Buffer.byteLength(character)
    if (length > bytes) break
    end += character.length
  }
  return text.slice(0, end)
}

/** In one step, so that nobody reads half of it. */
function writeWhole(file, content) {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const draft = path.join(path.dirname(file), `.${process.pid}.draft`)
  fs.writeFileSync(draft, content)
  fs.renameSync(draft, file)
}

module.exports = { DATASTORE, assetFolder, cdkRoot, fileName, localFolder, writeWhole }
