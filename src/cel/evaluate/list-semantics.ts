import type { ListSemantics } from '../types/types.ts'
import { elementAt, entry, equal } from './equality.ts'
import { type CelValue, isMap, MadeList } from './values.ts'

const values = (list: readonly unknown[]): CelValue[] => Array.from(list, (_, index) => elementAt(list, index))

function sameKey(a: CelValue, b: CelValue, semantics: ListSemantics): boolean {
  if (semantics.kind === 'set') return equal(a, b)
  if (!isMap(a) || !isMap(b)) return false
  return semantics.keys.every((key) => equal(entry(a, key) ?? null, entry(b, key) ?? null))
}

/** A text for what has the same key, so that large lists are not compared each with each. */
function keyText(value: CelValue, semantics: ListSemantics): string {
  const text = (part: CelValue) => (typeof part === 'object' ? '' : `${typeof part === 'string' ? 's' : 'n'}${String(part)}`)
  if (semantics.kind === 'set') return text(value)
  return isMap(value) ? semantics.keys.map((key) => JSON.stringify(text(entry(value, key) ?? null))).join() : ''
}

function byKey(list: readonly CelValue[], semantics: ListSemantics): Map<string, CelValue[]> {
  const groups = new Map<string, CelValue[]>()
  for (const value of list) {
    const key = keyText(value, semantics)
    const group = groups.get(key)
    if (group) group.push(value)
    else groups.set(key, [value])
  }
  return groups
}

/** Lists with `x-kubernetes-list-type` set or map are equal in any order. */
export function sameLists(a: CelValue, b: CelValue, semantics: ListSemantics): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return equal(a, b)
  const others = byKey(values(b), semantics)
  return values(a).every((value) => (others.get(keyText(value, semantics)) ?? []).some((other) => equal(value, other)))
}

/** `+` of such lists: what the second has of the same key takes the first's place, the rest is put at the end. */
export function joinLists(a: readonly unknown[], b: readonly unknown[], semantics: ListSemantics): MadeList {
  const joined = new MadeList()
  const added = values(b)
  const newer = byKey(added, semantics)
  const taken = new Set<CelValue>()
  for (const value of values(a)) {
    const same = (newer.get(keyText(value, semantics)) ?? []).find((other) => sameKey(value, other, semantics))
    if (same !== undefined) taken.add(same)
    joined.push(same ?? value)
  }
  for (const value of added) if (!taken.has(value)) joined.push(value)
  return joined
}
