import { isDeepStrictEqual } from 'node:util'
import { goQuote } from '../../../base/go-quote.ts'
import { own, putOwn } from '../../../base/own.ts'
import { sameJson } from '../../../json/same.ts'
import type { FieldType, ModelRef } from '../../../kube/types/model.ts'
import { modelOf } from '../../../kube/types/models.ts'
import { type Change, changeOf } from './change.ts'
import { type FieldSet, fieldSetOf, fieldsOf, ItemPlaces, itemKey, keyDefaults, showPath } from './field-set.ts'
import { differing, withoutFields } from './fields-of-value.ts'
import { isLeaf, joined, onlyHere, onlyPresent, sharedLeaves, unionOf, without } from './set-operations.ts'

type Json = Record<string, unknown>

/** An entry of `metadata.managedFields`. */
export interface ManagedFields {
  manager?: string
  operation?: 'Apply' | 'Update'
  apiVersion?: string
  time?: string
  fieldsType?: 'FieldsV1'
  fieldsV1?: FieldSet
  subresource?: string
}

/** A field that another manager owns with another value. */
export interface ApplyConflict {
  /** Who, and through what, as a kube-apiserver tells it: `"me" with subresource "status" using v1`. */
  readonly manager: string
  readonly field: string
}

export interface ApplyRequest {
  readonly model: ModelRef
  readonly apiVersion: string
  readonly manager: string
  readonly force: boolean
  /** RFC 3339, whole seconds. */
  readonly time: string
  readonly subresource?: string
}

export type ApplyResult = { readonly object: Json } | { readonly conflicts: readonly ApplyConflict[] }

/** Of one who applies the version is not told: it is not part of who that is. */
function describe({ manager = '', subresource, operation, apiVersion }: ManagedFields): string {
  const below = subresource ? ` with subresource ${goQuote(subresource)}` : ''
  return `${goQuote(manager)}${below}${operation === 'Update' ? ` using ${apiVersion}` : ''}`
}

/**
 * Merges an applied configuration into the live object (undefined when there is none): fields the manager names win,
 * fields it named before and no longer names go, fields of others that differ are conflicts unless forced.
 */
export function serverSideApply(live: Json | undefined, applied: Json, request: ApplyRequest): ApplyResult {
  const fields = fieldsOf(request.model, applied, 'Apply')
  const entries = managedFieldsOf(live)
  const mine = (entry: ManagedFields) =>
    entry.manager === request.manager && entry.operation === 'Apply' && (entry.subresource ?? '') === (request.subresource ?? '')
  const others = entries.filter((entry) => !mine(entry))
  const disputed = live ? differing(fields, live, applied) : {}
  const conflicts = others.flatMap((entry) =>
    [...sharedLeaves(disputed, entry.fieldsV1 ?? {})].map((path) => ({ manager: describe(entry), field: showPath(path) })),
  )
  if (conflicts.length > 0 && !request.force) return { conflicts }

  const before = entries.find(mine)
  const dropped = onlyHere(before?.fieldsV1 ?? {}, unionOf([fields, ...others.map((entry) => entry.fieldsV1 ?? {})]))
  const rest = live ? (withoutFields(live, dropped) as Json) : {}
  const object = mergeStruct(request.model, rest, applied)
  const left = others.map((entry) => ({ ...entry, fieldsV1: without(entry.fieldsV1 ?? {}, disputed) })).filter(hasFields)
  const unchanged = live && before && isDeepStrictEqual(before.fieldsV1, fields) && isDeepStrictEqual(withoutManaged(object), withoutManaged(live))
  const entry: ManagedFields = {
    manager: request.manager,
    operation: 'Apply',
    apiVersion: request.apiVersion,
    time: unchanged ? before.time : request.time,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(request.subresource && { subresource: request.subresource }),
  }
  const metadata = { ...(object.metadata as Json), managedFields: [entry, ...left].sort(inOrder) }
  return { object: { ...object, metadata } }
}

/** The managed fields after `manager` changed `before` into `after` by create, update or patch. What of them stays is shared with those that `after` has. */
export function trackUpdate(before: Json | undefined, after: Json, request: Omit<ApplyRequest, 'force'>): ManagedFields[] {
  const known = before && managersOf(before)
  // Those that the server itself wrote are of what the object had.
  const kept = known !== undefined && sameJson(known, managersOf(after)) ? before : undefined
  const { changed, present } = kept ? changeOf(request.model, kept, after) : changeOfAll(request.model, before, after)
  const entries = kept ? (known as ManagedFields[]) : managedFieldsOf(after)
  const left = entries.map((entry) => ({ ...entry, fieldsV1: present(entry.fieldsV1 ?? {}) }))
  if (isLeaf(changed)) return left.filter(hasFields)
  const mine = (entry: ManagedFields) =>
    entry.manager === request.manager && entry.operation === 'Update' && (entry.subresource ?? '') === (request.subresource ?? '')
  const others = left
    .filter((entry) => !mine(entry))
    .map((entry) => ({ ...entry, fieldsV1: without(entry.fieldsV1, changed) }))
    .filter(hasFields)
  const fieldsV1 = joined(left.find(mine)?.fieldsV1 ?? {}, changed)
  const { manager, apiVersion, time, subresource } = request
  const entry: ManagedFields = { manager, operation: 'Update', apiVersion, time, fieldsType: 'FieldsV1', fieldsV1, ...(subresource && { subresource }) }
  return [...others, entry].sort(inOrder)
}

/** Of a new object, or of one whose managers a client has rewritten: every field is looked at. */
function changeOfAll(model: ModelRef, before: Json | undefined, after: Json): Change {
  const all = fieldsOf(model, after, 'Update')
  return { changed: before ? differing(all, before, after) : all, present: (fields) => onlyPresent(fields, all) }
}

const managersOf = (object: Json): unknown => (object.metadata as Json | undefined)?.managedFields

/** The order of entries: by operation, time, manager, version and subresource (managedfields' sortEncodedManagedFields). */
function inOrder(left: ManagedFields, right: ManagedFields): number {
  const parts = ({ operation, time, manager, apiVersion, subresource }: ManagedFields) =>
    [operation, time, manager, apiVersion, subresource].map((part) => String(part ?? ''))
  const [one, other] = [parts(left), parts(right)]
  for (const [index, part] of one.entries()) if (part !== other[index]) return part < (other[index] ?? '') ? -1 : 1
  return 0
}

const hasFields = (entry: ManagedFields) => Object.keys(entry.fieldsV1 ?? {}).length > 0

/** The entries of an object; a client may have sent what is none. */
function managedFieldsOf(object: Json | undefined): ManagedFields[] {
  const given = (object?.metadata as Json | undefined)?.managedFields
  if (!Array.isArray(given)) return []
  return given.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return []
    return [{ ...(entry as ManagedFields), fieldsV1: fieldSetOf((entry as ManagedFields).fieldsV1) }]
  })
}

function withoutManaged(object: Json): Json {
  const { managedFields: _, ...metadata } = (object.metadata ?? {}) as Json
  return { ...object, metadata }
}

function mergeStruct(model: ModelRef, live: Json, applied: Json): Json {
  const types = modelOf(model)?.fields
  const merged: Json = { ...live }
  for (const [key, value] of Object.entries(applied)) {
    if (value === null || value === undefined) continue
    putOwn(merged, key, mergeValue(types?.get(key) ?? { type: 'any' }, own(live, key), value))
  }
  return merged
}

function mergeMap(values: FieldType, live: Json, applied: Json): Json {
  const merged: Json = { ...live }
  for (const [key, value] of Object.entries(applied)) putOwn(merged, key, mergeValue(values, own(live, key), value))
  return merged
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

function mergeValue(type: FieldType, live: unknown, applied: unknown): unknown {
  if ((type.type === 'model' || type.type === 'map') && type.atomic) return applied
  if (type.type === 'model' && typeof applied === 'object') return mergeStruct(type.model, (live ?? {}) as Json, applied as Json)
  if (type.type === 'map' && isObject(applied)) return mergeMap(type.values, isObject(live) ? live : {}, applied)
  if (type.type !== 'array' || !Array.isArray(applied) || !Array.isArray(live)) return applied
  const { keys } = type
  if (keys?.listType === 'set') return [...new Set([...live, ...applied])]
  if (keys?.listType !== 'map' || type.items.type !== 'model') return applied
  const merged: unknown[] = [...live]
  const places = new ItemPlaces(live)
  const defaults = keyDefaults(type.items.model, keys.listMapKeys ?? [])
  const added = new Map<string, number>()
  for (const item of applied as Json[]) {
    const key = itemKey(keys.listMapKeys ?? [], item, defaults)
    const index = places.of(key) ?? added.get(key)
    if (index === undefined) added.set(key, merged.push(item) - 1)
    else merged[index] = mergeStruct(type.items.model, merged[index] as Json, item)
  }
  return merged
}
