import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { parseDuration } from '../../config/duration.ts'
import { writeJson } from '../../json/exact.ts'
import type { FieldType, ModelRef } from '../../kube/types/model.ts'
import { type Entry, type Plan, planOf } from './plan.ts'
import { choiceNumbers, choiceOf, isChoice, schemaModel } from './schema-choices.ts'
import { readTime } from './time.ts'

type Json = Readonly<Record<string, unknown>>

/** The bytes of an object of a built-in type, as its message: all that is in it and that the type has. */
export function encodeMessage(model: ModelRef, object: Json): Uint8Array {
  const writer = new BinaryWriter()
  writeFields(writer, planOf(model), object)
  return writer.finish()
}

function writeFields(writer: BinaryWriter, plan: Plan, object: Json): void {
  for (const entry of plan.entries) {
    if (entry.inlined) {
      writeInlined(writer, entry, entry.inlined, object)
      continue
    }
    const value = object[entry.name]
    if (value !== undefined && value !== null) writeField(writer, entry.no, entry.type, value)
  }
}

function writeInlined(writer: BinaryWriter, { no }: Entry, ref: ModelRef, object: Json): void {
  writer.tag(no, WireType.LengthDelimited).fork()
  writeFields(writer, planOf(ref), object)
  writer.join()
}

function writeField(writer: BinaryWriter, no: number, type: FieldType, value: unknown): void {
  switch (type.type) {
    case 'array':
      return writeList(writer, no, type, value as readonly unknown[])
    case 'map':
      for (const [key, item] of Object.entries(value as Json)) {
        writer.tag(no, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string(key)
        writeValue(writer, 2, type.values, item)
        writer.join()
      }
      return
    default:
      return writeValue(writer, no, type, value)
  }
}

function writeList(writer: BinaryWriter, no: number, type: FieldType & { type: 'array' }, items: readonly unknown[]): void {
  if (type.boxed) writer.tag(no, WireType.LengthDelimited).fork()
  // proto2: numbers are not packed.
  for (const item of items) writeValue(writer, type.boxed ? 1 : no, type.items, item)
  if (type.boxed) writer.join()
}

/** One value with its tag. A null among others is Go's zero. */
function writeValue(writer: BinaryWriter, no: number, type: FieldType, value: unknown): void {
  switch (type.type) {
    case 'string':
      return writeText(writer, no, type, typeof value === 'string' ? value : value === null ? '' : String(value))
    case 'boolean':
      writer.tag(no, WireType.Varint).bool(value === true)
      return
    case 'number':
      return writeNumber(writer, no, type.format, (value ?? 0) as number | bigint)
    case 'model':
      writer.tag(no, WireType.LengthDelimited).fork()
      if (value !== null) writeFields(writer, planOf(type.model), value as Json)
      writer.join()
      return
    case 'int-or-string':
      return writeIntOrString(writer, no, value)
    case 'any':
      return writeAny(writer, no, type, value)
    case 'array':
    case 'map':
      return writeField(writer, no, type, value ?? [])
  }
}

function writeNumber(writer: BinaryWriter, no: number, format: string, value: number | bigint): void {
  if (format === 'int32') writer.tag(no, WireType.Varint).int32(Number(value))
  else if (format === 'int64') writer.tag(no, WireType.Varint).int64(value)
  else writer.tag(no, WireType.Bit64).double(Number(value))
}

function writeText(writer: BinaryWriter, no: number, { format }: FieldType & { type: 'string' }, text: string): void {
  writer.tag(no, WireType.LengthDelimited)
  switch (format) {
    case undefined:
      writer.string(text)
      return
    case 'byte':
      writer.bytes(Buffer.from(text, 'base64'))
      return
    case 'quantity':
      writer.fork().tag(1, WireType.LengthDelimited).string(text).join()
      return
    case 'duration':
      writer
        .fork()
        .tag(1, WireType.Varint)
        .int64(Math.round((parseDuration(text) ?? 0) * 1e6))
        .join()
      return
    case 'date-time':
    case 'micro-time':
      return writeInstant(writer, text, format === 'micro-time')
  }
}

function writeInstant(writer: BinaryWriter, text: string, micro: boolean): void {
  const time = readTime(text)
  writer.fork()
  // Go's zero time has no bytes.
  if (time)
    writer
      .tag(1, WireType.Varint)
      .int64(time.seconds)
      .tag(2, WireType.Varint)
      .int32(micro ? time.nanos : 0)
  writer.join()
}

function writeIntOrString(writer: BinaryWriter, no: number, value: unknown): void {
  const isText = typeof value === 'string'
  writer
    .tag(no, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.Varint)
    .int64(isText ? 1 : 0)
    .tag(2, WireType.Varint)
    .int32(isText ? 0 : Number(value ?? 0))
  writer
    .tag(3, WireType.LengthDelimited)
    .string(isText ? value : '')
    .join()
}

function writeAny(writer: BinaryWriter, no: number, { format }: FieldType & { type: 'any' }, value: unknown): void {
  writer.tag(no, WireType.LengthDelimited).fork()
  if (!isChoice(format)) writer.tag(1, WireType.LengthDelimited).string(writeJson(value))
  else {
    const numbers: { schema: number; schemas?: number; strings?: number; allows?: number } = choiceNumbers[format]
    const { schema, schemas, strings, allows } = choiceOf(format, value)
    if (allows !== undefined && numbers.allows) writer.tag(numbers.allows, WireType.Varint).bool(allows)
    if (schema !== undefined) writeValue(writer, numbers.schema, { type: 'model', model: schemaModel }, schema)
    for (const item of schemas ?? []) writeValue(writer, numbers.schemas ?? 0, { type: 'model', model: schemaModel }, item)
    for (const item of strings ?? []) writer.tag(numbers.strings ?? 0, WireType.LengthDelimited).string(item)
  }
  writer.join()
}
