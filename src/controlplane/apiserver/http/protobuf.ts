import { putOwn } from '../../../base/own.ts'
import type { Int64 } from '../../../json/exact.ts'
import { badRequest, unsupportedMediaType } from '../rest/status-errors.ts'
import { type ProtoField, type ProtoMessage, protoTypes } from './protobuf-types.ts'

type Json = Record<string, unknown>

// Each body begins with this, then a `runtime.Unknown`: who it is, and its bytes.
const magic = Buffer.from('k8s\0')
const unknown: ProtoMessage = { 1: { name: 'typeMeta', type: { 1: { name: 'apiVersion', type: 'string' }, 2: { name: 'kind', type: 'string' } } } }

/**
 * An object from a protobuf body. Only the kinds that kubectl sends so are known, since it does not ask first;
 * for others the answer is a 415, at which client libraries are to be set to JSON. Throws a 400 for bytes that are none.
 */
export function parseProtobuf(bytes: Buffer): Json {
  if (!bytes.subarray(0, 4).equals(magic)) throw badRequest('the body is not a protobuf object: it does not begin with k8s\\0')
  const body = bytes.subarray(4)
  const { typeMeta } = readMessage(body, unknown) as { typeMeta?: { apiVersion?: string; kind?: string } }
  const { apiVersion = '', kind = '' } = typeMeta ?? {}
  const message = protoTypes[`${apiVersion} ${kind}`]
  if (!message) throw unsupportedMediaType(['application/json', 'application/yaml'])
  let raw: Buffer = Buffer.alloc(0)
  for (const { number, bytes: content } of fields(body)) if (number === 2 && content) raw = content
  return { apiVersion, kind, ...readMessage(raw, message) }
}

interface WireField {
  readonly number: number
  readonly value: bigint
  readonly bytes?: Buffer
}

function* fields(buffer: Buffer): Generator<WireField> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = buffer[at++]
      if (byte === undefined) throw badRequest('the protobuf body ends in the middle of a field')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw badRequest('the protobuf body has a number that is too long')
  }
  const take = (length: number): Buffer => {
    if (at + length > buffer.length) throw badRequest('the protobuf body ends in the middle of a field')
    at += length
    return buffer.subarray(at - length, at)
  }
  while (at < buffer.length) {
    const tag = Number(varint())
    const number = tag >>> 3
    if ((tag & 7) === 0) yield { number, value: varint() }
    else if ((tag & 7) === 2) yield { number, value: 0n, bytes: take(Number(varint())) }
    else if ((tag & 7) === 1) take(8)
    else if ((tag & 7) === 5) take(4)
    else throw badRequest('the protobuf body has a field of an unknown type')
  }
}

function readMessage(buffer: Buffer, message: ProtoMessage): Json {
  const object: Json = {}
  for (const wire of fields(buffer)) {
    const field = message[wire.number]
    if (!field) continue
    if (field.type === 'map' || field.type === 'bytesMap') {
      const map = (object[field.name] as Json | undefined) ?? {}
      object[field.name] = map
      addEntry(map, wire, field.type)
    } else {
      const value = readValue(field, wire)
      if (field.list) {
        const list = (object[field.name] as unknown[] | undefined) ?? []
        object[field.name] = list
        list.push(value)
      }
      // Go writes empty strings for absent ones.
      else if (value !== '' && value !== undefined) object[field.name] = value
    }
  }
  return object
}

function readValue({ type }: ProtoField, { value, bytes }: WireField): unknown {
  switch (type) {
    case 'int':
      return int64(value)
    case 'bool':
      return value !== 0n
    case 'string':
      return bytes?.toString() ?? ''
    case 'bytes':
      return bytes?.toString('base64') ?? ''
    case 'time':
      return readTime(bytes ?? Buffer.alloc(0))
    case 'intOrString':
      return readIntOrString(bytes ?? Buffer.alloc(0))
    case 'map':
    case 'bytesMap':
      return undefined
    default:
      return readMessage(bytes ?? Buffer.alloc(0), type)
  }
}

/** A number where a double holds it. */
function int64(value: bigint): Int64 {
  const signed = BigInt.asIntN(64, value)
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed
}

function readTime(bytes: Buffer): string | undefined {
  const seconds = [...fields(bytes)].find(({ number }) => number === 1)?.value
  return seconds ? `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}Z` : undefined
}

function readIntOrString(bytes: Buffer): string | number {
  const found = new Map([...fields(bytes)].map((entry) => [entry.number, entry]))
  return found.get(1)?.value ? (found.get(3)?.bytes?.toString() ?? '') : Number(BigInt.asIntN(32, found.get(2)?.value ?? 0n))
}

function addEntry(map: Json, { bytes }: WireField, type: 'map' | 'bytesMap'): void {
  const entry = new Map([...fields(bytes ?? Buffer.alloc(0))].map(({ number, bytes: content }) => [number, content]))
  const value = entry.get(2) ?? Buffer.alloc(0)
  putOwn(map, entry.get(1)?.toString() ?? '', value.toString(type === 'map' ? 'utf8' : 'base64'))
}
