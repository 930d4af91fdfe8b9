import type { CelType } from '../types/types.ts'
import { adapt } from './adapt.ts'
import { add, divide, multiply, negate, remainder, subtract } from './arithmetic.ts'
import { readsBoth, readsSmaller, sizeOf } from './cost.ts'
import { compare, elementAt, equal, numeric, rawEntry } from './equality.ts'
import { charge, type Frame, type Step } from './frame.ts'
import { joinLists, sameLists } from './list-semantics.ts'
import { type CelValue, EvaluationError, isMap, MadeList, none, Optional } from './values.ts'

/** An operator of one or two operands. */
export type OperatorStep = (left: CelValue, right: CelValue, frame: Frame) => CelValue

const noOverload = () => new EvaluationError('no such overload')

/** The step of an operator, `_+_`; undefined when the name is none. `types` are those of the operands. */
export function operatorOf(name: string, types: readonly CelType[], result: CelType): OperatorStep | undefined {
  switch (name) {
    case '_==_':
    case '_!=_':
      return equality(name === '_==_', types)
    case '_<_':
      return comparison((order) => order < 0)
    case '_<=_':
      return comparison((order) => order <= 0)
    case '_>_':
      return comparison((order) => order > 0)
    case '_>=_':
      return comparison((order) => order >= 0)
    case '_+_':
      return addition(types)
    case '_-_':
      return plain(subtract)
    case '_*_':
      return plain(multiply)
    case '_/_':
      return plain(divide)
    case '_%_':
      return plain(remainder)
    case '-_':
      return plain((value) => negate(value))
    case '!_':
      return plain((value) => {
        if (typeof value !== 'boolean') throw noOverload()
        return !value
      })
    case '@in':
      return member
    case '_[_]':
      return plain((holder, key) => index(holder, key, result))
    case '_[?_]':
      return plain((holder, key) => optionalIndex(holder, key, result))
    default:
      return undefined
  }
}

const plain =
  (operator: (left: CelValue, right: CelValue) => CelValue): OperatorStep =>
  (left, right, frame) => {
    charge(frame, 1)
    return operator(left, right)
  }

function equality(wanted: boolean, [left]: readonly CelType[]): OperatorStep {
  const semantics = left?.kind === 'list' ? left.semantics : undefined
  const same = semantics ? (a: CelValue, b: CelValue) => sameLists(a, b, semantics) : equal
  return (a, b, frame) => {
    charge(frame, readsSmaller([a, b]))
    return same(a, b) === wanted
  }
}

function comparison(test: (order: number) => boolean): OperatorStep {
  return (left, right, frame) => {
    charge(frame, typeof left === 'string' ? readsSmaller([left, right]) : 1)
    const order = compare(left, right)
    if (order !== undefined) return test(order)
    // Numbers that are none (NaN) are comparable, and not in order.
    if (numeric(left) !== undefined && numeric(right) !== undefined) return false
    throw noOverload()
  }
}

function addition([left]: readonly CelType[]): OperatorStep {
  const semantics = left?.kind === 'list' ? left.semantics : undefined
  return (a, b, frame) => {
    charge(frame, typeof a === 'string' || a instanceof Uint8Array ? readsBoth([a, b]) : 1)
    if (!Array.isArray(a) || !Array.isArray(b)) return add(a, b)
    if (semantics) return joinLists(a, b, semantics)
    const joined = new MadeList()
    for (const list of [a, b]) for (let index = 0; index < list.length; index += 1) joined.push(elementAt(list, index))
    return joined
  }
}

const member: OperatorStep = (value, holder, frame) => {
  if (Array.isArray(holder)) {
    charge(frame, Math.max(1, sizeOf(holder)))
    return holder.some((_, index) => equal(value, elementAt(holder, index)))
  }
  charge(frame, 1)
  if (!isMap(holder)) throw noOverload()
  return rawEntry(holder, value) !== undefined
}

function place(list: readonly unknown[], key: CelValue): number | undefined {
  const number = numeric(key)
  if (number === undefined || (typeof number === 'number' && !Number.isInteger(number))) throw noOverload()
  return number >= 0 && number < list.length ? Number(number) : undefined
}

function found(holder: CelValue, key: CelValue, type: CelType): CelValue | undefined {
  if (Array.isArray(holder)) {
    const at = place(holder, key)
    if (at === undefined) return undefined
    return holder instanceof MadeList ? (holder[at] as CelValue) : adapt(holder[at], type)
  }
  if (holder === null || !isMap(holder)) throw noOverload()
  const raw = rawEntry(holder, key)
  return raw === undefined || holder instanceof Map ? (raw as CelValue | undefined) : adapt(raw, type)
}

function index(holder: CelValue, key: CelValue, type: CelType): CelValue {
  if (holder instanceof Optional) return optionalIndex(holder, key, type)
  const value = found(holder, key, type)
  if (value !== undefined) return value
  throw new EvaluationError(Array.isArray(holder) ? `index out of bounds: ${String(numeric(key))}` : `no such key: ${String(numeric(key) ?? key)}`)
}

function optionalIndex(given: CelValue, key: CelValue, type: CelType): CelValue {
  const holder = given instanceof Optional ? given.value : given
  if (holder === undefined) return none
  const value = found(holder, key, type.kind === 'optional' ? type.value : type)
  return value === undefined ? none : new Optional(value)
}

/** `&&`: an error on one side does not matter when the other is false. */
export const both = (first: Step, second: Step): Step => logical(first, second, false)
/** `||`: an error on one side does not matter when the other is true. */
export const either = (first: Step, second: Step): Step => logical(first, second, true)

function logical(first: Step, second: Step, decisive: boolean): Step {
  return (frame) => {
    let failure: EvaluationError | undefined
    try {
      const left = first(frame)
      if (left === decisive) return decisive
      if (typeof left !== 'boolean') failure = noOverload()
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error
      failure = error
    }
    const right = second(frame)
    if (right === decisive) return decisive
    if (failure) throw failure
    if (typeof right !== 'boolean') throw noOverload()
    return right
  }
}
