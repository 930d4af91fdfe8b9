/** Control frames of SPDY/3.1 that matter here, by their type number. */
export const controlType = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goAway: 7, headers: 8, windowUpdate: 9 } as const

export const flagFin = 0x01
/** RST_STREAM: the stream is not wanted, or has failed. */
export const rstStatus = { protocolError: 1, refusedStream: 3, cancel: 5, internalError: 6 } as const

/** One frame as it is on the wire. */
export type Frame =
  | { readonly kind: 'data'; readonly streamId: number; readonly flags: number; readonly payload: Buffer }
  | { readonly kind: 'control'; readonly type: number; readonly flags: number; readonly payload: Buffer }

const headerSize = 8
/** Larger than any frame that a Go client writes (it cuts nothing, but reads 32 kB at once); a peer that sends more is cut off. */
const largestFrame = 1 << 20

/** Puts frames together from what the connection brings, however it is cut. Throws for a peer that speaks something else. */
export class FrameParser {
  #rest: Buffer = Buffer.alloc(0);

  *feed(chunk: Buffer): Generator<Frame> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    while (this.#rest.length >= headerSize) {
      const first = this.#rest.readUInt32BE(0)
      const length = this.#rest.readUIntBE(5, 3)
      if (length > largestFrame) throw new Error(`a SPDY frame of ${length} bytes is too long`)
      if (this.#rest.length < headerSize + length) return
      const flags = this.#rest.readUInt8(4)
      const payload = this.#rest.subarray(headerSize, headerSize + length)
      this.#rest = this.#rest.subarray(headerSize + length)
      if (first >>> 31 === 0) yield { kind: 'data', streamId: first, flags, payload }
      else {
        const version = (first >>> 16) & 0x7fff
        if (version !== 3) throw new Error(`SPDY version ${version} is not spoken here; use SPDY/3.1`)
        yield { kind: 'control', type: first & 0xffff, flags, payload }
      }
    }
  }
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
