import { own, putOwn } from '../../../base/own.ts'
import { sameJson } from '../../../json/same.ts'
import type { ModelRef } from '../../../kube/types/model.ts'
import { type FieldSet, fieldsOf, skippedMeta } from './field-set.ts'
import { differing } from './fields-of-value.ts'
import { isBare, isEmpty, lacks, onlyPresent } from './set-operations.ts'

type Json = Record<string, unknown>

/**
 * What an update changed, at a cost in proportion to the parts of the object (`spec.replicas`, `status.conditions`, one label map) that differ: a lease is
 * renewed every ten seconds, and a pod's status is written many times while its spec stays as it is.
 */
export interface Change {
  /** The leaves that came to be or have another value. */
  readonly changed: FieldSet
  /** A set of fields that the object had before, without those that it has no longer: the same set where it has all of them. */
  present(fields: FieldSet): FieldSet
}

/** The names of fields that differ, and of objects among them the names that differ within, none for a part that came, went or is no object on one side. */
type Parts = ReadonlyMap<string, ReadonlySet<string> | undefined>

export function changeOf(model: ModelRef, before: Json, after: Json): Change {
  const parts = partsThatDiffer(before, after)
  const fields = fieldsOfParts(model, after, parts)
  return { changed: differing(fields, before, after), present: (of) => presentIn(of, fields, parts) }
}

function partsThatDiffer(before: Json, after: Json): Parts {
  const parts = new Map<string, ReadonlySet<string> | undefined>()
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (key === 'apiVersion' || key === 'kind') continue
    const [one, other] = [own(before, key), own(after, key)]
    if (sameJson(one, other)) continue
    parts.set(key, isObject(one) && isObject(other) ? namesThatDiffer(one, other, key === 'metadata' ? skippedMeta : none) : undefined)
  }
  return parts
}

const none: ReadonlySet<string> = new Set()

function namesThatDiffer(before: Json, after: Json, skipped: ReadonlySet<string>): ReadonlySet<string> {
  const names = new Set<string>()
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
    if (!skipped.has(key) && !sameJson(own(before, key), own(after, key))) names.add(key)
  return names
}

/** The fields of the parts of an object. */
function fieldsOfParts(model: ModelRef, object: Json, parts: Parts): FieldSet {
  const some: Json = {}
  for (const [key, names] of parts) {
    const value = own(object, key)
    if (value === undefined) continue
    putOwn(some, key, names ? only(value as Json, names) : value)
  }
  const fields = fieldsOf(model, some, 'Update')
  for (const [key, names] of parts) {
    const found = fields[`f:${key}`]
    // Nothing of it is left to tell, but it is more than an empty one.
    if (names && found && isBare(found) && !isBare(fieldsOf(model, { [key]: own(object, key) }, 'Update')[`f:${key}`] ?? {})) delete fields[`f:${key}`]
  }
  return fields
}

function only(object: Json, names: ReadonlySet<string>): Json {
  const some: Json = {}
  for (const name of names) if (Object.hasOwn(object, name)) putOwn(some, name, object[name])
  return some
}

function presentIn(fields: FieldSet, there: FieldSet, parts: Parts): FieldSet {
  return replaced(fields, parts.keys(), (key, inner) => {
    const names = parts.get(key)
    if (!names) return presentOf(inner, there[`f:${key}`])
    // The part itself is still there, whatever differs within.
    if (isBare(inner)) return inner
    const left = replaced(inner, names, (name, below) => presentOf(below, there[`f:${key}`]?.[`f:${name}`]))
    return isEmpty(left) ? undefined : left
  })
}

/** The set with what `by` makes of the inner sets of those fields; without those of which it makes nothing. The same set where all stay. */
function replaced(fields: FieldSet, keys: Iterable<string>, by: (key: string, inner: FieldSet) => FieldSet | undefined): FieldSet {
  let copy: FieldSet | undefined
  for (const key of keys) {
    const inner = fields[`f:${key}`]
    const next = inner && by(key, inner)
    if (next === inner) continue
    copy ??= { ...fields }
    if (next) copy[`f:${key}`] = next
    else delete copy[`f:${key}`]
  }
  return copy ?? fields
}

function presentOf(fields: FieldSet, there: FieldSet | undefined): FieldSet | undefined {
  if (!there) return undefined
  if (isBare(fields) || !lacks(fields, there)) return fields
  const left = onlyPresent(fields, there)
  return isEmpty(left) ? undefined : left
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
