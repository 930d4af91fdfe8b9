/** Control frames of SPDY/3.1 that matter here, by their type number. */
export const controlType = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goAway: 7, headers: 8, windowUpdate: 9 } as const

export const flagFin = 0x01
/** RST_STREAM: the stream is not wanted, or has failed. */
export const rstStatus = { protocolError: 1, refusedStream: 3, cancel: 5, internalError: 6 } as const

/** A control frame, or a piece of a data frame's payload: as much as has come. The last piece of a frame carries its flags. */
export type Frame =
  | { readonly kind: 'data'; readonly streamId: number; readonly flags: number; readonly payload: Buffer }
  | { readonly kind: 'control'; readonly type: number; readonly flags: number; readonly payload: Buffer }

const headerSize = 8
/** Control frames are kept until they are whole; a peer that sends a longer one is cut off. As much as a header block may have. */
const largestControlFrame = 64 << 10

/** The frame whose payload is being read. */
type Open = { readonly flags: number; left: number } & ({ readonly streamId: number } | { readonly type: number; readonly whole: Buffer })

/** Takes apart what the connection brings, however it is cut, without copying the payloads of data. Throws for a peer that speaks something else. */
export class FrameParser {
  readonly #header = Buffer.alloc(headerSize)
  #inHeader = 0
  #open: Open | undefined;

  *feed(chunk: Buffer): Generator<Frame> {
    for (let at = 0; at < chunk.length; ) {
      if (!this.#open) {
        const taken = chunk.copy(this.#header, this.#inHeader, at, at + headerSize - this.#inHeader)
        this.#inHeader += taken
        at += taken
        if (this.#inHeader < headerSize) return
        this.#inHeader = 0
        this.#open = opened(this.#header)
      }
      const open = this.#open
      const payload = chunk.subarray(at, at + open.left)
      at += payload.length
      open.left -= payload.length
      const whole = open.left === 0
      if (whole) this.#open = undefined
      if ('streamId' in open) {
        if (whole || payload.length > 0) yield { kind: 'data', streamId: open.streamId, flags: whole ? open.flags : 0, payload }
        continue
      }
      // Copied, so that one that comes byte by byte holds no chunk for each.
      payload.copy(open.whole, open.whole.length - open.left - payload.length)
      if (whole) yield { kind: 'control', type: open.type, flags: open.flags, payload: open.whole }
    }
  }
}

function opened(header: Buffer): Open {
  const first = header.readUInt32BE(0)
  const flags = header.readUInt8(4)
  const left = header.readUIntBE(5, 3)
  if (first >>> 31 === 0) return { streamId: first, flags, left }
  const version = (first >>> 16) & 0x7fff
  if (version !== 3) throw new Error(`SPDY version ${version} is not spoken here; use SPDY/3.1`)
  if (left > largestControlFrame) throw new Error(`a SPDY control frame of ${left} bytes is too long`)
  return { type: first & 0xffff, flags, left, whole: Buffer.alloc(left) }
}

/** The eight bytes before a data frame's payload. */
export function dataHeader(streamId: number, length: number, fin: boolean): Buffer {
  const header = Buffer.alloc(headerSize)
  header.writeUInt32BE(streamId)
  header.writeUInt8(fin ? flagFin : 0, 4)
  header.writeUIntBE(length, 5, 3)
  return header
}

export function controlFrame(type: number, flags: number, ...parts: readonly (number | Uint8Array)[]): Buffer {
  const payload = Buffer.concat(parts.map((part) => (typeof part === 'number' ? uint32(part) : part)))
  const header = Buffer.alloc(headerSize)
  header.writeUInt32BE((0x80030000 | type) >>> 0)
  header.writeUInt8(flags, 4)
  header.writeUIntBE(payload.length, 5, 3)
  return Buffer.concat([header, payload])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
