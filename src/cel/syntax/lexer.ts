import type { Issue } from './issues.ts'
import { readString } from './string-literal.ts'

/** Kinds of tokens; a `symbol` is an operator, a bracket or `in`. */
export type TokenKind = 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'ident' | 'escaped' | 'symbol' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** As it was written; of an escaped identifier without its backticks. */
  readonly text: string
  readonly at: number
  /** Of strings and bytes. */
  readonly value?: string | Uint8Array
}

/** The text that cannot be read, and what of it. */
export class LexicalError extends Error {
  readonly issue: Issue
  constructor(at: number, message: string) {
    super(message)
    this.issue = { at, message }
  }
}

const number = /(?:0x[0-9a-fA-F]+u?|\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?|\d+[uU]?)/y
const identifier = /[_a-zA-Z][_a-zA-Z0-9]*/y
const escapedIdentifier = /`[a-zA-Z0-9_.\-/ ]+`/y
const blank = /(?:[\t\n\f\r ]+|\/\/[^\n]*)+/y
const symbol = /(?:==|!=|<=|>=|&&|\|\||[-+*/%!?:.,(){}[\]<>])/y
const stringStart = /(?:[bB][rR]?|[rR][bB]?)?(?:"""|'''|"|')/y

/** The tokens of an expression, with an `end` as the last. Throws `LexicalError`. */
export function tokens(source: string): Token[] {
  const found: Token[] = []
  // Offsets are told in code points; only text beyond the BMP makes them differ from string indices.
  const wide = /[\u{10000}-\u{10ffff}]/u.test(source)
  const place = (index: number) => (wide ? [...source.slice(0, index)].length : index)
  let index = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = index
    return pattern.exec(source)?.[0]
  }
  while (index < source.length) {
    const space = match(blank)
    if (space) {
      index += space.length
      continue
    }
    const at = place(index)
    const opening = match(stringStart)
    if (opening) {
      const read = readString(source, index, opening)
      if (!read) throw new LexicalError(at, `Syntax error: token recognition error at: '${source.slice(index).split('\n')[0]}'`)
      if ('fault' in read) throw new LexicalError(at, read.fault)
      found.push({ kind: typeof read.value === 'string' ? 'string' : 'bytes', text: source.slice(index, read.end), at, value: read.value })
      index = read.end
      continue
    }
    const token = tokenAt(match, at)
    if (!token) throw new LexicalError(at, `Syntax error: token recognition error at: '${String.fromCodePoint(source.codePointAt(index) ?? 0)}'`)
    found.push(token)
    index += token.kind === 'escaped' ? token.text.length + 2 : token.text.length
  }
  found.push({ kind: 'end', text: '<EOF>', at: place(source.length) })
  return found
}

function tokenAt(match: (pattern: RegExp) => string | undefined, at: number): Token | undefined {
  const digits = match(number)
  if (digits) {
    if (/[uU]$/.test(digits)) return { kind: 'uint', text: digits, at }
    return { kind: !digits.startsWith('0x') && /[.eE]/.test(digits) ? 'double' : 'int', text: digits, at }
  }
  const name = match(identifier)
  if (name) return { kind: name === 'in' ? 'symbol' : 'ident', text: name, at }
  const escaped = match(escapedIdentifier)
  if (escaped) return { kind: 'escaped', text: escaped.slice(1, -1), at }
  const sign = match(symbol)
  return sign ? { kind: 'symbol', text: sign, at } : undefined
}
