import type { Expression } from './ast.ts'

/** `a.b.c` as a text; undefined when it is no path of names. */
export function pathOf(expression: Expression): string | undefined {
  if (expression.node === 'ident') return expression.name
  if (expression.node !== 'select' || expression.test || expression.optional) return undefined
  const before = pathOf(expression.operand)
  return before && `${before}.${expression.field}`
}
