'use strict'

/** Reads `.bprint` files, in both dialects. Every problem is found, and told with its place. */

const fs = require('node:fs')
const path = require('node:path')
const { RESERVED } = require('./reserved-words')

const NUMBERS = ['number', 'number.int', 'number.long', 'number.float', 'number.double', 'number.decimal']
const SETS = ['stringSet', ...NUMBERS.map((type) => type.replace('number', 'numberSet'))]
const DIALECTS = {
  1: {
    top: ['schemaVersion', 'entityName', 'description', 'primaryKey', 'fields'],
    scalars: ['string', 'number', 'boolean', 'timestamp'],
    collections: ['list', 'map', 'stringSet', 'numberSet'],
    field: ['name', 'type', 'nameOverride', 'required', 'default', 'enum', 'description', 'constraints', 'annotations', 'items', 'fields'],
  },
  2: {
    top: ['schemaVersion', 'entityName', 'description', 'identity', 'fields'],
    scalars: ['string', ...NUMBERS, 'boolean', 'timestamp', 'timestamp.epoch', 'timestamp.date', 'binary'],
    collections: ['list', 'map', ...SETS],
    field: ['name', 'type', 'nameOverride', 'required', 'nullable', 'default', 'enum', 'description', 'constraints', 'annotations', 'items', 'fields'],
  },
}
const CONSTRAINTS = {
  string: { minLength: isLength, maxLength: isLength, pattern: isText },
  number: { min: isNumber, max: isNumber },
}
const DEFAULTS = {
  string: isText,
  number: isNumber,
  boolean: isBoolean,
  timestamp: isText,
  'timestamp.date': isText,
}

function isText(value) {
  return typeof value === 'string'
}
function isNumber(value) {
  return typeof value === 'number' && Number.isFinite(value)
}
function isBoolean(value) {
  return typeof value === 'boolean'
}
function isLength(value) {
  return Number.isInteger(value) && value >= 0
}
function isObject(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
function isName(value) {
  return isText(value) && value !== ''
}

/** The document in the file; throws an error that names the file and all that is wrong in it. */
function readBprint(root, schemaPath) {
  if (typeof schemaPath !== 'string' || schemaPath === '') {
    throw new Error('schemaPath has to name a .bprint file')
  }
  const file = path.resolve(root, schemaPath)
  if (path.extname(file) !== '.bprint') throw new Error(`${file}: a schema file ends in .bprint`)
  let bytes
  try {
    bytes = fs.readFileSync(file)
  } catch (error) {
    const reason = error.code === 'ENOENT' ? 'no such file' : error.message
    throw new Error(`${file}: the schema cannot be read: ${reason}`)
  }
  let document
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (error) {
    throw new Error(`${file}: the schema is not JSON: ${error.message}`)
  }
  const problems = problemsOf(document)
  if (problems.length > 0) {
    throw new Error(`${file}: no valid schema:\n${problems.map((one) => `  - ${one}`).join('\n')}`)
  }
  return document
}

function problemsOf(document) {
  if (!isObject(document)) return ['expected one JSON object']
  const problems = []
  const report = (place, text) => problems.push(`${place}: ${text}`)
  const number = dialectOf(document)
  const dialect = { number, ...DIALECTS[number] }
  checkTop(document, dialect, report)
  checkFields(document.fields, 'fields', dialect, report, checkField)
  return problems
}

function dialectOf(document) {
  if ('identity' in document) return 2
  const newer = isText(document.schemaVersion) || document.schemaVersion >= 2
  return newer && !('primaryKey' in document) ? 2 : 1
}

function checkTop(document, dialect, report) {
  onlyKeys(document, dialect.top, '', report)
  const { schemaVersion, entityName, description } = document
  const version = dialect.number === 2 && isText(schemaVersion) && /^[0-9]+\.[0-9]+$/.test(schemaVersion)
  if (!version && !isNumber(schemaVersion)) {
    const also = dialect.number === 2 ? ' or a text such as "2.0"' : ''
    report('schemaVersion', `expected a number${also}, found ${shown(schemaVersion)}`)
  }
  if (!isName(entityName)) {
    report('entityName', `expected a text that is not empty, found ${shown(entityName)}`)
  } else if (dialect.number === 2 && !/^[A-Z][A-Za-z0-9]*$/.test(entityName)) {
    report('entityName', `expected PascalCase, found ${shown(entityName)}`)
  }
  if (!isText(description) && (dialect.number === 1 || description !== undefined)) {
    report('description', `expected a text, found ${shown(description)}`)
  }
  if (dialect.number === 1) checkPrimaryKey(document.primaryKey, report)
  else checkIdentity(document.identity, report)
}

function checkPrimaryKey(key, report) {
  if (!isObject(key)) return report('primaryKey', `expected an object, found ${shown(key)}`)
  onlyKeys(key, ['partitionKey', 'sortKey'], 'primaryKey.', report)
  for (const name of ['partitionKey', 'sortKey']) {
    if (name === 'sortKey' && key[name] === undefined) continue
    if (!isName(key[name])) {
      report(`primaryKey.${name}`, `expected a text that is not empty, found ${shown(key[name])}`)
    }
  }
}

function checkIdentity(identity, report) {
  if (!isObject(identity)) return report('identity', `expected an object, found ${shown(identity)}`)
  onlyKeys(identity, ['fields'], 'identity.', report)
  const names = identity.fields
  if (!Array.isArray(names) || names.length === 0 || !names.every(isName)) {
    report('identity.fields', 'expected a list with the name of at least one field')
  } else if (new Set(names).size < names.length) {
    report('identity.fields', 'a field is named twice')
  }
}

function checkFields(fields, place, dialect, report, check) {
  if (!Array.isArray(fields) || fields.length === 0) {
    return report(place, 'expected a list with at least one field')
  }
  const seen = new Map()
  fields.forEach((field, number) => {
    const here = `${place}[${number}]`
    if (!isObject(field)) return report(here, `expected an object, found ${shown(field)}`)
    if (!isName(field.name)) {
      report(`${here}.name`, `expected a text that is not empty, found ${shown(field.name)}`)
    } else if (seen.has(field.name)) {
      report(`${here}.name`, `${shown(field.name)} is the name of ${seen.get(field.name)} already`)
    } else {
      seen.set(field.name, here)
    }
    check(field, here, dialect, report)
  })
}

function checkField(field, place, dialect, report) {
  onlyKeys(field, dialect.field, `${place}.`, report)
  const types = [...dialect.scalars, ...dialect.collections]
  if (!types.includes(field.type)) {
    return report(`${place}.type`, `no such type: ${shown(field.type)}; expected ${types.join(', ')}`)
  }
  for (const [name, check, expected] of [
    ['required', isBoolean, 'true or false'],
    ['nullable', isBoolean, 'true or false'],
    ['description', isText, 'a text'],
    ['annotations', isObject, 'an object'],
  ]) {
    if (field[name] !== undefined && !check(field[name])) {
      report(`${place}.${name}`, `expected ${expected}, found ${shown(field[name])}`)
    }
  }
  checkNameOverride(field, place, report)
  if (dialect.collections.includes(field.type)) {
    for (const name of ['default', 'enum', 'constraints']) {
      if (field[name] !== undefined) report(`${place}.${name}`, `a ${field.type} has no ${name}`)
    }
  } else {
    checkDefault(field, place, dialect, report)
    checkEnum(field, place, dialect, report)
    checkConstraints(field, place, report)
  }
  checkContent(field, place, dialect, report)
}

/** Nested ones of the first dialect: a name and a scalar type. */
function checkNestedField(field, place, dialect, report) {
  onlyKeys(field, ['name', 'type'], `${place}.`, report)
  if (!dialect.scalars.includes(field.type)) {
    const expected = dialect.scalars.join(', ')
    report(`${place}.type`, `no type of a nested field: ${shown(field.type)}; expected ${expected}`)
  }
}

/** `items` and `fields`, of a field or of a list's items. */
function checkContent(holder, place, dialect, report) {
  for (const [type, name] of [['list', 'items'], ['map', 'fields']]) {
    if (holder.type === type && holder[name] === undefined) {
      report(`${place}.${name}`, `a ${type} needs ${name}`)
    } else if (holder.type !== type && holder[name] !== undefined) {
      report(`${place}.${name}`, `a ${holder.type} has no ${name}`)
    }
  }
  if (holder.type === 'list' && holder.items !== undefined) {
    checkItems(holder.items, `${place}.items`, dialect, report)
  }
  if (holder.type === 'map' && holder.fields !== undefined) {
    const check = dialect.number === 1 ? checkNestedField : checkField
    checkFields(holder.fields, `${place}.fields`, dialect, report, check)
  }
}

function checkItems(items, place, dialect, report) {
  if (!isObject(items)) return report(place, `expected an object, found ${shown(items)}`)
  const types = [...dialect.scalars, 'map', ...(dialect.number === 2 ? ['list'] : [])]
  onlyKeys(items, dialect.number === 2 ? ['type', 'items', 'fields'] : ['type', 'fields'], `${place}.`, report)
  if (!types.includes(items.type)) {
    return report(`${place}.type`, `no type of items: ${shown(items.type)}; expected ${types.join(', ')}`)
  }
  checkContent(items, place, dialect, report)
}

function checkNameOverride({ nameOverride }, place, report) {
  if (nameOverride === undefined) return
  if (!isText(nameOverride) || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(nameOverride)) {
    report(`${place}.nameOverride`, `expected an identifier, found ${shown(nameOverride)}`)
  } else if (RESERVED.has(nameOverride)) {
    const languages = RESERVED.get(nameOverride).join(' and ')
    report(`${place}.nameOverride`, `${shown(nameOverride)} is a reserved word of ${languages}`)
  }
}

function checkDefault(field, place, dialect, report) {
  const value = field.default
  if (value === undefined || (value === null && dialect.number === 2)) return
  const fits = DEFAULTS[baseType(field.type)] ?? ((one) => isText(one) || isNumber(one) || isBoolean(one))
  if (!fits(value)) report(`${place}.default`, `${shown(value)} is no ${field.type}`)
}

function checkEnum(field, place, dialect, report) {
  if (field.enum === undefined) return
  const base = baseType(field.type)
  if (base !== 'string' && !(base === 'number' && dialect.number === 2)) {
    return report(`${place}.enum`, `a ${field.type} has no enum`)
  }
  if (!Array.isArray(field.enum) || field.enum.length === 0) {
    return report(`${place}.enum`, 'expected a list with at least one value')
  }
  field.enum.forEach((value, number) => {
    if (!DEFAULTS[base](value)) report(`${place}.enum[${number}]`, `${shown(value)} is no ${base}`)
  })
}

function checkConstraints(field, place, report) {
  const limits = field.constraints
  const here = `${place}.constraints`
  if (limits === undefined) return
  if (!isObject(limits)) return report(here, `expected an object, found ${shown(limits)}`)
  const known = CONSTRAINTS[baseType(field.type)]
  if (known === undefined) return report(here, `a ${field.type} has no constraints`)
  onlyKeys(limits, Object.keys(known), `${here}.`, report, `a constraint of a ${field.type}`)
  for (const [name, fits] of Object.entries(known)) {
    if (limits[name] !== undefined && !fits(limits[name])) {
      report(`${here}.${name}`, `${shown(limits[name])} cannot be a ${name}`)
    }
  }
  if (limits.minLength > limits.maxLength) report(`${here}.minLength`, 'is more than maxLength')
  if (limits.min > limits.max) report(`${here}.min`, 'is more than max')
  if (isText(limits.pattern) && !compiles(limits.pattern)) {
    report(`${here}.pattern`, `${shown(limits.pattern)} is no regular expression`)
  }
}

function compiles(pattern) {
  return ['', 'u'].some((flags) => {
    try {
      return new RegExp(pattern, flags) !== null
    } catch {
      return false
    }
  })
}

/** All kinds of number are numbers; a timestamp's kinds are not alike. */
function baseType(type) {
  return NUMBERS.includes(type) ? 'number' : type
}

function onlyKeys(object, known, prefix, report, what = 'a known key') {
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) {
      report(`${prefix}${key}`, `is not ${what}; expected ${known.join(', ')}`)
    }
  }
}

function shown(value) {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

module.exports = { problemsOf, readBprint }
