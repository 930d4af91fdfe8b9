import { add } from '../evaluate/arithmetic.ts'
import { goesThrough } from '../evaluate/cost.ts'
import { compare, elementAt, equal, normalKey } from '../evaluate/equality.ts'
import { type CelValue, Duration, EvaluationError, MadeList, UInt } from '../evaluate/values.ts'
import { type Library, type Overload, overloads } from './definition.ts'

const values = (list: readonly unknown[]): CelValue[] => Array.from(list, (_, index) => elementAt(list, index))

function order(a: CelValue, b: CelValue): number {
  const result = compare(a, b)
  if (result === undefined) throw new EvaluationError('no such overload')
  return result
}

function extreme(list: readonly unknown[], sign: 1 | -1, name: string): CelValue {
  const [first, ...rest] = values(list)
  if (first === undefined) throw new EvaluationError(`${name} called on empty list`)
  return rest.reduce((best, value) => (order(value, best) * sign > 0 ? value : best), first)
}

const isSorted = (list: readonly unknown[]) => values(list).every((value, index, all) => index === 0 || order(all[index - 1] as CelValue, value) <= 0)

const zeros: Readonly<Record<string, CelValue>> = { int: 0n, uint: new UInt(0n), double: 0, duration: new Duration(0n) }

// What the sum of an empty list is depends on the type it is of.
const sums: Overload[] = Object.entries(zeros).flatMap(([type, zero]) =>
  overloads({ [`list<${type}>.sum(): ${type}`]: (list: readonly unknown[]) => values(list).reduce((sum, value) => add(sum, value), zero) }, (args) =>
    goesThrough(args),
  ),
)

function flatten(list: readonly unknown[], depth = 1n): MadeList {
  if (depth < 0n) throw new EvaluationError('level must be non-negative')
  const flat = new MadeList()
  for (const value of values(list)) {
    if (Array.isArray(value) && depth > 0n) for (const inner of flatten(value, depth - 1n)) flat.push(inner)
    else flat.push(value)
  }
  return flat
}

function distinct(list: readonly unknown[]): MadeList {
  const seen = new Set<unknown>()
  const kept = new MadeList()
  for (const value of values(list)) {
    const key = normalKey(value)
    const simple = typeof key !== 'object' || key === null
    if (simple ? seen.has(key) : kept.some((other) => equal(other, value))) continue
    if (simple) seen.add(key)
    kept.push(value)
  }
  return kept
}

function slice(list: readonly unknown[], from: bigint, to: bigint): MadeList {
  if (from < 0n || to < 0n) throw new EvaluationError(`cannot slice(${from}, ${to}), negative indexes not supported`)
  if (from > to) throw new EvaluationError(`cannot slice(${from}, ${to}), start index must be less than or equal to end index`)
  if (to > list.length) throw new EvaluationError(`cannot slice(${from}, ${to}), list is length ${list.length}`)
  return MadeList.from(values(list).slice(Number(from), Number(to))) as MadeList
}

const made = (list: CelValue[]): MadeList => MadeList.from(list) as MadeList

/** Kubernetes' list functions (isSorted, sum, min, max, indexOf, lastIndexOf) and cel-go's. */
export const lists: Library = {
  overloads: [
    ...sums,
    ...overloads(
      {
        'list<A>.isSorted(): bool': isSorted,
        'list<A>.min(): A': (list: readonly unknown[]) => extreme(list, -1, 'min'),
        'list<A>.max(): A': (list: readonly unknown[]) => extreme(list, 1, 'max'),
        'list<A>.indexOf(A): int': (list: readonly unknown[], value: CelValue) => BigInt(values(list).findIndex((other) => equal(other, value))),
        'list<A>.lastIndexOf(A): int': (list: readonly unknown[], value: CelValue) => BigInt(values(list).findLastIndex((other) => equal(other, value))),
        'list<A>.slice(int, int): list<A>': slice,
        'list<A>.flatten(): list<dyn>': flatten,
        'list<A>.flatten(int): list<dyn>': flatten,
        'list<A>.sort(): list<A>': (list: readonly unknown[]) => made(values(list).sort(order)),
        'list<A>.distinct(): list<A>': distinct,
        'list<A>.reverse(): list<A>': (list: readonly unknown[]) => made(values(list).reverse()),
      },
      (args) => Math.max(1, goesThrough(args)),
    ),
  ],
}
