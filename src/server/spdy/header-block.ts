import { createInflate, type Inflate } from 'node:zlib'
import { headerDictionary } from './dictionary.ts'

/** Header names are lower case; several values of one name are told apart. */
export type SpdyHeaders = ReadonlyMap<string, readonly string[]>

/** More than this a peer does not send in the headers of one stream. */
const largestBlock = 64 * 1024

/** Inflates the header blocks of one connection, which share their compression's state: one after the other, in order. */
export class HeaderReader implements Disposable {
  readonly #inflate: Inflate = createInflate({ dictionary: headerDictionary })

  /** Rejects for what is no header block, or too long a one. */
  read(compressed: Uint8Array): Promise<SpdyHeaders> {
    const inflate = this.#inflate
    return new Promise((resolve, reject) => {
      const parts: Buffer[] = []
      let size = 0
      const onData = (part: Buffer) => {
        parts.push(part)
        size += part.length
        if (size > largestBlock) settle(new Error('SPDY headers are too long'))
      }
      const settle = (error?: Error | null) => {
        inflate.off('data', onData)
        inflate.off('error', settle)
        if (error) return reject(error)
        try {
          resolve(parseBlock(Buffer.concat(parts)))
        } catch (cause) {
          reject(cause)
        }
      }
      inflate.on('data', onData)
      inflate.once('error', settle)
      inflate.write(compressed, (error) => settle(error))
    })
  }

  [Symbol.dispose](): void {
    this.#inflate.on('error', () => {})
    this.#inflate.destroy()
  }
}

function parseBlock(block: Buffer): SpdyHeaders {
  const headers = new Map<string, readonly string[]>()
  let at = 4
  const text = () => {
    const length = block.readUInt32BE(at)
    at += 4
    if (at + length > block.length) throw new Error('SPDY headers are cut short')
    const value = block.toString('utf8', at, at + length)
    at += length
    return value
  }
  for (let count = block.readUInt32BE(0); count > 0; count -= 1) {
    const name = text()
    headers.set(name.toLowerCase(), text().split('\0'))
  }
  return headers
}

// deflate, 32 kB window, no dictionary, fastest: the header that a zlib stream begins with.
const zlibHeader = Buffer.from([0x78, 0x01])

// An empty stored block: Go's reader hands out what it has only when it meets one.
const flush = Buffer.from([0, 0, 0, 0xff, 0xff])

/** Writes header blocks uncompressed, as stored deflate blocks: what a server says here is a few bytes once a stream. */
export class HeaderWriter {
  #begun = false

  write(headers: SpdyHeaders): Buffer {
    const parts: Buffer[] = [uint32(headers.size)]
    for (const [name, values] of headers) {
      for (const text of [name, values.join('\0')]) {
        const bytes = Buffer.from(text)
        parts.push(uint32(bytes.length), bytes)
      }
    }
    const block = Buffer.concat(parts)
    const stored = Buffer.alloc(5)
    stored.writeUInt16LE(block.length, 1)
    stored.writeUInt16LE(~block.length & 0xffff, 3)
    const begin = this.#begun ? [] : [zlibHeader]
    this.#begun = true
    return Buffer.concat([...begin, stored, block, flush])
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
