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

/** `fields` without the leaves of `gone` and all below them; parents that are left empty go too. */
export function without(fields: FieldSet, gone: FieldSet): FieldSet {
  const kept: FieldSet = {}
  for (const [key, inner] of Object.entries(fields)) {
    const out = gone[key]
    if (key === '.' || !out) kept[key] = inner
    else if (!isLeaf(out)) keep(kept, key, without(inner, out))
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

/** All that is in any of the sets. */
export function unionOf(sets: readonly FieldSet[]): FieldSet {
  const joined: FieldSet = {}
  for (const fields of sets) addTo(joined, fields)
  return joined
}

function addTo(joined: FieldSet, fields: FieldSet): void {
  for (const [key, inner] of Object.entries(fields)) {
    joined[key] ??= {}
    addTo(joined[key], inner)
  }
}

function keep(into: FieldSet, key: string, inner: FieldSet): void {
  // What is left may be the thing itself alone.
  for (const _ in inner) into[key] = inner
}
