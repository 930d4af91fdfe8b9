import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { goDuration } from '../../base/go-duration.ts'
import { putOwn } from '../../base/own.ts'
import { type Int64, parseJson } from '../../json/exact.ts'
import type { FieldType, ModelRef } from '../../kube/types/model.ts'
import { type Plan, planOf } from './plan.ts'
import { type Choice, type ChoiceFormat, choiceNumbers, choiceValue, isChoice, schemaModel } from './schema-choices.ts'
import { writeMicroTime, writeTime } from './time.ts'

type Json = Record<string, unknown>

// Nothing in Kubernetes is nested half as deep, but JSON schemas may be.
const maxDepth = 1000

/**
 * The object of a message of a built-in type, as Go would write it to JSON: zeros that its JSON leaves out are left out. Fields that the type does not have are
 * passed over. Throws for bytes that are no such message.
 */
export function decodeMessage(model: ModelRef, bytes: Uint8Array): Json {
  const reader = new BinaryReader(bytes)
  return readFields(reader, reader.len, planOf(model), {}, 0)
}

function readFields(reader: BinaryReader, end: number, plan: Plan, object: Json, depth: number): Json {
  if (depth > maxDepth) throw new Error('exceeded max depth')
  while (reader.pos < end) {
    const [no, wire] = reader.tag()
    const entry = plan.byNumber[no]
    if (!entry) reader.skip(wire, no)
    else if (entry.inlined) readFields(reader, endOf(reader, wire, end), planOf(entry.inlined), object, depth + 1)
    else readField(reader, wire, end, entry.name, entry.type, object, depth)
  }
  if (reader.pos > end) throw new Error('a message is longer than it says')
  return object
}

function readField(reader: BinaryReader, wire: WireType, end: number, name: string, type: FieldType, object: Json, depth: number): void {
  switch (type.type) {
    case 'array':
      return readItem(reader, wire, end, type, ownList(object, name), depth)
    case 'map': {
      const [key, value] = readMapEntry(reader, endOf(reader, wire, end), type.values, depth)
      return putOwn(ownMap(object, name), key, value)
    }
    default: {
      const value = readValue(reader, wire, end, type, depth)
      if (!isLeftOut(type, value)) object[name] = value
    }
  }
}

function ownList(object: Json, name: string): unknown[] {
  object[name] ??= []
  return object[name] as unknown[]
}

function ownMap(object: Json, name: string): Json {
  object[name] ??= {}
  return object[name] as Json
}

/** Go's `omitempty`, of which a struct knows nothing, and `omitzero`. A time of no bytes is null. */
function isLeftOut({ pointer, written, omitZero }: FieldType, value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (pointer || written) return false
  if (typeof value === 'object') return omitZero === true && Object.keys(value).length === 0
  return value === '' || value === 0 || value === false
}

function readItem(reader: BinaryReader, wire: WireType, end: number, { items, boxed }: FieldType & { type: 'array' }, list: unknown[], depth: number): void {
  const scalar = items.type === 'number' || items.type === 'boolean'
  if (boxed) {
    const within = endOf(reader, wire, end)
    while (reader.pos < within) {
      const [no, inner] = reader.tag()
      if (no === 1) list.push(readValue(reader, inner, within, items, depth))
      else reader.skip(inner, no)
    }
  } else if (scalar && wire === WireType.LengthDelimited) {
    // Packed, as a library of proto3 may send it.
    const within = endOf(reader, wire, end)
    while (reader.pos < within) list.push(readValue(reader, wireOf(items), within, items, depth))
  } else list.push(readValue(reader, wire, end, items, depth))
}

function readMapEntry(reader: BinaryReader, end: number, values: FieldType, depth: number): [key: string, value: unknown] {
  let key = ''
  const list: unknown[] = []
  let value: unknown
  while (reader.pos < end) {
    const [no, wire] = reader.tag()
    if (no === 1) key = readText(reader, wire, end)
    else if (no !== 2) reader.skip(wire, no)
    else if (values.type === 'array') readItem(reader, wire, end, values, list, depth)
    else value = readValue(reader, wire, end, values, depth)
  }
  if (values.type === 'array') return [key, list]
  return [key, value ?? zeroOf(values)]
}

function zeroOf(type: FieldType): unknown {
  switch (type.type) {
    case 'string':
      return type.format === 'quantity' ? '0' : type.format === 'date-time' || type.format === 'micro-time' ? null : ''
    case 'number':
    case 'int-or-string':
      return 0
    case 'boolean':
      return false
    case 'array':
      return []
    case 'map':
    case 'model':
      return {}
    case 'any':
      return null
  }
}

const wireOf = (type: FieldType): WireType => {
  if (type.type === 'boolean') return WireType.Varint
  if (type.type !== 'number') return WireType.LengthDelimited
  return type.format === 'int32' || type.format === 'int64' ? WireType.Varint : WireType.Bit64
}

/** One value, after its tag. */
function readValue(reader: BinaryReader, wire: WireType, end: number, type: FieldType, depth: number): unknown {
  if (wire !== wireOf(type)) throw new Error(`a field comes with wire type ${wire} instead of ${wireOf(type)}`)
  switch (type.type) {
    case 'string':
      return readString(reader, wire, end, type)
    case 'boolean':
      return reader.bool()
    case 'number':
      return type.format === 'int32' ? reader.int32() : type.format === 'int64' ? exact(reader.int64()) : reader.double()
    case 'model':
      return readFields(reader, endOf(reader, wire, end), planOf(type.model), {}, depth + 1)
    case 'int-or-string':
      return readIntOrString(reader, endOf(reader, wire, end))
    case 'any':
      return isChoice(type.format) ? readChoice(reader, endOf(reader, wire, end), type.format, depth) : readRaw(reader, endOf(reader, wire, end))
    case 'array':
    case 'map':
      throw new Error('a list within a list is no field')
  }
}

/** A number where a double holds it. */
function exact(given: bigint | string): Int64 {
  const value = BigInt(given)
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

/** Where the part ends that begins here. */
function endOf(reader: BinaryReader, wire: WireType, outer: number): number {
  if (wire !== WireType.LengthDelimited) throw new Error(`a field comes with wire type ${wire} instead of ${WireType.LengthDelimited}`)
  const length = reader.uint32()
  if (length > outer - reader.pos) throw new Error('unexpected EOF')
  return reader.pos + length
}

function bytesTo(reader: BinaryReader, wire: WireType, outer: number): Buffer {
  if (wire !== WireType.LengthDelimited) throw new Error(`a field comes with wire type ${wire} instead of ${WireType.LengthDelimited}`)
  const found = reader.bytes()
  if (reader.pos > outer) throw new Error('unexpected EOF')
  return Buffer.from(found.buffer, found.byteOffset, found.length)
}

const readText = (reader: BinaryReader, wire: WireType, end: number): string => bytesTo(reader, wire, end).toString('utf8')

function readString(reader: BinaryReader, wire: WireType, end: number, { format }: FieldType & { type: 'string' }): unknown {
  if (format === undefined) return readText(reader, wire, end)
  if (format === 'byte') return bytesTo(reader, wire, end).toString('base64')
  const within = endOf(reader, wire, end)
  const parts = readParts(reader, within)
  switch (format) {
    case 'quantity':
      // A quantity of no text is Go's zero.
      return parts[1] instanceof Buffer && parts[1].length > 0 ? parts[1].toString() : '0'
    case 'duration':
      return goDuration(Number(parts[1] ?? 0) / 1e6)
    case 'date-time':
      return Number.isNaN(Number(parts[1] ?? Number.NaN)) ? null : (writeTime(Number(parts[1])) ?? null)
    case 'micro-time':
      return Number.isNaN(Number(parts[1] ?? Number.NaN)) ? null : (writeMicroTime(Number(parts[1]), Number(parts[2] ?? 0)) ?? null)
  }
}

/** The fields of a small message of numbers and texts, by number. */
function readParts(reader: BinaryReader, end: number): (bigint | Buffer | undefined)[] {
  const parts: (bigint | Buffer | undefined)[] = []
  while (reader.pos < end) {
    const [no, wire] = reader.tag()
    if (no > 3) reader.skip(wire, no)
    else if (wire === WireType.Varint) parts[no] = BigInt(reader.int64())
    else if (wire === WireType.LengthDelimited) parts[no] = bytesTo(reader, wire, end)
    else reader.skip(wire, no)
  }
  if (reader.pos > end) throw new Error('a message is longer than it says')
  return parts
}

function readIntOrString(reader: BinaryReader, end: number): string | number {
  const [, type, number, text] = readParts(reader, end)
  return type === 1n ? (text instanceof Buffer ? text.toString() : '') : Number(typeof number === 'bigint' ? BigInt.asIntN(32, number) : 0)
}

function readRaw(reader: BinaryReader, end: number): unknown {
  const [, raw] = readParts(reader, end)
  return raw instanceof Buffer && raw.length > 0 ? parseJson(raw.toString()) : null
}

function readChoice(reader: BinaryReader, end: number, format: ChoiceFormat, depth: number): unknown {
  const numbers: { schema: number; schemas?: number; strings?: number; allows?: number } = choiceNumbers[format]
  const found: { -readonly [Key in keyof Choice]: Choice[Key] } = {}
  while (reader.pos < end) {
    const [no, wire] = reader.tag()
    const schema = () => readValue(reader, wire, end, { type: 'model', model: schemaModel }, depth)
    if (no === numbers.schema) found.schema = schema()
    else if (no === numbers.schemas) found.schemas = [...(found.schemas ?? []), schema()]
    else if (no === numbers.strings) found.strings = [...(found.strings ?? []), readText(reader, wire, end)]
    else if (no === numbers.allows) found.allows = reader.bool()
    else reader.skip(wire, no)
  }
  return choiceValue(format, found)
}
