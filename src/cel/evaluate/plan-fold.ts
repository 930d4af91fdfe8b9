import type { Expression } from '../syntax/ast.ts'
import { type CelType, dyn } from '../types/types.ts'
import { adapt } from './adapt.ts'
import { listCost, mapCost } from './cost.ts'
import { keysOf, normalKey, rawEntry } from './equality.ts'
import { charge, type Frame, type Step } from './frame.ts'
import type { Planner, Slots } from './plan.ts'
import { type CelValue, EvaluationError, isMap, MadeList } from './values.ts'

type Fold = Extract<Expression, { node: 'fold' }>

/** What the operators cost that a macro stands for, in each turn: the condition of the loop, and putting in an element. */
const turnCost: Readonly<Record<Fold['kind'], number>> = {
  all: 3,
  exists: 4,
  exists_one: 1,
  map: 2,
  filter: 1,
  transformList: 2,
  transformMap: 2,
  transformMapEntry: 2,
}

/** A comprehension as a step. */
export function planFold(planner: Planner, fold: Fold, slots: Slots): Step {
  const range = planner.plan(fold.range, slots)
  const inner: Slots = {
    names: new Map([...slots.names, [fold.first, slots.depth] as const, ...(fold.second === undefined ? [] : [[fold.second, slots.depth + 1] as const])]),
    depth: slots.depth + 2,
  }
  const step = planner.plan(fold.step, inner)
  const filter = fold.filter && planner.plan(fold.filter, inner)
  const type = planner.typeOf(fold.range)
  const turns = (frame: Frame) => turnsOf(range(frame), type, fold, frame, slots.depth)
  const cost = turnCost[fold.kind]
  const each = function* (frame: Frame): Generator<CelValue> {
    for (const element of turns(frame)) {
      charge(frame, cost)
      if (filter && !truth(filter(frame))) continue
      yield element
    }
  }
  switch (fold.kind) {
    case 'all':
      return (frame) => quantify(each(frame), step, frame, false)
    case 'exists':
      return (frame) => quantify(each(frame), step, frame, true)
    case 'exists_one':
      return (frame) => {
        let count = 0
        for (const _ of each(frame)) if (truth(step(frame))) count += 1
        return count === 1
      }
    case 'filter':
      return (frame) => {
        charge(frame, listCost)
        const kept = new MadeList()
        for (const element of each(frame)) {
          if (!truth(step(frame))) continue
          charge(frame, listCost + 2)
          kept.push(element)
        }
        return kept
      }
    case 'map':
    case 'transformList':
      return (frame) => {
        charge(frame, listCost)
        const made = new MadeList()
        for (const _ of each(frame)) {
          charge(frame, listCost)
          made.push(step(frame))
        }
        return made
      }
    case 'transformMap':
      return (frame) => {
        charge(frame, mapCost)
        const made = new Map<CelValue, CelValue>()
        for (const _ of each(frame)) made.set(normalKey(frame.slots[slots.depth] as CelValue), step(frame))
        return made
      }
    case 'transformMapEntry':
      return (frame) => {
        charge(frame, mapCost)
        const made = new Map<CelValue, CelValue>()
        for (const _ of each(frame)) merge(made, step(frame))
        return made
      }
    default:
      return fold.kind satisfies never
  }
}

function truth(value: CelValue): boolean {
  if (typeof value !== 'boolean') throw new EvaluationError('no such overload')
  return value
}

/** `all` and `exists`: an error counts only when no element decides. */
function quantify(elements: Iterable<CelValue>, step: Step, frame: Frame, decisive: boolean): boolean {
  let failure: EvaluationError | undefined
  for (const _ of elements) {
    try {
      if (truth(step(frame)) === decisive) return decisive
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error
      failure ??= error
    }
  }
  if (failure) throw failure
  return !decisive
}

function merge(made: Map<CelValue, CelValue>, entries: CelValue): void {
  if (!isMap(entries)) throw new EvaluationError('no such overload')
  for (const key of keysOf(entries)) {
    if (made.has(normalKey(key))) throw new EvaluationError(`insert failed: key ${String(key)} already exists`)
    made.set(normalKey(key), entries instanceof Map ? entries.get(key) : adapt(rawEntry(entries, key), dyn))
  }
}

/** Puts each turn's variables in their slots, and gives what `filter` keeps. */
function* turnsOf(range: CelValue, type: CelType, { second }: Fold, frame: Frame, slot: number): Generator<CelValue> {
  if (Array.isArray(range)) {
    const elementType = type.kind === 'list' ? type.element : dyn
    const made = range instanceof MadeList
    // A generator in a fold may be left early; the length is read anew as nothing changes a list.
    for (let index = 0; index < range.length; index += 1) {
      const element = made ? (range[index] as CelValue) : adapt(range[index], elementType)
      if (second === undefined) frame.slots[slot] = element
      else {
        frame.slots[slot] = BigInt(index)
        frame.slots[slot + 1] = element
      }
      yield element
    }
    return
  }
  if (!isMap(range)) throw new EvaluationError('no such overload')
  const valueType = type.kind === 'map' ? type.value : dyn
  for (const key of keysOf(range)) {
    frame.slots[slot] = key
    if (second !== undefined) frame.slots[slot + 1] = range instanceof Map ? range.get(key) : adapt(rawEntry(range, key), valueType)
    yield key
  }
}
