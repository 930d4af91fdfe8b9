import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { Field, Given, Scalar, Table, Taken } from './table.ts'

type Plain = Record<string, unknown>

/** Encodes a message; what is absent or a default is left out, but a message that is there is written though it be empty. */
export function encode<T extends Table>(table: T, value: Given<T>): Buffer {
  const writer = new BinaryWriter()
  writeMessage(writer, planOf(table), value as Plain)
  const written = writer.finish()
  return Buffer.from(written.buffer, written.byteOffset, written.byteLength)
}

/** Decodes a message; fields that are not in the table are passed over. Throws for bytes that are no message of it. */
export function decode<T extends Table>(table: T, from: Uint8Array): Taken<T> {
  try {
    const reader = new BinaryReader(from)
    return readMessage(reader, reader.len, planOf(table)) as Taken<T>
  } catch (cause) {
    throw new Error(`protobuf: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

interface Entry extends Field {
  readonly name: string
  /** Of a message within it. Made when it is first needed. */
  readonly inner: Table | undefined
}

/** A table, made ready for use once. */
interface Plan {
  readonly entries: readonly Entry[]
  readonly byNumber: readonly (Entry | undefined)[]
}

const plans = new WeakMap<Table, Plan>()

function planOf(table: Table): Plan {
  const known = plans.get(table)
  if (known) return known
  const entries = Object.entries(table).map(([name, field]): Entry => ({ ...field, name, inner: typeof field.type === 'object' ? field.type : undefined }))
  const byNumber: Entry[] = []
  for (const entry of entries) byNumber[entry.no] = entry
  const plan = { entries, byNumber }
  plans.set(table, plan)
  return plan
}

function writeMessage(writer: BinaryWriter, plan: Plan, value: Plain): void {
  for (const entry of plan.entries) {
    const given = value[entry.name]
    if (given === undefined || given === null) continue
    if (entry.repeated) writeRepeated(writer, entry, given as readonly unknown[])
    else if (entry.type === 'map') writeMap(writer, entry.no, given as Readonly<Record<string, string>>)
    else if (entry.inner) writeInner(writer, entry.no, entry.inner, given as Plain)
    else if (!isDefault(given)) writeScalar(writer.tag(entry.no, wireOf(entry.type as Scalar)), entry.type as Scalar, given)
  }
}

function writeRepeated(writer: BinaryWriter, entry: Entry, items: readonly unknown[]): void {
  const type = entry.type as Scalar
  if (entry.inner) for (const item of items) writeInner(writer, entry.no, entry.inner, item as Plain)
  else if (type === 'string' || type === 'bytes') for (const item of items) writeScalar(writer.tag(entry.no, WireType.LengthDelimited), type, item)
  else if (items.length > 0) {
    // proto3 packs numbers.
    writer.tag(entry.no, WireType.LengthDelimited).fork()
    for (const item of items) writeScalar(writer, type, item)
    writer.join()
  }
}

function writeInner(writer: BinaryWriter, no: number, table: Table, value: Plain): void {
  writer.tag(no, WireType.LengthDelimited).fork()
  writeMessage(writer, planOf(table), value)
  writer.join()
}

function writeMap(writer: BinaryWriter, no: number, entries: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(entries)) {
    writer.tag(no, WireType.LengthDelimited).fork()
    if (key !== '') writer.tag(1, WireType.LengthDelimited).string(key)
    if (value !== '') writer.tag(2, WireType.LengthDelimited).string(value)
    writer.join()
  }
}

const isDefault = (value: unknown): boolean =>
  value === '' || value === 0 || value === false || value === 0n || (value instanceof Uint8Array && value.length === 0)

function wireOf(type: Scalar): WireType {
  if (type === 'string' || type === 'bytes') return WireType.LengthDelimited
  return type === 'double' ? WireType.Bit64 : WireType.Varint
}

function writeScalar(writer: BinaryWriter, type: Scalar, value: unknown): void {
  switch (type) {
    case 'string':
      return void writer.string(value as string)
    case 'bytes':
      return void writer.bytes(value as Uint8Array)
    case 'bool':
      return void writer.bool(value as boolean)
    case 'int32':
      return void writer.int32(value as number)
    case 'uint32':
      return void writer.uint32(value as number)
    case 'int64':
    case 'exact64':
      return void writer.int64(value as number | bigint)
    case 'uint64':
      return void writer.uint64(value as number)
    case 'double':
      return void writer.double(value as number)
  }
}

function readMessage(reader: BinaryReader, end: number, plan: Plan): Plain {
  // Every field in the order of the table, so that all messages of a type have one shape.
  const value: Plain = {}
  for (const entry of plan.entries) value[entry.name] = defaultOf(entry)
  while (reader.pos < end) {
    const [no, wire] = reader.tag()
    const entry = plan.byNumber[no]
    if (entry) take(reader, wire, entry, value)
    else reader.skip(wire, no)
  }
  if (reader.pos > end) throw new Error('a message is longer than it says')
  return value
}

function defaultOf({ type, repeated, inner }: Entry): unknown {
  if (repeated) return []
  if (inner) return undefined
  switch (type as Scalar | 'map') {
    case 'string':
      return ''
    case 'bytes':
      return none
    case 'bool':
      return false
    case 'exact64':
      return 0n
    case 'map':
      return {}
    default:
      return 0
  }
}

const none = new Uint8Array()

function take(reader: BinaryReader, wire: WireType, entry: Entry, value: Plain): void {
  const { name, type, repeated, inner } = entry
  if (type === 'map') return takeMapEntry(reader, lengthOf(reader, wire, entry), value[name] as Record<string, string>)
  if (inner) {
    const item = readMessage(reader, lengthOf(reader, wire, entry), planOf(inner))
    if (repeated) (value[name] as unknown[]).push(item)
    else value[name] = item
    return
  }
  const scalar = type as Scalar
  const expected = wireOf(scalar)
  if (repeated && wire === WireType.LengthDelimited && expected !== WireType.LengthDelimited) {
    const end = lengthOf(reader, wire, entry)
    while (reader.pos < end) (value[name] as unknown[]).push(readScalar(reader, scalar))
    return
  }
  if (wire !== expected) throw new Error(`field ${name} comes with wire type ${wire} instead of ${expected}`)
  if (repeated) (value[name] as unknown[]).push(readScalar(reader, scalar))
  else value[name] = readScalar(reader, scalar)
}

/** Where the part ends that begins here. */
function lengthOf(reader: BinaryReader, wire: WireType, { name }: Entry): number {
  if (wire !== WireType.LengthDelimited) throw new Error(`field ${name} comes with wire type ${wire} instead of ${WireType.LengthDelimited}`)
  const length = reader.uint32()
  if (length > reader.len - reader.pos) throw new Error('cut off')
  return reader.pos + length
}

function takeMapEntry(reader: BinaryReader, end: number, entries: Record<string, string>): void {
  let key = ''
  let text = ''
  while (reader.pos < end) {
    const [no, wire] = reader.tag()
    if (no === 1 && wire === WireType.LengthDelimited) key = reader.string()
    else if (no === 2 && wire === WireType.LengthDelimited) text = reader.string()
    else reader.skip(wire, no)
  }
  // A plain assignment to that name would set the object's prototype.
  if (key === '__proto__') Object.defineProperty(entries, key, { value: text, enumerable: true, configurable: true, writable: true })
  else entries[key] = text
}

function readScalar(reader: BinaryReader, type: Scalar): unknown {
  switch (type) {
    case 'string':
      return reader.string()
    case 'bytes':
      return reader.bytes()
    case 'bool':
      return reader.bool()
    case 'int32':
      return reader.int32()
    case 'uint32':
      return reader.uint32()
    case 'int64':
      return Number(reader.int64())
    case 'uint64':
      return Number(reader.uint64())
    case 'exact64':
      return BigInt(reader.int64())
    case 'double':
      return reader.double()
  }
}
