import type { Overload } from '../library/definition.ts'
import type { Expression } from '../syntax/ast.ts'
import type { CelType } from './types.ts'

/** What checking found of an expression. */
export interface Checked {
  readonly expression: Expression
  readonly result: CelType
  typeOf(expression: Expression): CelType
  /** The overloads that a call may come to, one unless something is dynamic. */
  overloadsOf(expression: Expression): readonly Overload[]
  /** What a name or a path is, if it is a type or a function's namespace rather than a value. */
  typeNamed(expression: Expression): string | undefined
  /** The variable that a path is the name of: `authorizer.requestResource`. */
  variableNamed(expression: Expression): string | undefined
  /** Whether the target of a call is only the namespace of its function. */
  isNamespaced(expression: Expression): boolean
}
