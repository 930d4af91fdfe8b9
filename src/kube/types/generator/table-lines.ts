import type { GoField, GoNamed, GoPackage, GoStruct } from './go-source.ts'
import { packageNamed } from './packages.ts'

// Types that have a form of their own in JSON or on the wire, by package and name.
const special: Readonly<Record<string, string>> = {
  'meta/v1.Time': 'time',
  'meta/v1.MicroTime': 'microtime',
  'meta/v1.Duration': 'duration',
  'meta/v1.FieldsV1': 'fields',
  'k8s.io/apimachinery/pkg/api/resource.Quantity': 'quantity',
  'k8s.io/apimachinery/pkg/util/intstr.IntOrString': 'intorstring',
  'k8s.io/apimachinery/pkg/runtime.RawExtension': 'raw',
  'k8s.io/apimachinery/pkg/types.UID': 'types.UID',
  'k8s.io/apimachinery/pkg/types.NodeName': 'types.NodeName',
  'apiextensions/v1.JSON': 'json',
  'apiextensions/v1.JSONSchemaPropsOrArray': 'schemas',
  'apiextensions/v1.JSONSchemaPropsOrBool': 'schemaorbool',
  'apiextensions/v1.JSONSchemaPropsOrStringArray': 'schemaorstrings',
}
const plain = new Set(['string', 'bool', 'int32', 'int64', 'any'])
const sameWire: Readonly<Record<string, string>> = { float64: 'double', int: 'int64', uint64: 'int64', '[]byte': 'bytes' }

// Named lists that are messages of their own on the wire, with their items as field 1.
const boxed = new Set(['ExtraValue', 'Verbs'])

/** Writes the types of a package as lines of a table, in the form that `read-table.ts` says. */
export class TableLines {
  readonly #name: string
  readonly #source: GoPackage

  constructor(name: string, source: GoPackage) {
    this.#name = name
    this.#source = source
  }

  /** All lines, sorted, of what is used: kinds, what is `also` asked for, and what these consist of. Lists of a kind are none: they all look alike. */
  lines(also: ReadonlySet<string>): { readonly lines: readonly string[]; readonly foreign: ReadonlySet<string> } {
    const foreign = new Set<string>()
    const lines = new Map<string, string>()
    const isKind = (name: string, type: GoStruct) =>
      !name.endsWith('List') && type.fields.some(({ name, type }) => name === '' && /^(?:\w+\.)?TypeMeta$/.test(type))
    const queue = [...this.#source.types].flatMap(([name, type]) => ((type.kind === 'struct' && isKind(name, type)) || also.has(name) ? [name] : []))
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      const type = this.#source.types.get(name)
      if (lines.has(name) || !type) continue
      lines.set(name, type.kind === 'struct' ? this.#struct(name, type) : this.#named(name, type))
      if (type.kind === 'struct') for (const field of type.fields) queue.push(...this.#used(field.type, foreign))
    }
    return { lines: [...lines.values()].filter(Boolean).sort(), foreign }
  }

  #used(type: string, foreign: Set<string>): string[] {
    const names: string[] = []
    for (const [, short, name = ''] of type.matchAll(/(?:(\w+)\.)?(\w+)/g)) {
      if (name === 'map' || plain.has(name)) continue
      if (short) foreign.add(`${this.#packageOf(short)}.${name}`)
      const named = short ? undefined : this.#source.types.get(name)
      if (named?.kind === 'named') names.push(...this.#used(named.type, foreign))
      if (!short) names.push(name)
    }
    return names
  }

  #packageOf(short: string): string {
    return packageNamed(this.#source.imports.get(short) ?? short)
  }

  #struct(name: string, { fields, markers }: GoStruct): string {
    const head = name + (fields.some(({ name, type }) => name === '' && /^(?:\w+\.)?TypeMeta$/.test(type)) ? '@' : '') + (atomic(markers) ? '#' : '')
    return [head, ...fields.flatMap((field) => this.#field(field))].join(' ')
  }

  #named(name: string, { type, isEnum, values }: GoNamed): string {
    return type === 'string' ? `${name}=${isEnum ? [...new Set(values)].sort().join('|') : ''}` : ''
  }

  #field(field: GoField): string[] {
    const [jsonName = '', ...options] = field.json
    const number = /^\d+$/.test(field.protobuf[1] ?? '') ? field.protobuf[1] : ''
    if (jsonName === '-' || /^(?:\w+\.)?TypeMeta$/.test(field.type)) return []
    if (jsonName === '') return [`+:${number}=${this.#type(field.type)}`]
    const pointer = field.type.startsWith('*')
    const written = !options.includes('omitempty') && !options.includes('omitzero')
    const required = field.markers.has('required') || (!field.markers.has('optional') && !options.includes('omitempty'))
    const flags = `${pointer ? 'p' : ''}${written ? 'w' : ''}${required ? 'r' : ''}${options.includes('omitzero') ? 'z' : ''}${atomic(field.markers) ? 'a' : ''}`
    return [`${jsonName}:${number}=${this.#type(field.type)}${flags ? `!${flags}` : ''}${keysOf(field)}${defaultOf(field)}`]
  }

  #type(type: string): string {
    if (type.startsWith('*')) return this.#type(type.slice(1))
    const same = sameWire[type]
    if (same) return same
    if (plain.has(type)) return type
    if (type.startsWith('[]')) return `[]${this.#type(type.slice(2))}`
    const map = /^map\[[\w.]+\](.+)$/.exec(type)
    if (map?.[1]) return `{}${this.#type(map[1])}`
    const [short, name] = type.includes('.') ? (type.split('.') as [string, string]) : ['', type]
    const full = short ? `${this.#packageOf(short)}.${name}` : `${this.#name}.${name}`
    const known = special[full]
    if (known) return known
    const own = short ? undefined : this.#source.types.get(name)
    if (boxed.has(name)) return 'boxed'
    if (own?.kind === 'named' && own.type !== 'string') return this.#type(own.type)
    if (full === 'core/v1.ResourceList') return '{}quantity'
    return short ? full : name
  }
}

const atomic = (markers: GoField['markers']): boolean => markers.get('mapType')?.[0] === 'atomic' || markers.get('structType')?.[0] === 'atomic'

function keysOf({ markers, mergeKey, strategy }: GoField): string {
  const listType = markers.get('listType')?.[0]
  const keys = markers.get('listMapKey') ?? []
  const list = listType === undefined ? '' : `~${listType}${keys.length > 0 ? `(${keys.join(',')})` : ''}`
  return `${list}${strategy ? `^${strategy === 'merge' ? '' : strategy === 'merge,retainKeys' ? '+' : '-'}${mergeKey}` : ''}`
}

function defaultOf({ markers }: GoField): string {
  const given = markers.get('default')?.[0]
  return given === undefined || given.startsWith('ref(') || given.includes(' ') ? '' : `%${given}`
}
