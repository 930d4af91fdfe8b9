import type { CelType } from '../types/types.ts'

/**
 * A value in an evaluation. An int is a bigint and a double a number; lists are arrays and maps are plain objects (as they came by JSON) or Maps.
 * What came by JSON is not converted beforehand: its numbers and texts become what they are where they are read (`adapt`).
 */
export type CelValue = null | boolean | bigint | number | string | Uint8Array | readonly unknown[] | ReadonlyMap<unknown, unknown> | object

/** A list that an expression made: its numbers are doubles, where those of JSON may be ints. */
export class MadeList extends Array<CelValue> {
  static override get [Symbol.species]() {
    return Array
  }
}

export class UInt {
  readonly value: bigint
  constructor(value: bigint) {
    this.value = value
  }
}

/** A moment, in nanoseconds since the epoch. */
export class Timestamp {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

/** A span of time in nanoseconds. */
export class Duration {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

/** A type as a value. */
export class TypeValue {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

export class Optional {
  readonly value: CelValue | undefined
  constructor(value: CelValue | undefined) {
    this.value = value
  }
}
export const none = new Optional(undefined)

/** An object that an expression made: `Object.spec{replicas: 3}`. */
export class Struct {
  readonly type: string
  readonly fields: ReadonlyMap<string, CelValue>
  constructor(type: string, fields: ReadonlyMap<string, CelValue>) {
    this.type = type
    this.fields = fields
  }
}

/** A value of a library. */
export abstract class OpaqueValue {
  /** As its type is called: `net.IP`. */
  abstract readonly typeName: string
  abstract equals(other: OpaqueValue): boolean
}

/** Why an expression has no value; the message is cel-go's. It can be outweighed by the other side of `||` and `&&`. */
export class EvaluationError extends Error {}

/** The expression costs more than it may: nothing outweighs that. */
export class CostExceeded extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded')
  }
}

/** Ends an evaluation until what is asked for (a decision of the authorizer) is known: nothing outweighs that. */
export class Suspended extends Error {
  readonly asked: unknown
  readonly key: string
  constructor(key: string, asked: unknown) {
    super('the evaluation waits for a decision')
    this.key = key
    this.asked = asked
  }
}

export const isMap = (value: CelValue): value is ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>> =>
  value instanceof Map || (typeof value === 'object' && value !== null && isPlain(value))

/** A JSON object, as opposed to the classes of this file. */
export const isPlain = (value: object): value is Readonly<Record<string, unknown>> => {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The name of a value's type, as `type(x)` and messages have it. */
export function typeName(value: CelValue): string {
  switch (typeof value) {
    case 'bigint':
      return 'int'
    case 'number':
      return 'double'
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    default:
  }
  if (value === null) return 'null_type'
  if (Array.isArray(value)) return 'list'
  if (value instanceof UInt) return 'uint'
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp'
  if (value instanceof Duration) return 'google.protobuf.Duration'
  if (value instanceof TypeValue) return 'type'
  if (value instanceof Optional) return 'optional_type'
  if (value instanceof OpaqueValue) return value.typeName
  if (value instanceof Struct) return value.type
  return 'map'
}

/** Whether a value is of a type, as far as its outside shows: what an overload is chosen by. */
export function isOf(type: CelType, value: CelValue): boolean {
  switch (type.kind) {
    case 'list':
      return Array.isArray(value)
    case 'map':
      return isMap(value)
    case 'optional':
      return value instanceof Optional
    case 'opaque':
      return value instanceof OpaqueValue && value.typeName === type.name
    case 'type':
      return value instanceof TypeValue
    case 'int':
      return typeof value === 'bigint'
    case 'uint':
      return value instanceof UInt
    case 'double':
      return typeof value === 'number'
    case 'string':
      return typeof value === 'string'
    case 'bool':
      return typeof value === 'boolean'
    case 'bytes':
      return value instanceof Uint8Array
    case 'null':
      return value === null
    case 'timestamp':
      return value instanceof Timestamp
    case 'duration':
      return value instanceof Duration
    default:
      return true
  }
}
