import type { Expression, Offset } from './ast.ts'
import { CompileError } from './issues.ts'
import { LexicalError, type Token, tokens } from './lexer.ts'
import { macroOf } from './macros.ts'
import { numberOf } from './number-literal.ts'
import { Refused, refuse } from './refuse.ts'

// cel-go: defaultMaxRecursionDepth and defaultErrorReportingLimit of its parser; expressions are also bounded in size (apiserver: 5 KiB to 16 KiB of request limits).
const maxDepth = 250
const maxLength = 100_000

const operandWords = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
const afterWords = "{<EOF>, '==', '!=', 'in', '<', '<=', '>=', '>', '&&', '||', '[', '.', '-', '?', '+', '*', '/', '%%'}".replace('%%', '%')
const reserved = new Set('as break const continue else for function if import let loop package namespace return var void while'.split(' '))

/** Reads an expression of the Common Expression Language; throws `CompileError`. */
export function parse(source: string): Expression {
  if (source.length > maxLength)
    throw new CompileError('', [{ at: 0, message: `expression code point size exceeds limit: size: ${source.length}, limit ${maxLength}` }])
  try {
    return new Parser(tokens(source)).whole()
  } catch (error) {
    if (error instanceof LexicalError) throw new CompileError(source, [error.issue])
    throw error instanceof Refused ? new CompileError(source, [error.issue]) : error
  }
}

const relations = new Set(['==', '!=', '<', '<=', '>', '>=', 'in'])

class Parser {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(all: readonly Token[]) {
    this.#tokens = all
  }

  whole(): Expression {
    const expression = this.#expression()
    const rest = this.#peek()
    if (rest.kind !== 'end') this.#unexpected(rest, /^[)\]}:,]$/.test(rest.text) ? '<EOF>' : afterWords, /^[)\]}:,]$/.test(rest.text))
    return expression
  }

  #peek(): Token {
    return this.#tokens[this.#next] as Token
  }

  #take(): Token {
    const token = this.#peek()
    if (token.kind !== 'end') this.#next += 1
    return token
  }

  #has(text: string): boolean {
    const { kind, text: found } = this.#peek()
    return kind === 'symbol' && found === text
  }

  #takeIf(text: string): Token | undefined {
    return this.#has(text) ? this.#take() : undefined
  }

  #expect(text: string): Token {
    return this.#takeIf(text) ?? this.#unexpected(this.#peek(), `'${text}'`)
  }

  #unexpected({ at, text }: Token, expecting: string, extraneous = false): never {
    return refuse(at, `Syntax error: ${extraneous ? 'extraneous' : 'mismatched'} input '${text}' expecting ${expecting}`)
  }

  #expression(): Expression {
    this.#depth += 1
    if (this.#depth > maxDepth) refuse(this.#peek().at, `expression recursion limit exceeded: ${maxDepth}`)
    const condition = this.#either()
    const question = this.#takeIf('?')
    if (!question) {
      this.#depth -= 1
      return condition
    }
    const yes = this.#either()
    this.#expect(':')
    const no = this.#expression()
    this.#depth -= 1
    return { node: 'call', at: question.at, name: '_?_:_', args: [condition, yes, no] }
  }

  #either(): Expression {
    return this.#chain('||', () => this.#chain('&&', () => this.#relation()))
  }

  /** `a && b && c`: as a balanced tree, so that long ones are not deep. */
  #chain(sign: string, operand: () => Expression): Expression {
    const operands = [operand()]
    const places: Offset[] = []
    for (let token = this.#takeIf(sign); token; token = this.#takeIf(sign)) {
      places.push(token.at)
      operands.push(operand())
    }
    const balanced = (from: number, to: number): Expression => {
      if (from === to) return operands[from] as Expression
      const middle = (from + to) >> 1
      return { node: 'call', at: places[middle] as Offset, name: `_${sign}_`, args: [balanced(from, middle), balanced(middle + 1, to)] }
    }
    return balanced(0, operands.length - 1)
  }

  #relation(): Expression {
    let left = this.#sum()
    for (let token = this.#peek(); token.kind === 'symbol' && relations.has(token.text); token = this.#peek()) {
      this.#take()
      left = { node: 'call', at: token.at, name: token.text === 'in' ? '@in' : `_${token.text}_`, args: [left, this.#sum()] }
    }
    return left
  }

  #sum(): Expression {
    return this.#binary(['+', '-'], () => this.#binary(['*', '/', '%'], () => this.#unary()))
  }

  #binary(signs: readonly string[], operand: () => Expression): Expression {
    let left = operand()
    for (let token = this.#peek(); token.kind === 'symbol' && signs.includes(token.text); token = this.#peek()) {
      this.#take()
      left = { node: 'call', at: token.at, name: `_${token.text}_`, args: [left, operand()] }
    }
    return left
  }

  #unary(): Expression {
    const { kind, text, at } = this.#peek()
    if (kind !== 'symbol' || (text !== '!' && text !== '-')) return this.#member()
    let count = 0
    while (this.#takeIf(text)) count += 1
    const next = this.#peek()
    // A minus before a number is part of it, so that the smallest int can be written.
    if (text === '-' && count % 2 === 1 && (next.kind === 'int' || next.kind === 'double')) {
      this.#take()
      return this.#suffixes({ node: 'literal', at, literal: numberOf({ ...next, at, text: `-${next.text}` }) })
    }
    const operand = this.#member()
    return count % 2 === 0 ? operand : { node: 'call', at, name: text === '!' ? '!_' : '-_', args: [operand] }
  }

  #member(): Expression {
    return this.#suffixes(this.#primary())
  }

  #suffixes(start: Expression): Expression {
    let left = start
    for (;;) {
      const dot = this.#takeIf('.')
      if (dot) {
        left = this.#afterDot(left, dot)
        continue
      }
      const bracket = this.#takeIf('[')
      if (!bracket) return left
      const optional = this.#takeIf('?') !== undefined
      const index = this.#expression()
      this.#expect(']')
      left = { node: 'call', at: bracket.at, name: optional ? '_[?_]' : '_[_]', args: [left, index] }
    }
  }

  #afterDot(operand: Expression, dot: Token): Expression {
    const optional = this.#takeIf('?') !== undefined
    const name = this.#take()
    if (name.kind === 'escaped') return { node: 'select', at: dot.at, operand, field: name.text, test: false, optional }
    if (name.kind !== 'ident') return this.#unexpected(name, 'IDENTIFIER')
    const open = optional ? undefined : this.#takeIf('(')
    if (!open) return { node: 'select', at: dot.at, operand, field: name.text, test: false, optional }
    const args = this.#arguments(')')
    return macroOf(open.at, name.text, operand, args, refuse) ?? { node: 'call', at: open.at, name: name.text, target: operand, args }
  }

  #arguments(end: string): Expression[] {
    const args: Expression[] = []
    while (!this.#takeIf(end)) {
      if (args.length > 0) {
        this.#expect(',')
        if (end !== ')' && this.#takeIf(end)) break
      }
      args.push(this.#expression())
    }
    return args
  }

  #primary(): Expression {
    const token = this.#take()
    const { at, text } = token
    switch (token.kind) {
      case 'int':
      case 'uint':
      case 'double':
        return { node: 'literal', at, literal: numberOf(token) }
      case 'string':
        return { node: 'literal', at, literal: { kind: 'string', value: token.value as string } }
      case 'bytes':
        return { node: 'literal', at, literal: { kind: 'bytes', value: token.value as Uint8Array } }
      case 'ident':
        return this.#named(token, '')
      case 'symbol':
        return this.#bracketed(token)
      case 'escaped':
      case 'end':
        return this.#unexpected({ ...token, text }, operandWords)
      default:
        return token.kind satisfies never
    }
  }

  #bracketed(token: Token): Expression {
    switch (token.text) {
      case '(': {
        const inner = this.#expression()
        this.#expect(')')
        return inner
      }
      case '[':
        return this.#list(token.at)
      case '{':
        return this.#map(token.at)
      case '.': {
        const name = this.#take()
        return name.kind === 'ident' ? this.#named(name, '.') : this.#unexpected(name, 'IDENTIFIER')
      }
      default:
        return this.#unexpected(token, operandWords, token.kind === 'symbol')
    }
  }

  #named({ text, at }: Token, prefix: '' | '.'): Expression {
    if (!prefix) {
      if (text === 'true' || text === 'false') return { node: 'literal', at, literal: { kind: 'bool', value: text === 'true' } }
      if (text === 'null') return { node: 'literal', at, literal: { kind: 'null' } }
    }
    if (reserved.has(text)) refuse(at, `reserved identifier: ${text}`)
    const open = this.#takeIf('(')
    if (open) {
      const args = this.#arguments(')')
      return macroOf(open.at, text, undefined, args, refuse) ?? { node: 'call', at: open.at, name: text, args }
    }
    const type = this.#typeName(prefix + text)
    if (type) return this.#struct(type, at)
    return { node: 'ident', at, name: prefix + text }
  }

  /** `A.b{`: the name of a type before its fields; undefined when no brace follows. */
  #typeName(first: string): string | undefined {
    let index = this.#next
    const parts = [first]
    const is = (offset: number, text: string) => this.#tokens[index + offset]?.kind === 'symbol' && this.#tokens[index + offset]?.text === text
    while (is(0, '.') && this.#tokens[index + 1]?.kind === 'ident') {
      parts.push((this.#tokens[index + 1] as Token).text)
      index += 2
    }
    if (!is(0, '{')) return undefined
    this.#next = index + 1
    return parts.join('.')
  }

  #list(at: Offset): Expression {
    const elements: { value: Expression; optional: boolean }[] = []
    while (!this.#takeIf(']')) {
      if (elements.length > 0) {
        this.#expect(',')
        if (this.#takeIf(']')) break
      }
      const optional = this.#takeIf('?') !== undefined
      elements.push({ optional, value: this.#expression() })
    }
    return { node: 'list', at, elements }
  }

  #map(at: Offset): Expression {
    const entries: { key: Expression; value: Expression; optional: boolean; at: Offset }[] = []
    while (!this.#takeIf('}')) {
      if (entries.length > 0) {
        this.#expect(',')
        if (this.#takeIf('}')) break
      }
      const optional = this.#takeIf('?') !== undefined
      const key = this.#expression()
      const colon = this.#expect(':')
      entries.push({ optional, key, value: this.#expression(), at: colon.at })
    }
    return { node: 'map', at, entries }
  }

  #struct(type: string, at: Offset): Expression {
    const fields: { name: string; value: Expression; optional: boolean; at: Offset }[] = []
    while (!this.#takeIf('}')) {
      if (fields.length > 0) {
        this.#expect(',')
        if (this.#takeIf('}')) break
      }
      const optional = this.#takeIf('?') !== undefined
      const name = this.#take()
      if (name.kind !== 'ident' && name.kind !== 'escaped') this.#unexpected(name, "{'}', ',', IDENTIFIER}")
      const colon = this.#expect(':')
      fields.push({ optional, name: name.text, value: this.#expression(), at: colon.at })
    }
    return { node: 'struct', at, type, fields }
  }
}
