import { isDeepStrictEqual } from 'node:util'
import { listKeys } from '../openapi/list-keys.ts'
import { type FieldType, modelNamed } from '../openapi/models.ts'
import { type FieldSet, fieldsOf, hasPath, itemKey, leaves, showPath, withoutPath } from './field-set.ts'

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
  readonly manager: string
  readonly field: string
}

export interface ApplyRequest {
  readonly model: string
  readonly apiVersion: string
  readonly manager: string
  readonly force: boolean
  /** RFC 3339, whole seconds. */
  readonly time: string
  readonly subresource?: string
}

export type ApplyResult = { readonly object: Json } | { readonly conflicts: readonly ApplyConflict[] }

/**
 * Merges an applied configuration into the live object (undefined when there is none): fields the manager names win,
 * fields it named before and no longer names go, fields of others that differ are conflicts unless forced.
 */
export function serverSideApply(live: Json | undefined, applied: Json, request: ApplyRequest): ApplyResult {
  const fields = fieldsOf(request.model, applied)
  const entries = managedFieldsOf(live)
  const mine = (entry: ManagedFields) =>
    entry.manager === request.manager && entry.operation === 'Apply' && (entry.subresource ?? '') === (request.subresource ?? '')
  const others = entries.filter((entry) => !mine(entry))
  const disputed = leaves(fields).filter((path) => live && !isDeepStrictEqual(valueAt(live, path), valueAt(applied, path)))
  const conflicts = disputed.flatMap((path) =>
    others.filter((entry) => hasPath(entry.fieldsV1 ?? {}, path)).map((entry) => ({ manager: entry.manager ?? '', field: showPath(path) })),
  )
  if (conflicts.length > 0 && !request.force) return { conflicts }

  const before = entries.find(mine)
  let object = live ? structuredClone(live) : {}
  for (const path of leaves(before?.fieldsV1 ?? {})) {
    if (hasPath(fields, path) || others.some((entry) => hasPath(entry.fieldsV1 ?? {}, path))) continue
    object = removeAt(object, path)
  }
  object = mergeStruct(request.model, object, applied)
  const left = others.map((entry) => ({ ...entry, fieldsV1: disputed.reduce((set, path) => withoutPath(set, path), entry.fieldsV1 ?? {}) })).filter(hasFields)
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
  const metadata = { ...(object.metadata as Json), managedFields: [entry, ...left] }
  return { object: { ...object, metadata } }
}

/** The managed fields after `manager` changed `before` into `after` by create, update or patch. */
export function trackUpdate(before: Json | undefined, after: Json, request: Omit<ApplyRequest, 'force'>): ManagedFields[] {
  const all = fieldsOf(request.model, after)
  const changed = leaves(all).filter((path) => !before || !isDeepStrictEqual(valueAt(before, path), valueAt(after, path)))
  const entries = managedFieldsOf(after)
  if (changed.length === 0) return entries.map((entry) => ({ ...entry, fieldsV1: onlyPresent(entry.fieldsV1 ?? {}, all) })).filter(hasFields)
  const mine = (entry: ManagedFields) =>
    entry.manager === request.manager && entry.operation === 'Update' && (entry.subresource ?? '') === (request.subresource ?? '')
  const others = entries
    .filter((entry) => !mine(entry))
    .map((entry) => ({
      ...entry,
      fieldsV1: onlyPresent(
        changed.reduce((set, path) => withoutPath(set, path), entry.fieldsV1 ?? {}),
        all,
      ),
    }))
    .filter(hasFields)
  const kept = onlyPresent(entries.find(mine)?.fieldsV1 ?? {}, all)
  const fieldsV1 = changed.reduce((set, path) => withPath(set, path, all), kept)
  const { manager, apiVersion, time, subresource } = request
  return [...others, { manager, operation: 'Update', apiVersion, time, fieldsType: 'FieldsV1', fieldsV1, ...(subresource && { subresource }) }]
}

const hasFields = (entry: ManagedFields) => Object.keys(entry.fieldsV1 ?? {}).length > 0
const managedFieldsOf = (object: Json | undefined) => ((object?.metadata as Json | undefined)?.managedFields ?? []) as ManagedFields[]

function withoutManaged(object: Json): Json {
  const { managedFields: _, ...metadata } = (object.metadata ?? {}) as Json
  return { ...object, metadata }
}

function onlyPresent(fields: FieldSet, all: FieldSet): FieldSet {
  return leaves(fields).reduce((set, path) => (hasPath(all, path) ? set : withoutPath(set, path)), fields)
}

// Adds the path, with the `.` marks that `all` has along it.
function withPath(fields: FieldSet, path: readonly string[], all: FieldSet): FieldSet {
  const [key, ...rest] = path
  if (key === undefined) return fields
  const marks: FieldSet = all[key]?.['.'] ? { '.': {} } : {}
  return { ...fields, [key]: withPath({ ...marks, ...fields[key] }, rest, all[key] ?? {}) }
}

function findItem(list: readonly unknown[], key: string): number {
  if (key.startsWith('v:')) return list.findIndex((item) => JSON.stringify(item) === key.slice(2))
  const keys = Object.keys(JSON.parse(key.slice(2)) as Json)
  return list.findIndex((item) => itemKey(keys, item as Json) === key)
}

function valueAt(object: unknown, path: readonly string[]): unknown {
  let at = object
  for (const key of path) {
    if (at === null || typeof at !== 'object') return undefined
    if (Array.isArray(at)) at = at[findItem(at, key)]
    else at = (at as Json)[key.slice(2)]
  }
  return at
}

function removeAt<T>(object: T, path: readonly string[]): T {
  const [key, ...rest] = path
  if (key === undefined || object === null || typeof object !== 'object') return object
  if (Array.isArray(object)) {
    const index = findItem(object, key)
    if (index < 0) return object
    // An item goes with its key field; its other fields go one by one.
    const gone = rest.length === 0 || key.slice(2).includes(`"${rest[0]?.slice(2)}"`)
    return (gone ? object.filter((_, at) => at !== index) : object.with(index, removeAt(object[index], rest))) as T
  }
  const field = key.slice(2)
  const { [field]: inner, ...others } = object as Json
  if (rest.length === 0) return others as T
  const shrunk = removeAt(inner, rest)
  const empty = shrunk && typeof shrunk === 'object' && Object.keys(shrunk).length === 0
  return (empty ? others : { ...others, [field]: shrunk }) as T
}

function mergeStruct(model: string, live: Json, applied: Json): Json {
  const merged: Json = { ...live }
  for (const [key, value] of Object.entries(applied)) {
    if (value === null || value === undefined) continue
    merged[key] = mergeValue(modelNamed(model)?.get(key) ?? { type: 'any' }, live[key], value, model, key)
  }
  return merged
}

function mergeValue(type: FieldType, live: unknown, applied: unknown, owner: string, field: string): unknown {
  if (type.type === 'model' && typeof applied === 'object') return mergeStruct(type.model, (live ?? {}) as Json, applied as Json)
  if (type.type === 'map' && typeof applied === 'object') return { ...(live as Json | undefined), ...(applied as Json) }
  if (type.type !== 'array' || !Array.isArray(applied) || !Array.isArray(live)) return applied
  const keys = listKeys(owner, field)
  if (keys?.listType === 'set') return [...new Set([...live, ...applied])]
  if (keys?.listType !== 'map' || type.items.type !== 'model') return applied
  const merged: unknown[] = [...live]
  for (const item of applied as Json[]) {
    const index = findItem(merged, itemKey(keys.listMapKeys ?? [], item))
    if (index < 0) merged.push(item)
    else merged[index] = mergeStruct(type.items.model, merged[index] as Json, item)
  }
  return merged
}
