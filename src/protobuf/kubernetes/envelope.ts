import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { modelOfKind } from '../../kube/types/models.ts'
import { decodeMessage } from './read.ts'
import { encodeMessage } from './write.ts'

/** The media type of the Kubernetes encoding. */
export const protobufMediaType = 'application/vnd.kubernetes.protobuf'

// Each body begins with this, then a `runtime.Unknown`: who it is, and its bytes.
const magic = Buffer.from('k8s\0')

type Json = Record<string, unknown>

export interface Kinded {
  readonly apiVersion?: string
  readonly kind?: string
}

/** The type of an object, by what it says that it is; undefined for one that has no encoding. */
export function messageOf({ apiVersion = '', kind = '' }: Kinded): string | undefined {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/', 2) : ['', apiVersion]
  return modelOfKind({ group, version, kind })
}

/** Whether objects of a kind have the Kubernetes encoding: all built-in ones do, custom ones do not. */
export const isEncodable = (object: Kinded): boolean => messageOf(object) !== undefined

/** A whole body. Throws for a kind that has no encoding. */
export function encodeObject(object: Kinded & Json): Buffer {
  const message = messageOf(object)
  if (!message) throw new Error(`${object.apiVersion} ${object.kind} has no protobuf encoding`)
  const raw = encodeMessage(message, object)
  return Buffer.concat([envelopeStart(object, raw.length), raw, envelopeEnd])
}

/** What stands before the object's own bytes, of which there are `length`. */
export function envelopeStart({ apiVersion = '', kind = '' }: Kinded, length: number): Buffer {
  const writer = new BinaryWriter()
  writer.raw(magic).tag(1, WireType.LengthDelimited).fork()
  writer.tag(1, WireType.LengthDelimited).string(apiVersion).tag(2, WireType.LengthDelimited).string(kind).join()
  writer.tag(2, WireType.LengthDelimited).uint32(length)
  return Buffer.from(writer.finish())
}

/** Content encoding and type, which are empty. */
export const envelopeEnd = Buffer.from([(3 << 3) | 2, 0, (4 << 3) | 2, 0])

/** What a body is that cannot be read. */
export class ProtobufError extends Error {
  /** `kind`: it is protobuf, but of a kind that has no encoding here. */
  readonly reason: 'format' | 'kind'

  constructor(reason: 'format' | 'kind', message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** The object of a body; `expected` is what it is when it does not say. Throws a `ProtobufError`. */
export function decodeBody(bytes: Uint8Array, expected: Kinded): Json {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!body.subarray(0, 4).equals(magic))
    throw new ProtobufError('format', `provided data does not appear to be a protobuf message, expected prefix [${[...magic].join(' ')}]`)
  try {
    const { typeMeta, raw } = readUnknown(body.subarray(4))
    const apiVersion = typeMeta.apiVersion || expected.apiVersion || ''
    const kind = typeMeta.kind || expected.kind || ''
    const message = messageOf({ apiVersion, kind })
    if (!message) throw new ProtobufError('kind', `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`)
    return { apiVersion, kind, ...decodeMessage(message, raw) }
  } catch (error) {
    if (error instanceof ProtobufError) throw error
    throw new ProtobufError('format', error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function readUnknown(body: Buffer): { readonly typeMeta: Kinded; readonly raw: Uint8Array } {
  const reader = new BinaryReader(body)
  let typeMeta: Kinded = {}
  let raw: Uint8Array = new Uint8Array()
  while (reader.pos < reader.len) {
    const [no, wire] = reader.tag()
    if ((no === 1 || no === 2) && wire === WireType.LengthDelimited) {
      const bytes = reader.bytes()
      if (no === 2) raw = bytes
      else typeMeta = readTypeMeta(bytes)
    } else reader.skip(wire, no)
  }
  return { typeMeta, raw }
}

function readTypeMeta(bytes: Uint8Array): Kinded {
  const reader = new BinaryReader(bytes)
  const texts: string[] = []
  while (reader.pos < reader.len) {
    const [no, wire] = reader.tag()
    if (wire === WireType.LengthDelimited && no <= 2) texts[no] = reader.string()
    else reader.skip(wire, no)
  }
  return { apiVersion: texts[1] ?? '', kind: texts[2] ?? '' }
}

/** A frame of a watch: its length in four bytes, then a WatchEvent with the whole object in it. */
export function watchFrame(type: string, object: Buffer): Buffer {
  const writer = new BinaryWriter()
  writer.tag(1, WireType.LengthDelimited).string(type).tag(2, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).bytes(object).join()
  const event = writer.finish()
  const length = Buffer.alloc(4)
  length.writeUInt32BE(event.length)
  return Buffer.concat([length, event])
}
