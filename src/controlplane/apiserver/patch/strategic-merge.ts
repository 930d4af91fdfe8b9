import { own, putOwn } from '../../../base/own.ts'
import { writeJson } from '../../../json/exact.ts'
import type { FieldType, ModelRef } from '../../../kube/types/model.ts'
import { modelOf } from '../../../kube/types/models.ts'
import { badRequest } from '../rest/status-errors.ts'
import { orderItems } from './element-order.ts'

type Json = Record<string, unknown>

const setOrder = '$setElementOrder/'
const deletePrimitives = '$deleteFromPrimitiveList/'

/** A strategic merge patch of an object of `model` : lists merge by the keys that the API types name. Returns a new object. */
export function strategicMergePatch(model: ModelRef, target: Json, patch: Json): Json {
  return mergeObject({ type: 'model', model }, target, patch)
}

function mergeObject(type: FieldType, target: Json, patch: Json): Json {
  const directive = patch.$patch
  if (directive === 'delete') return {}
  if (directive === 'replace') return plain(patch)
  if (directive !== undefined && directive !== 'merge') throw badRequest(`Unknown patch type found: ${String(directive)}`)
  const merged: Json = { ...target }
  if (Array.isArray(patch.$retainKeys)) {
    const retained = new Set<unknown>(patch.$retainKeys)
    for (const key of Object.keys(merged)) if (!retained.has(key)) delete merged[key]
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(deletePrimitives)) removePrimitives(merged, key.slice(deletePrimitives.length), value)
    if (key.startsWith('$')) continue
    if (value === null) delete merged[key]
    else putOwn(merged, key, mergeField(type, key, own(merged, key), value))
  }
  for (const [key, value] of Object.entries(patch)) if (key.startsWith(setOrder)) applyOrder(type, merged, target, key.slice(setOrder.length), value)
  return merged
}

function mergeField(owner: FieldType, field: string, target: unknown, value: unknown): unknown {
  const type = fieldType(owner, field)
  if (isObject(value)) return mergeObject(type, isObject(target) ? target : {}, value)
  if (!Array.isArray(value)) return value
  const keys = type.type === 'array' ? type.keys : undefined
  if (!keys?.strategy?.includes('merge')) return value.filter((item) => !isObject(item) || item.$patch === undefined).map(stripped)
  const items: FieldType = type.type === 'array' ? type.items : { type: 'any' }
  const list = Array.isArray(target) ? target : []
  return keys.mergeKey ? mergeItems(items, keys.mergeKey, list, value) : mergeScalars(list, value)
}

function mergeScalars(target: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const known = new Set(target.map((item) => writeJson(item)))
  const merged = [...target, ...patch.filter((item) => !known.has(writeJson(item)))]
  return orderItems(merged, patch, target, writeJson)
}

function mergeItems(type: FieldType, mergeKey: string, target: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const changes = patch.filter(isObject)
  if (changes.length !== patch.length) throw badRequest(`expected a list of objects with the key ${mergeKey}`)
  // An item that says nothing but `$patch: replace` replaces the list by the others.
  if (changes.some((item) => item.$patch === 'replace')) return changes.filter((item) => item.$patch === undefined).map(stripped)
  const removed = new Set(changes.filter((item) => item.$patch === 'delete').map((item) => item[mergeKey]))
  const merged: unknown[] = target.filter((item) => !isObject(item) || !removed.has(item[mergeKey]))
  const wanted = changes.filter((item) => item.$patch !== 'delete')
  const places = new Map<unknown, number>()
  // The first of several that have one key is the one that is merged into.
  for (const [index, item] of merged.entries()) if (isObject(item) && !places.has(item[mergeKey])) places.set(item[mergeKey], index)
  for (const item of wanted) {
    const key = item[mergeKey]
    if (key === undefined) throw badRequest(`map: ${writeJson(item).slice(0, 1024)} does not contain declared merge key: ${mergeKey}`)
    const index = places.get(key)
    const result = mergeObject(type, index === undefined ? {} : (merged[index] as Json), item)
    if (index !== undefined) merged[index] = result
    else places.set(key, merged.push(result) - 1)
  }
  return orderItems(merged, wanted, target, (item) => writeJson(isObject(item) ? item[mergeKey] : item))
}

function applyOrder(owner: FieldType, merged: Json, target: Json, field: string, order: unknown): void {
  const list = own(merged, field)
  if (!Array.isArray(list) || !Array.isArray(order)) return
  const type = fieldType(owner, field)
  const mergeKey = type.type === 'array' ? type.keys?.mergeKey : undefined
  const known = own(target, field)
  const before = Array.isArray(known) ? known : []
  merged[field] = orderItems(list, order, before, (item) => writeJson(mergeKey && isObject(item) ? item[mergeKey] : item))
}

function removePrimitives(merged: Json, field: string, values: unknown): void {
  const list = own(merged, field)
  if (!Array.isArray(list) || !Array.isArray(values)) return
  const gone = new Set<unknown>(values)
  putOwn(
    merged,
    field,
    list.filter((item) => !gone.has(item)),
  )
}

function fieldType(owner: FieldType, field: string): FieldType {
  if (owner.type === 'map') return owner.values
  return (owner.type === 'model' ? modelOf(owner.model)?.fields.get(field) : undefined) ?? { type: 'any' }
}

// A value put in as it is carries no directives and no nulls.
const plain = (patch: Json): Json =>
  Object.fromEntries(Object.entries(patch).flatMap(([key, value]) => (key.startsWith('$') || value === null ? [] : [[key, stripped(value)]])))

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped)
  return isObject(value) ? plain(value) : value
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
