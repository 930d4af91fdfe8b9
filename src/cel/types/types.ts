/** Types that need nothing more than their name. */
export type PlainKind = 'dyn' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'bool' | 'null' | 'timestamp' | 'duration' | 'any' | 'error'

export interface ObjectField {
  readonly type: CelType
  /** Its name in the JSON object; in expressions it may be escaped. */
  readonly json: string
}

/** A type of the Common Expression Language. */
export type CelType =
  | { readonly kind: PlainKind }
  /** `semantics` as `x-kubernetes-list-type` has it: a set is equal in any order, a map goes by its keys. */
  | { readonly kind: 'list'; readonly element: CelType; readonly semantics?: ListSemantics }
  | { readonly kind: 'map'; readonly key: CelType; readonly value: CelType }
  | { readonly kind: 'optional'; readonly value: CelType }
  /** A type as a value: `type(1)`. */
  | { readonly kind: 'type'; readonly of: CelType }
  /** A value of a library: `net.IP`, `kubernetes.Quantity`. */
  | { readonly kind: 'opaque'; readonly name: string }
  /** An object with known fields, told when they are first asked for, by their names in expressions. `open`: any other field is `dyn`. */
  | { readonly kind: 'object'; readonly name: string; readonly open?: boolean; fields(): ReadonlyMap<string, ObjectField> }
  /** A parameter of a signature (`T`), or, with a `box`, one that is yet to be found. */
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'variable'; readonly box: { is?: CelType } }

export type ListSemantics = { readonly kind: 'set' } | { readonly kind: 'map'; readonly keys: readonly string[] }

export const dyn: CelType = { kind: 'dyn' }
export const int: CelType = { kind: 'int' }
export const uint: CelType = { kind: 'uint' }
export const double: CelType = { kind: 'double' }
export const string: CelType = { kind: 'string' }
export const bytes: CelType = { kind: 'bytes' }
export const bool: CelType = { kind: 'bool' }
export const nullType: CelType = { kind: 'null' }
export const timestamp: CelType = { kind: 'timestamp' }
export const duration: CelType = { kind: 'duration' }

export const listOf = (element: CelType, semantics?: ListSemantics): CelType => ({ kind: 'list', element, ...(semantics && { semantics }) })
export const mapOf = (key: CelType, value: CelType): CelType => ({ kind: 'map', key, value })
export const optionalOf = (value: CelType): CelType => ({ kind: 'optional', value })
export const opaque = (name: string): CelType => ({ kind: 'opaque', name })

/** An object whose fields are all known, by their names in JSON. */
export function objectOf(name: string, fields: Readonly<Record<string, CelType>>): CelType {
  const map = new Map(Object.entries(fields).map(([json, type]) => [json, { type, json }]))
  return { kind: 'object', name, fields: () => map }
}

/** A new type that is yet to be found. */
export const unknownType = (): CelType => ({ kind: 'variable', box: {} })

/** What a type that was to be found has become. */
export function resolved(type: CelType): CelType {
  let current = type
  while (current.kind === 'variable' && current.box.is) current = current.box.is
  return current
}

/** As cel-go writes it in its messages: `list(int)`, `map(string, dyn)`. */
export function typeText(given: CelType): string {
  const type = resolved(given)
  switch (type.kind) {
    case 'list':
      return `list(${typeText(type.element)})`
    case 'map':
      return `map(${typeText(type.key)}, ${typeText(type.value)})`
    case 'optional':
      return `optional_type(${typeText(type.value)})`
    case 'type':
      return `type(${typeText(type.of)})`
    case 'opaque':
    case 'object':
    case 'parameter':
      return type.name
    case 'variable':
      return 'dyn'
    case 'error':
      return '!error!'
    default:
      return type.kind
  }
}

/** The type with what was found put in, and `dyn` for what was not. */
export function settled(given: CelType): CelType {
  const type = resolved(given)
  switch (type.kind) {
    case 'variable':
    case 'any':
      return dyn
    case 'list':
      return { ...type, element: settled(type.element) }
    case 'map':
      return mapOf(settled(type.key), settled(type.value))
    case 'optional':
      return optionalOf(settled(type.value))
    case 'type':
      return { kind: 'type', of: settled(type.of) }
    default:
      return type
  }
}
