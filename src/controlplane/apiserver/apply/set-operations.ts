import { type FieldSet, leaf } from './field-set.ts'

// All of them walk two sets side by side, so that each takes time in proportion to the smaller or the sum.

/** The names below a node; `.` is the node itself. */
export const namesOf = (fields: FieldSet): string[] => Object.keys(fields).filter((key) => key !== '.')

const leaves = new WeakMap<FieldSet, boolean>()

/** Whether nothing is below a node. Remembered: one set is compared with those of many managers. A set does not change once it is made. */
export function isLeaf(fields: FieldSet): boolean {
  if (fields === leaf) return true
  const known = leaves.get(fields)
  if (known !== undefined) return known
  const isOne = namesOf(fields).length === 0
  leaves.set(fields, isOne)
  return isOne
}

/** Paths of the leaves of `fields` that are in `other` too. */
export function* sharedLeaves(fields: FieldSet, other: FieldSet, path: readonly string[] = []): Generator<readonly string[]> {
  // Of `other` there may be many, each small.
  for (const key of namesOf(other)) {
    const [inner, there] = [fields[key], other[key]]
    if (!inner || !there) continue
    if (isLeaf(inner)) yield [...path, key]
    else yield* sharedLeaves(inner, there, [...path, key])
  }
}

/** `fields` without the leaves of `gone` and all below them; parents that are left empty go too. The same set where nothing of it goes. */
export function without(fields: FieldSet, gone: FieldSet): FieldSet {
  return touches(fields, gone) ? whatIsLeft(fields, gone) : fields
}

/** Takes time in proportion to `fields`: there may be many such, each small. */
function touches(fields: FieldSet, gone: FieldSet): boolean {
  for (const key of Object.keys(fields)) {
    const [inner, out] = [fields[key] as FieldSet, gone[key]]
    if (key !== '.' && out && (isLeaf(out) || isEmpty(inner) || touches(inner, out))) return true
  }
  return false
}

function whatIsLeft(fields: FieldSet, gone: FieldSet): FieldSet {
  const kept: FieldSet = {}
  for (const [key, inner] of Object.entries(fields)) {
    const out = gone[key]
    if (key === '.' || !out) kept[key] = inner
    else if (!isLeaf(out)) keep(kept, key, whatIsLeft(inner, out))
  }
  return kept
}

/** The leaves of `fields` that are in `all`. */
export function onlyPresent(fields: FieldSet, all: FieldSet): FieldSet {
  const kept: FieldSet = {}
  for (const [key, inner] of Object.entries(fields)) {
    const there = all[key]
    if (key === '.') kept[key] = inner
    else if (there && isLeaf(inner)) kept[key] = inner
    else if (there) keep(kept, key, onlyPresent(inner, there))
  }
  return kept
}

/** The leaves of `fields` that are not in `others`. */
export function onlyHere(fields: FieldSet, others: FieldSet): FieldSet {
  const kept: FieldSet = {}
  for (const key of namesOf(fields)) {
    const inner = fields[key] as FieldSet
    const below = others[key]
    if (!below) kept[key] = inner
    else if (!isLeaf(inner)) keep(kept, key, onlyHere(inner, below))
  }
  return kept
}

/** `fields` and all that is in `more`: the same set where all of that is in it. */
export const joined = (fields: FieldSet, more: FieldSet): FieldSet => (covers(fields, more) ? fields : unionOf([fields, more]))

function covers(fields: FieldSet, more: FieldSet): boolean {
  for (const key of Object.keys(more)) {
    const inner = fields[key]
    if (!inner || !covers(inner, more[key] as FieldSet)) return false
  }
  return true
}

/** Whether leaves of `fields` are not in `all`. */
export function lacks(fields: FieldSet, all: FieldSet): boolean {
  for (const key of Object.keys(fields)) {
    if (key === '.') continue
    const [inner, there] = [fields[key] as FieldSet, all[key]]
    if (!there || (!isLeaf(inner) && lacks(inner, there))) return true
  }
  return false
}

/** As `isLeaf`, of a set that is looked at once: nothing is remembered. */
export function isBare(fields: FieldSet): boolean {
  for (const key in fields) if (key !== '.') return false
  return true
}

export function isEmpty(fields: FieldSet): boolean {
  for (const _ in fields) return false
  return true
}

/** All that is in any of the sets. */
export function unionOf(sets: readonly FieldSet[]): FieldSet {
  const union: FieldSet = {}
  for (const fields of sets) addTo(union, fields)
  return union
}

function addTo(union: FieldSet, fields: FieldSet): void {
  for (const [key, inner] of Object.entries(fields)) {
    union[key] ??= {}
    addTo(union[key], inner)
  }
}

function keep(into: FieldSet, key: string, inner: FieldSet): void {
  // What is left may be the thing itself alone.
  for (const _ in inner) into[key] = inner
}
