import type { Expression, Literal } from '../syntax/ast.ts'
import type { Checked } from '../types/checked.ts'
import { type CelType, dyn } from '../types/types.ts'
import { adapt } from './adapt.ts'
import { listCost, mapCost, structCost } from './cost.ts'
import { normalKey, rawEntry } from './equality.ts'
import { charge, type Frame, type Step } from './frame.ts'
import { planFold } from './plan-fold.ts'
import { both, either, type OperatorStep, operatorOf } from './plan-operator.ts'
import { type CelValue, EvaluationError, isMap, isOf, MadeList, none, Optional, Struct, TypeValue, UInt } from './values.ts'

type Node<Kind extends Expression['node']> = Extract<Expression, { node: Kind }>

/** Names of variables that an expression brings itself, by their slot. */
export interface Slots {
  readonly names: ReadonlyMap<string, number>
  readonly depth: number
}

const noSlots: Slots = { names: new Map(), depth: 0 }

/** A checked expression as steps. */
export function plan(checked: Checked): Step {
  return new Planner(checked).plan(checked.expression, noSlots)
}

export const withVariables = ({ names, depth }: Slots, added: readonly string[]): Slots => ({
  names: new Map([...names, ...added.map((name, index): [string, number] => [name, depth + index])]),
  depth: depth + added.length,
})

const noOverload = () => new EvaluationError('no such overload')

export class Planner {
  readonly #checked: Checked

  constructor(checked: Checked) {
    this.#checked = checked
  }

  typeOf(expression: Expression): CelType {
    return this.#checked.typeOf(expression)
  }

  plan(expression: Expression, slots: Slots): Step {
    const type = this.#checked.typeNamed(expression)
    if (type !== undefined) return constant(new TypeValue(typeNames.get(type) ?? type))
    switch (expression.node) {
      case 'literal':
        return constant(literalValue(expression.literal))
      case 'ident':
        return this.#ident(expression, slots)
      case 'select':
        return this.#select(expression, slots)
      case 'call':
        return this.#call(expression, slots)
      case 'list':
        return this.#list(expression, slots)
      case 'map':
        return this.#map(expression, slots)
      case 'struct':
        return this.#struct(expression, slots)
      case 'fold':
        return planFold(this, expression, slots)
      case 'bind': {
        const value = this.plan(expression.value, slots)
        const body = this.plan(expression.body, withVariables(slots, [expression.name]))
        return (frame) => {
          frame.slots[slots.depth] = value(frame)
          return body(frame)
        }
      }
      case 'optMap':
        return this.#optMap(expression, slots)
      default:
        return expression satisfies never
    }
  }

  #ident(expression: Node<'ident'>, { names }: Slots): Step {
    const global = expression.name.startsWith('.')
    const name = global ? expression.name.slice(1) : expression.name
    const slot = global ? undefined : names.get(name)
    if (slot !== undefined)
      return (frame) => {
        charge(frame, 1)
        return frame.slots[slot] as CelValue
      }
    return this.#global(name, this.typeOf(expression))
  }

  #global(name: string, type: CelType): Step {
    return (frame) => {
      charge(frame, 1)
      const value = frame.bindings[name]
      if (value === undefined) throw new EvaluationError(`no such attribute(s): ${name}`)
      return adapt(value, type)
    }
  }

  #select(expression: Node<'select'>, slots: Slots): Step {
    const variable = this.#checked.variableNamed(expression)
    if (variable !== undefined) return this.#global(variable, this.typeOf(expression))
    const operand = this.plan(expression.operand, slots)
    const operandType = this.typeOf(expression.operand)
    const inner = operandType.kind === 'optional' ? operandType.value : operandType
    const known = inner.kind === 'object' ? inner.fields().get(expression.field) : undefined
    const name = known?.json ?? expression.field
    const { test, optional } = expression
    const valueType = known?.type ?? (inner.kind === 'map' ? inner.value : dyn)
    return (frame) => {
      charge(frame, 1)
      const value = operand(frame)
      const through = value instanceof Optional
      if (through && value.value === undefined) return test ? false : none
      const raw = fieldOf(through ? (value.value as CelValue) : value, name, test || optional)
      if (test) return raw !== undefined
      if (raw === undefined) {
        if (optional || through) return none
        throw new EvaluationError(`no such key: ${expression.field}`)
      }
      const found = adaptFrom(value, raw, valueType)
      return optional || through ? new Optional(found) : found
    }
  }

  #call(expression: Node<'call'>, slots: Slots): Step {
    const operands = [...(expression.target && !this.#checked.isNamespaced(expression) ? [expression.target] : []), ...expression.args]
    const steps = operands.map((operand) => this.plan(operand, slots))
    if (expression.target === undefined) {
      const [first, second, third] = steps
      if (expression.name === '_&&_' && first && second) return both(first, second)
      if (expression.name === '_||_' && first && second) return either(first, second)
      if (expression.name === '_?_:_' && first && second && third) return conditional(first, second, third)
      const operator: OperatorStep | undefined = operatorOf(
        expression.name,
        operands.map((operand) => this.typeOf(operand)),
        this.typeOf(expression),
      )
      if (operator) return planOperator(operator, steps)
    }
    if (expression.target && (expression.name === 'or' || expression.name === 'orValue') && steps[0] && steps[1])
      return orElse(steps[0], steps[1], expression.name === 'orValue')
    return this.#overloaded(expression, steps)
  }

  #overloaded(expression: Node<'call'>, steps: readonly Step[]): Step {
    const candidates = this.#checked.overloadsOf(expression)
    return (frame) => {
      const args = steps.map((step) => step(frame))
      const overload = candidates.find((candidate) => candidate.args.every((type, index) => isOf(type, args[index] as CelValue)))
      if (!overload) throw noOverload()
      // Charged before the work where only the arguments tell, so that a dear call is not made at all.
      if (!overload.cost) charge(frame, 1)
      else if (overload.cost.length < 2) charge(frame, overload.cost(args, null))
      const result = overload.call(args, frame)
      if (overload.cost && overload.cost.length >= 2) charge(frame, overload.cost(args, result))
      return result
    }
  }

  #list({ elements }: Node<'list'>, slots: Slots): Step {
    const steps = elements.map(({ value, optional }) => ({ step: this.plan(value, slots), optional }))
    return (frame) => {
      charge(frame, listCost)
      const list = new MadeList()
      for (const { step, optional } of steps) {
        const value = step(frame)
        if (!optional) list.push(value)
        else if (!(value instanceof Optional)) throw noOverload()
        else if (value.value !== undefined) list.push(value.value)
      }
      return list
    }
  }

  #map({ entries }: Node<'map'>, slots: Slots): Step {
    const steps = entries.map(({ key, value, optional }) => ({ key: this.plan(key, slots), value: this.plan(value, slots), optional }))
    return (frame) => {
      charge(frame, mapCost)
      const map = new Map<CelValue, CelValue>()
      for (const { key, value, optional } of steps) insert(map, key(frame), value(frame), optional)
      return map
    }
  }

  #struct({ type, fields }: Node<'struct'>, slots: Slots): Step {
    const steps = fields.map(({ name, value, optional }) => ({ name, value: this.plan(value, slots), optional }))
    return (frame) => {
      charge(frame, structCost)
      const map = new Map<string, CelValue>()
      for (const { name, value, optional } of steps) insert(map as Map<CelValue, CelValue>, name, value(frame), optional)
      return new Struct(type, map)
    }
  }

  #optMap({ target, name, body, flat }: Node<'optMap'>, slots: Slots): Step {
    const optional = this.plan(target, slots)
    const step = this.plan(body, withVariables(slots, [name]))
    return (frame) => {
      const value = optional(frame)
      if (!(value instanceof Optional)) throw noOverload()
      if (value.value === undefined) return none
      frame.slots[slots.depth] = value.value
      const result = step(frame)
      return flat ? result : new Optional(result)
    }
  }
}

// What a type is called in an expression, and as a value.
const typeNames: ReadonlyMap<string, string> = new Map([['null', 'null_type']])

function insert(map: Map<CelValue, CelValue>, key: CelValue, value: CelValue, optional: boolean): void {
  if (optional && !(value instanceof Optional)) throw noOverload()
  const given = optional ? (value as Optional).value : value
  if (given === undefined) return
  const normal = normalKey(key)
  if (typeof normal !== 'string' && typeof normal !== 'bigint' && typeof normal !== 'boolean') throw new EvaluationError(`unsupported key type`)
  if (map.has(normal)) throw new EvaluationError(`insert failed: key ${String(normal)} already exists`)
  map.set(normal, given)
}

/** What a value holds under the name; undefined when it does not. `lenient`: presence is asked for, as far as there can be one. */
function fieldOf(value: CelValue, name: string, lenient: boolean): unknown {
  if (typeof value === 'object' && value !== null) {
    if (value instanceof Struct) return value.fields.get(name)
    if (isMap(value)) return rawEntry(value, name)
  }
  if (lenient && value === null) return undefined
  throw noOverload()
}

const adaptFrom = (holder: CelValue, raw: unknown, type: CelType): CelValue =>
  holder instanceof Map || holder instanceof Struct ? (raw as CelValue) : adapt(raw, type)

const constant =
  (value: CelValue): Step =>
  () =>
    value

function conditional(condition: Step, yes: Step, no: Step): Step {
  return (frame) => {
    const value = condition(frame)
    if (value === true) return yes(frame)
    if (value === false) return no(frame)
    throw noOverload()
  }
}

function orElse(first: Step, second: Step, value: boolean): Step {
  return (frame) => {
    const left = first(frame)
    if (!(left instanceof Optional)) throw noOverload()
    charge(frame, 1)
    if (left.value === undefined) return second(frame)
    return value ? left.value : left
  }
}

function planOperator(operator: OperatorStep, [first, second]: readonly Step[]): Step {
  const left = first as Step
  if (!second) return (frame: Frame) => operator(left(frame), null, frame)
  return (frame) => operator(left(frame), second(frame), frame)
}

function literalValue(literal: Literal): CelValue {
  if (literal.kind === 'null') return null
  return literal.kind === 'uint' ? new UInt(literal.value) : literal.value
}
