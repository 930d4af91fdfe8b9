import type { Literal } from './ast.ts'
import type { Token } from './lexer.ts'
import { refuse } from './refuse.ts'

/** The number of a token; one beyond its type's range is refused. */
export function numberOf({ kind, text, at }: Token): Literal {
  if (kind === 'double') {
    const value = Number(text)
    return Number.isFinite(value) ? { kind: 'double', value } : refuse(at, 'invalid double literal')
  }
  const digits = text.replace(/[uU]$/, '')
  const value = digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits)
  if (kind === 'uint') return BigInt.asUintN(64, value) === value ? { kind: 'uint', value } : refuse(at, 'invalid uint literal')
  return BigInt.asIntN(64, value) === value ? { kind: 'int', value } : refuse(at, 'invalid int literal')
}
