import { own } from '../../../base/own.ts'
import { parseJson, writeJson } from '../../../json/exact.ts'
import type { FieldType, ModelRef } from '../../../kube/types/model.ts'
import { modelOf } from '../../../kube/types/models.ts'

/** A set of owned fields in the FieldsV1 form: `f:name`, `k:{"name":"c"}`, `v:"x"`, with `.` for the item itself. */
export interface FieldSet {
  [key: string]: FieldSet
}

/** What nothing is below: one for all, since an object may have a hundred thousand fields. */
export const leaf: FieldSet = Object.freeze({})

/** Of the metadata what the server alone writes: nobody's. */
export const skippedMeta: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'managedFields',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'generateName',
])

/** How the fields are set: with `Apply` they are those that are named, with `Update` what came to be. */
export type Operation = 'Apply' | 'Update'

/** The fields that `object` (of `model`) sets; those a server owns are left out. */
export function fieldsOf(model: ModelRef, object: Readonly<Record<string, unknown>>, operation: Operation): FieldSet {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object
  const fields = structFields(model, rest, operation)
  const meta = Object.fromEntries(Object.entries((metadata ?? {}) as Record<string, unknown>).filter(([key]) => !skippedMeta.has(key)))
  const metaFields = structFields('meta/v1.ObjectMeta', meta, operation)
  return Object.keys(metaFields).length > 0 ? { 'f:metadata': metaFields, ...fields } : fields
}

function structFields(model: ModelRef, object: Readonly<Record<string, unknown>>, operation: Operation): FieldSet {
  const types = modelOf(model).fields
  const fields: FieldSet = {}
  for (const [key, value] of Object.entries(object)) {
    const type = types.get(key) ?? anything
    // Go's time of nothing is written as null, and so is set.
    if (value === undefined || (value === null && !(type.type === 'string' && type.format === 'date-time'))) continue
    fields[`f:${key}`] = marked(valueFields(type, value, operation), operation === 'Update' && comesToBe(type, typeof model !== 'string'))
  }
  return fields
}

const anything: FieldType = { type: 'any' }

/**
 * Whether a struct, list or map is a field of its own when it comes to be: it was not there before. Go's structs are, when they are no pointers, and so are lists
 * that are always written; of custom resources nothing is.
 */
const comesToBe = (type: FieldType, custom: boolean) => custom || (!type.written && (type.type !== 'model' || type.pointer === true))

/** With the mark of the thing itself, where something is below it: what is empty is a leaf and needs none. */
function marked(fields: FieldSet, isMarked: boolean): FieldSet {
  if (!isMarked) return fields
  for (const _ in fields) return { '.': leaf, ...fields }
  return fields
}

function valueFields(type: FieldType, value: unknown, operation: Operation): FieldSet {
  if (value === null || typeof value !== 'object') return leaf
  if (Array.isArray(value)) return type.type === 'array' ? itemFields(type, value, operation) : leaf
  const object = value as Record<string, unknown>
  if (type.type === 'model') return type.atomic ? leaf : structFields(type.model, object, operation)
  if (type.type !== 'map' || type.atomic) return leaf
  const fields: FieldSet = {}
  // What a map has is no field of a struct: it is there or not.
  for (const [key, item] of Object.entries(object)) fields[`f:${key}`] = marked(valueFields(type.values, item, operation), true)
  return fields
}

function itemFields({ items, keys }: FieldType & { type: 'array' }, list: readonly unknown[], operation: Operation): FieldSet {
  const fields: FieldSet = {}
  if (keys?.listType === 'set') for (const item of list) fields[`v:${writeJson(item)}`] = leaf
  if (keys?.listType === 'map' && items.type === 'model') {
    const defaults = keyDefaults(items.model, keys.listMapKeys ?? [])
    for (const item of list)
      if (isObject(item)) fields[itemKey(keys.listMapKeys ?? [], item, defaults)] = { '.': leaf, ...structFields(items.model, item, operation) }
  }
  return Object.keys(fields).length > 0 ? fields : leaf
}

/** What the fields that name an item have when nothing is said: a port's protocol. */
export function keyDefaults(model: ModelRef, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const { fields } = modelOf(model)
  return Object.fromEntries(keys.map((key) => [key, fields.get(key)?.default]))
}

// Where the type is not at hand.
const usualDefaults: Readonly<Record<string, unknown>> = { protocol: 'TCP' }

/** The key of a list's item, keys sorted as the server writes them. */
export function itemKey(keys: readonly string[], item: Readonly<Record<string, unknown>>, defaults = usualDefaults): string {
  return `k:${writeJson(Object.fromEntries([...keys].sort().map((key) => [key, own(item, key) ?? own(defaults, key)])))}`
}

/** The names of a list item's key `k:{"name":"c"}`; undefined for what is no such key. */
export function keyNames(key: string): string[] | undefined {
  if (!key.startsWith('k:')) return undefined
  try {
    const parsed: unknown = JSON.parse(key.slice(2))
    return typeof parsed === 'object' && parsed !== null ? Object.keys(parsed) : undefined
  } catch {
    return undefined
  }
}

// Items of a list are told apart by the same names; a set that a client made up may use many.
const maxKeyShapes = 8

/** Where the items of a list are, by `k:` and `v:` keys: looked through once for each set of names. */
export class ItemPlaces {
  readonly #list: readonly unknown[]
  readonly #byShape = new Map<string, ReadonlyMap<string, number>>()

  constructor(list: readonly unknown[]) {
    this.#list = list
  }

  of(key: string): number | undefined {
    const names = key.startsWith('v:') ? [] : keyNames(key)
    if (!names) return undefined
    return this.#places(names)?.get(key)
  }

  #places(names: readonly string[]): ReadonlyMap<string, number> | undefined {
    const shape = JSON.stringify(names)
    const known = this.#byShape.get(shape)
    if (known || this.#byShape.size >= maxKeyShapes) return known
    const places = new Map<string, number>()
    for (const [index, item] of this.#list.entries()) {
      const key = names.length === 0 ? `v:${writeJson(item)}` : isObject(item) ? itemKey(names, item) : undefined
      if (key !== undefined && !places.has(key)) places.set(key, index)
    }
    this.#byShape.set(shape, places)
    return places
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A set as a client may have sent it: what is no set is none, and so is what is no path in it. */
export function fieldSetOf(value: unknown): FieldSet {
  if (!isObject(value)) return leaf
  const fields: FieldSet = {}
  let any = false
  for (const key of Object.keys(value)) {
    if (key !== '.' && (key[1] !== ':' || !'fkvi'.includes(key[0] ?? ''))) continue
    fields[key] = fieldSetOf(value[key])
    any = true
  }
  return any ? fields : leaf
}

/** A path as messages show it: `.data.a`, `.spec.containers[name="c"].image`. */
export function showPath(path: readonly string[]): string {
  return path
    .map((key) => {
      if (key.startsWith('f:')) return `.${key.slice(2)}`
      if (key.startsWith('v:')) return `[=${key.slice(2)}]`
      const keys = parseJson(key.slice(2)) as Record<string, unknown>
      return `[${Object.entries(keys)
        .map(([name, value]) => `${name}=${writeJson(value)}`)
        .join(',')}]`
    })
    .join('')
}
