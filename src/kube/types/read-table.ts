import type { FieldType, ListKeys, Model } from './model.ts'

/**
 * The form of a table: a line is a type. `Protocol=SCTP|TCP|UDP` is a string with its values (none: any). Else the type's name comes first, with `@` when it has
 * `kind` and `apiVersion`, with `#` when it is atomic, then its fields, each
 *
 *   name:number=type!flags~list(keys)^patch%default
 *
 * A name of `+` is a message whose fields stand among these. `[]` and `{}` before the type are a list and a map. Flags: `p` pointer, `w` always written,
 * `r` required, `z` left out when zero, `a` atomic. After `^`: nothing or the key to merge by; `^+` retains keys too, `^-` retains keys only.
 */
const fieldForm =
  /^(?<name>[^:]*):(?<no>\d*)=(?<type>[^!~^%]+)(?:!(?<flags>\w+))?(?:~(?<list>\w+)(?:\((?<keys>[^)]*)\))?)?(?<patch>\^[^%]*)?(?:%(?<value>.+))?$/

/** Looks up a type by its name, which tells a string with values from a message. */
export type LineOf = (name: string) => string | undefined

const scalars: Readonly<Record<string, FieldType>> = {
  string: { type: 'string' },
  bytes: { type: 'string', format: 'byte' },
  time: { type: 'string', format: 'date-time' },
  microtime: { type: 'string', format: 'micro-time' },
  duration: { type: 'string', format: 'duration' },
  quantity: { type: 'string', format: 'quantity' },
  bool: { type: 'boolean' },
  int32: { type: 'number', format: 'int32' },
  int64: { type: 'number', format: 'int64' },
  double: { type: 'number', format: 'double' },
  intorstring: { type: 'int-or-string' },
  any: { type: 'any' },
  raw: { type: 'any', format: 'raw' },
  fields: { type: 'any', format: 'fields' },
  json: { type: 'any', format: 'json' },
  schemas: { type: 'any', format: 'schemas' },
  schemaorbool: { type: 'any', format: 'schema-or-bool' },
  schemaorstrings: { type: 'any', format: 'schema-or-strings' },
  boxed: { type: 'array', items: { type: 'string' }, boxed: true },
}

/** The name at the beginning of a line. */
export const nameOf = (line: string): string => /^\w+/.exec(line)?.[0] ?? ''

/** The type that a line says; `home` is its package (`core/v1`). Undefined for a string's line. */
export function readModel(line: string, home: string, lineOf: LineOf): Model | undefined {
  const [head = '', ...texts] = line.split(' ')
  if (head.includes('=')) return undefined
  const fields = new Map<string, FieldType>()
  const inlined: { no: number; model: string }[] = []
  if (head.includes('@')) for (const name of ['kind', 'apiVersion']) fields.set(name, { type: 'string' })
  for (const text of texts) {
    const parts = fieldForm.exec(text)?.groups
    if (!parts) throw new Error(`the table of ${home} has a field that cannot be read: ${text}`)
    const { name = '', no, type = '' } = parts
    if (name === '+') {
      const model = fullName(type, home)
      inlined.push({ no: Number(no), model })
      const inner = readModel(lineOf(model) ?? '', packageOf(model), lineOf)
      // Its numbers are of the message within.
      for (const [key, field] of inner?.fields ?? []) fields.set(key, { ...field, no: undefined })
    } else fields.set(name, readField(parts, readType(type, home, lineOf)))
  }
  return { name: nameOf(line), fields, ...(inlined.length > 0 && { inlined }) }
}

const packageOf = (full: string) => full.slice(0, full.lastIndexOf('.'))
const fullName = (name: string, home: string) => (name.includes('.') ? name : `${home}.${name}`)

function readType(text: string, home: string, lineOf: LineOf): FieldType {
  if (text.startsWith('[]')) return { type: 'array', items: readType(text.slice(2), home, lineOf) }
  if (text.startsWith('{}')) return { type: 'map', values: readType(text.slice(2), home, lineOf) }
  const scalar = scalars[text]
  if (scalar) return scalar
  const full = fullName(text, home)
  const line = lineOf(full)
  const head = line?.split(' ', 1)[0] ?? ''
  if (line !== undefined && !head.includes('=')) return { type: 'model', model: full, ...(head.includes('#') && { atomic: true }) }
  const values = head.slice(head.indexOf('=') + 1)
  return { type: 'string', go: full.slice(full.lastIndexOf('/') + 1), ...(values && { values: values.split('|') }) }
}

function readField({ no, flags = '', list, keys, patch, value }: Record<string, string | undefined>, type: FieldType): FieldType {
  const atomic = flags.includes('a') && (type.type === 'map' || type.type === 'model')
  return {
    ...type,
    ...(type.type === 'array' && { keys: keysOf(list, keys, patch) }),
    ...(atomic && { atomic }),
    ...(no && { no: Number(no) }),
    ...(flags.includes('p') && { pointer: true }),
    ...(flags.includes('w') && { written: true }),
    ...(flags.includes('z') && { omitZero: true }),
    ...(flags.includes('r') && { required: true }),
    ...(value !== undefined && { default: JSON.parse(value) as unknown }),
  } as FieldType
}

function keysOf(list: string | undefined, keys: string | undefined, patch: string | undefined): ListKeys | undefined {
  if (list === undefined && patch === undefined) return undefined
  const mergeKey = patch?.replace(/^\^[+-]?/, '')
  const strategy = patch === undefined ? undefined : patch.startsWith('^+') ? 'merge,retainKeys' : patch.startsWith('^-') ? 'retainKeys' : 'merge'
  return {
    ...(mergeKey && { mergeKey }),
    ...(strategy && { strategy }),
    ...(list && { listType: list as ListKeys['listType'] }),
    ...(keys && { listMapKeys: keys.split(',') }),
  }
}
