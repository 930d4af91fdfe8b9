import type { Literal } from '../syntax/ast.ts'
import { bool, bytes, type CelType, double, int, nullType, string, uint } from './types.ts'

/** The type of a constant. */
export function literalType(literal: Literal): CelType {
  switch (literal.kind) {
    case 'int':
      return int
    case 'uint':
      return uint
    case 'double':
      return double
    case 'string':
      return string
    case 'bytes':
      return bytes
    case 'bool':
      return bool
    case 'null':
      return nullType
    default:
      return literal satisfies never
  }
}
