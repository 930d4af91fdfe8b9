import { isDeepStrictEqual } from 'node:util'
import { listKeys } from '../openapi/list-keys.ts'
import { type FieldType, modelNamed } from '../openapi/models.ts'
import { badRequest } from '../rest/status-errors.ts'
import { orderItems } from './element-order.ts'

type Json = Record<string, unknown>

const setOrder = '$setElementOrder/'
const deletePrimitives = '$deleteFromPrimitiveList/'

/** A strategic merge patch of an object of `model` (`V1Pod`): lists merge by the keys that the API types name. Returns a new object. */
export function strategicMergePatch(model: string, target: Json, patch: Json): Json {
  return mergeObject({ type: 'model', model }, target, patch)
}

function mergeObject(type: FieldType, target: Json, patch: Json): Json {
  const directive = patch.$patch
  if (directive === 'delete') return {}
  if (directive === 'replace') return plain(patch)
  if (directive !== undefined && directive !== 'merge') throw badRequest(`Unknown patch type found: ${String(directive)}`)
  const merged: Json = { ...target }
  if (Array.isArray(patch.$retainKeys)) for (const key of Object.keys(merged)) if (!patch.$retainKeys.includes(key)) delete merged[key]
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(deletePrimitives)) removePrimitives(merged, key.slice(deletePrimitives.length), value)
    if (key.startsWith('$') || key === '__proto__') continue
    if (value === null) delete merged[key]
    else merged[key] = mergeField(type, key, merged[key], value)
  }
  for (const [key, value] of Object.entries(patch)) if (key.startsWith(setOrder)) applyOrder(type, merged, target, key.slice(setOrder.length), value)
  return merged
}

function mergeField(owner: FieldType, field: string, target: unknown, value: unknown): unknown {
  const type = fieldType(owner, field)
  if (isObject(value)) return mergeObject(type, isObject(target) ? target : {}, value)
  if (!Array.isArray(value)) return value
  const keys = owner.type === 'model' ? listKeys(owner.model, field) : undefined
  if (!keys?.strategy?.includes('merge')) return value.filter((item) => !isObject(item) || item.$patch === undefined).map(stripped)
  const items: FieldType = type.type === 'array' ? type.items : { type: 'any' }
  const list = Array.isArray(target) ? target : []
  return keys.mergeKey ? mergeItems(items, keys.mergeKey, list, value) : mergeScalars(list, value)
}

function mergeScalars(target: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const merged = [...target, ...patch.filter((item) => !target.some((old) => isDeepStrictEqual(old, item)))]
  return orderItems(merged, patch, target, (item) => JSON.stringify(item))
}

function mergeItems(type: FieldType, mergeKey: string, target: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const changes = patch.filter(isObject)
  if (changes.length !== patch.length) throw badRequest(`expected a list of objects with the key ${mergeKey}`)
  // An item that says nothing but `$patch: replace` replaces the list by the others.
  if (changes.some((item) => item.$patch === 'replace')) return changes.filter((item) => item.$patch === undefined).map(stripped)
  const removed = changes.filter((item) => item.$patch === 'delete').map((item) => item[mergeKey])
  const merged: unknown[] = target.filter((item) => !isObject(item) || !removed.includes(item[mergeKey]))
  const wanted = changes.filter((item) => item.$patch !== 'delete')
  for (const item of wanted) {
    const key = item[mergeKey]
    if (key === undefined) throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`)
    const index = merged.findIndex((old) => isObject(old) && old[mergeKey] === key)
    const result = mergeObject(type, index < 0 ? {} : (merged[index] as Json), item)
    if (index < 0) merged.push(result)
    else merged[index] = result
  }
  return orderItems(merged, wanted, target, (item) => JSON.stringify(isObject(item) ? item[mergeKey] : item))
}

function applyOrder(owner: FieldType, merged: Json, target: Json, field: string, order: unknown): void {
  const list = merged[field]
  if (!Array.isArray(list) || !Array.isArray(order)) return
  const mergeKey = owner.type === 'model' ? listKeys(owner.model, field)?.mergeKey : undefined
  const before = Array.isArray(target[field]) ? target[field] : []
  merged[field] = orderItems(list, order, before, (item) => JSON.stringify(mergeKey && isObject(item) ? item[mergeKey] : item))
}

function removePrimitives(merged: Json, field: string, values: unknown): void {
  const list = merged[field]
  if (Array.isArray(list) && Array.isArray(values)) merged[field] = list.filter((item) => !values.includes(item))
}

function fieldType(owner: FieldType, field: string): FieldType {
  if (owner.type === 'map') return owner.values
  return (owner.type === 'model' ? modelNamed(owner.model)?.get(field) : undefined) ?? { type: 'any' }
}

// A value put in as it is carries no directives and no nulls.
const plain = (patch: Json): Json =>
  Object.fromEntries(Object.entries(patch).flatMap(([key, value]) => (key.startsWith('$') || value === null ? [] : [[key, stripped(value)]])))

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped)
  return isObject(value) ? plain(value) : value
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
