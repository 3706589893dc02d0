'use strict'

const WORDS = {
  Java:
    'abstract assert boolean break byte case catch char class const continue default do double else ' +
    'enum extends final finally float for goto if implements import instanceof int interface long ' +
    'native new package private protected public return short static strictfp super switch ' +
    'synchronized this throw throws transient try void volatile while _ true false null',
  Python:
    'False None True and as assert async await break class continue def del elif else except finally ' +
    'for from global if import in is lambda nonlocal not or pass raise return try while with yield',
  Go:
    'break case chan const continue default defer else fallthrough for func go goto if import ' +
    'interface map package range return select struct switch type var',
}

/** Every word, with the languages that reserve it. */
const RESERVED = new Map()
for (const [language, words] of Object.entries(WORDS)) {
  for (const word of words.split(' ')) {
    RESERVED.set(word, [...(RESERVED.get(word) ?? []), language])
  }
}

module.exports = { RESERVED }
