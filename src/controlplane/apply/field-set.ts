import { listKeys } from '../openapi/list-keys.ts'
import { type FieldType, modelNamed } from '../openapi/models.ts'

/** A set of owned fields in the FieldsV1 form: `f:name`, `k:{"name":"c"}`, `v:"x"`, with `.` for the item itself. */
export interface FieldSet {
  [key: string]: FieldSet
}

const skippedMeta = new Set([
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

/** The fields that `object` (of `model`, e.g. `V1Pod`) sets; those a server owns are left out. */
export function fieldsOf(model: string, object: Readonly<Record<string, unknown>>): FieldSet {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object
  const fields = structFields(model, rest)
  const meta = Object.fromEntries(Object.entries((metadata ?? {}) as Record<string, unknown>).filter(([key]) => !skippedMeta.has(key)))
  const metaFields = structFields('V1ObjectMeta', meta)
  return Object.keys(metaFields).length > 0 ? { 'f:metadata': metaFields, ...fields } : fields
}

function structFields(model: string, object: Readonly<Record<string, unknown>>): FieldSet {
  const fields: FieldSet = {}
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined || value === null) continue
    fields[`f:${key}`] = valueFields(modelNamed(model)?.get(key) ?? { type: 'any' }, value, model, key)
  }
  return fields
}

function valueFields(type: FieldType, value: unknown, owner: string, field: string): FieldSet {
  if (value === null || typeof value !== 'object') return {}
  if (Array.isArray(value)) return type.type === 'array' ? itemFields(type.items, value, owner, field) : {}
  const object = value as Record<string, unknown>
  if (type.type === 'model') return structFields(type.model, object)
  if (type.type !== 'map') return {}
  const fields: FieldSet = Object.keys(object).length > 0 ? { '.': {} } : {}
  for (const [key, item] of Object.entries(object)) fields[`f:${key}`] = valueFields(type.values, item, owner, key)
  return fields
}

function itemFields(items: FieldType, list: readonly unknown[], owner: string, field: string): FieldSet {
  const keys = listKeys(owner, field)
  const fields: FieldSet = {}
  if (keys?.listType === 'set') for (const item of list) fields[`v:${JSON.stringify(item)}`] = {}
  if (keys?.listType === 'map' && items.type === 'model') {
    for (const item of list as Record<string, unknown>[]) fields[itemKey(keys.listMapKeys ?? [], item)] = { '.': {}, ...structFields(items.model, item) }
  }
  return Object.keys(fields).length > 0 ? { '.': {}, ...fields } : {}
}

/** The key of a list's item, keys sorted as the server writes them. */
export function itemKey(keys: readonly string[], item: Readonly<Record<string, unknown>>): string {
  const defaults: Readonly<Record<string, unknown>> = { protocol: 'TCP' }
  return `k:${JSON.stringify(Object.fromEntries([...keys].sort().map((key) => [key, item[key] ?? defaults[key]])))}`
}

/** The leaves of a set as paths. */
export function leaves(fields: FieldSet, prefix: readonly string[] = []): string[][] {
  return Object.entries(fields).flatMap(([key, inner]) => {
    if (key === '.') return []
    const path = [...prefix, key]
    const nested = leaves(inner, path)
    return nested.length > 0 ? nested : [path]
  })
}

/** Whether `path` is in the set. */
export function hasPath(fields: FieldSet, path: readonly string[]): boolean {
  let at: FieldSet | undefined = fields
  for (const key of path) {
    at = at[key]
    if (!at) return false
  }
  return true
}

/** The set without `path`, empty parents gone. */
export function withoutPath(fields: FieldSet, path: readonly string[]): FieldSet {
  const [key, ...rest] = path
  if (key === undefined || !fields[key]) return fields
  const { [key]: inner, ...others } = fields
  if (rest.length === 0) return others
  const shrunk = withoutPath(inner ?? {}, rest)
  return Object.keys(shrunk).some((name) => name !== '.') ? { ...others, [key]: shrunk } : others
}

/** A path as messages show it: `.data.a`, `.spec.containers[name="c"].image`. */
export function showPath(path: readonly string[]): string {
  return path
    .map((key) => {
      if (key.startsWith('f:')) return `.${key.slice(2)}`
      if (key.startsWith('v:')) return `[=${key.slice(2)}]`
      const keys = JSON.parse(key.slice(2)) as Record<string, unknown>
      return `[${Object.entries(keys)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',')}]`
    })
    .join('')
}
