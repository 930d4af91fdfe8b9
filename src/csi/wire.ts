/** A message type of proto3: its fields by name, as far as CSI needs them. */
export type Schema = Readonly<Record<string, Field>>

export interface Field {
  readonly no: number
  /** `int` is an int32, int64 or enum; `map` is map<string, string>. */
  readonly type: 'string' | 'bool' | 'int' | 'map' | Schema
  readonly repeated?: true
}

/** A message as plain data; absent fields have proto3's defaults. */
export type Message = { readonly [field: string]: unknown }

/** Encodes a message; fields that are absent or a default are left out, but a message that is present is written though it be empty. */
export function encode(schema: Schema, message: Message): Buffer {
  const parts: Buffer[] = []
  for (const [name, field] of Object.entries(schema)) {
    const value = message[name]
    if (value === undefined || value === null) continue
    for (const item of field.repeated ? (value as unknown[]) : [value]) parts.push(encodeField(field, item))
  }
  return Buffer.concat(parts)
}

function encodeField({ no, type, repeated }: Field, value: unknown): Buffer {
  if (type === 'string') return value === '' && !repeated ? empty : delimited(no, Buffer.from(String(value)))
  if (type === 'bool') return value === true ? Buffer.concat([varint(no << 3), varint(1)]) : empty
  if (type === 'int') return Number(value) === 0 ? empty : Buffer.concat([varint(no << 3), varint(Number(value))])
  if (type === 'map') return Buffer.concat(Object.entries(value as object).map(([key, text]) => delimited(no, encode(entry, { key, value: text }))))
  return delimited(no, encode(type, value as Message))
}

const empty = Buffer.alloc(0)
const entry: Schema = { key: { no: 1, type: 'string' }, value: { no: 2, type: 'string' } }

const delimited = (no: number, bytes: Buffer) => Buffer.concat([varint((no << 3) | 2), varint(bytes.length), bytes])

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}

/** Decodes a message; unknown fields are passed over. Throws for bytes that are no message. */
export function decode(schema: Schema, bytes: Buffer): Record<string, unknown> {
  const byNumber = new Map(Object.entries(schema).map(([name, field]) => [field.no, { name, field }]))
  const message: Record<string, unknown> = {}
  for (const [name, { type, repeated }] of Object.entries(schema)) {
    if (repeated) message[name] = []
    else if (type === 'map') message[name] = {}
  }
  const reader = new Reader(bytes)
  while (!reader.done) {
    const tag = Number(reader.varint())
    const value = reader.value(tag & 7)
    const known = byNumber.get(tag >>> 3)
    if (known) take(message, known.name, known.field, value)
  }
  return message
}

function take(message: Record<string, unknown>, name: string, { type, repeated }: Field, value: bigint | Buffer): void {
  if (type === 'map') {
    const { key = '', value: text = '' } = decode(entry, asBytes(value))
    message[name] = { ...(message[name] as object), [String(key)]: text }
    return
  }
  const item = single(type, value)
  if (repeated) (message[name] as unknown[]).push(item)
  else message[name] = item
}

function single(type: Exclude<Field['type'], 'map'>, value: bigint | Buffer): unknown {
  if (type === 'string') return asBytes(value).toString('utf8')
  if (type === 'bool') return value !== 0n
  if (type === 'int') return Number(BigInt.asIntN(64, asNumber(value)))
  return decode(type, asBytes(value))
}

function asBytes(value: bigint | Buffer): Buffer {
  if (typeof value === 'bigint') throw new Error('protobuf: a number where bytes must be')
  return value
}

function asNumber(value: bigint | Buffer): bigint {
  if (typeof value !== 'bigint') throw new Error('protobuf: bytes where a number must be')
  return value
}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new Error('protobuf: cut off')
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
    throw new Error('protobuf: a number is too long')
  }

  /** The value of a wire type: 0 varint, 1 eight bytes, 2 delimited, 5 four bytes. */
  value(wire: number): bigint | Buffer {
    if (wire === 0) return this.varint()
    if (wire === 1) return this.#take(8)
    if (wire === 5) return this.#take(4)
    if (wire === 2) return this.#take(Number(this.varint()))
    throw new Error(`protobuf: wire type ${wire} is not known`)
  }

  #take(length: number): Buffer {
    const from = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) throw new Error('protobuf: cut off')
    return this.#bytes.subarray(from, this.#at)
  }
}
