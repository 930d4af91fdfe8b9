import type { Expression } from '../syntax/ast.ts'
import type { Checker } from './checker.ts'
import { bool, type CelType, dyn, int, listOf, mapOf, resolved, typeText } from './types.ts'
import { assignable } from './unify.ts'

type Fold = Extract<Expression, { node: 'fold' }>

/** The type of a comprehension. */
export function checkFold(checker: Checker, fold: Fold): CelType {
  const range = resolved(checker.check(fold.range))
  const variables = variablesOf(range, fold)
  if (!variables)
    return checker.report(fold.range.at, `expression of type '${typeText(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`)
  return checker.within(variables, () => resultOf(checker, fold, range))
}

function variablesOf(range: CelType, { first, second }: Fold): Readonly<Record<string, CelType>> | undefined {
  switch (range.kind) {
    case 'list':
      return second === undefined ? { [first]: range.element } : { [first]: int, [second]: range.element }
    case 'map':
      return second === undefined ? { [first]: range.key } : { [first]: range.key, [second]: range.value }
    case 'dyn':
    case 'any':
    case 'error':
    case 'variable':
      return second === undefined ? { [first]: dyn } : { [first]: dyn, [second]: dyn }
    default:
      return undefined
  }
}

function resultOf(checker: Checker, fold: Fold, range: CelType): CelType {
  const filter = fold.filter && checker.check(fold.filter)
  const step = checker.check(fold.step)
  const isBool = (type: CelType) => assignable(bool, type, checker.trail)
  // The words are those of the operators that the macros stand for.
  const conditional = (condition: CelType, value: CelType) => checker.noOverload(fold.at, '_?_:_', [condition, value, value])
  const keyType = range.kind === 'map' ? range.key : range.kind === 'list' ? int : dyn
  const elementType = range.kind === 'list' ? range.element : range.kind === 'map' ? range.key : dyn
  if (filter && !isBool(filter)) return conditional(filter, listOf(step))
  switch (fold.kind) {
    case 'all':
      return isBool(step) ? bool : checker.noOverload(fold.at, '_&&_', [bool, step])
    case 'exists':
      return isBool(step) ? bool : checker.noOverload(fold.at, '_||_', [bool, step])
    case 'exists_one':
      return isBool(step) ? bool : conditional(step, int)
    case 'filter':
      return isBool(step) ? listOf(elementType) : conditional(step, listOf(elementType))
    case 'map':
    case 'transformList':
      return listOf(step)
    case 'transformMap':
      return mapOf(keyType, step)
    case 'transformMapEntry': {
      const entry = resolved(step)
      if (entry.kind === 'map') return mapOf(entry.key, entry.value)
      return entry.kind === 'dyn' || entry.kind === 'error' ? mapOf(dyn, dyn) : checker.noOverload(fold.at, 'cel.@mapInsert', [mapOf(dyn, dyn), step])
    }
    default:
      return fold.kind satisfies never
  }
}
