import { ResponseError } from './errors.ts'

/** As bytes of chunk lines may Go's reader see beyond what the data is worth. */
const mostOverhead = 16 * 1024

/** Takes the chunks of a body apart, whatever pieces it comes in. */
export class ChunkedReader {
  #phase: 'size' | 'data' | 'end' | 'trailer' | 'done' = 'size'
  #line = ''
  #left = 0
  #overhead = 0

  get done(): boolean {
    return this.#phase === 'done'
  }

  /** Why the body is not whole when nothing more comes. */
  get missing(): string {
    return this.#phase === 'trailer' ? 'http: unexpected EOF reading trailer' : 'unexpected EOF'
  }

  /** Calls `take` with what is data. Throws `ResponseError`. */
  push(chunk: Buffer, take: (data: Buffer) => void): void {
    for (let at = 0; at < chunk.length && this.#phase !== 'done'; ) {
      if (this.#phase === 'data') {
        const data = chunk.subarray(at, at + this.#left)
        take(data)
        at += data.length
        this.#left -= data.length
        if (this.#left === 0) this.#phase = 'end'
        continue
      }
      const end = chunk.indexOf(10, at)
      const piece = chunk.subarray(at, end < 0 ? chunk.length : end + 1)
      at += piece.length
      if (this.#phase === 'end' && this.#line.length + piece.length > 2) throw new ResponseError('malformed chunked encoding')
      this.#line += piece.toString('latin1')
      if (this.#line.length > 4096)
        throw new ResponseError(this.#phase === 'trailer' ? 'http: suspiciously long trailer after chunked body' : 'header line too long')
      if (end < 0) return
      const line = this.#line
      this.#line = ''
      this.#take(line)
    }
  }

  #take(line: string): void {
    if (this.#phase === 'end') {
      if (line !== '\r\n') throw new ResponseError('malformed chunked encoding')
      this.#phase = 'size'
    } else if (this.#phase === 'size') {
      // RFC 9112 lets a head's line end in LF alone, but not a chunk's; Go holds to it since 1.24.
      const carriage = line.indexOf('\r')
      if (carriage < 0) throw new ResponseError('chunked line ends with bare LF')
      if (carriage !== line.length - 2) throw new ResponseError('invalid CR in chunked line')
      this.#left = chunkSize(line.slice(0, carriage))
      this.#overhead += line.length + 2 - 16 - 2 * this.#left
      this.#overhead = Math.max(0, this.#overhead)
      if (this.#overhead > mostOverhead) throw new ResponseError('chunked encoding contains too much non-data')
      this.#phase = this.#left === 0 ? 'trailer' : 'data'
    } else {
      const text = line.replace(/\r?\n$/, '')
      if (text === '') this.#phase = 'done'
      else if (!/^[ \t]/.test(text) && !text.includes(':')) throw new ResponseError(`malformed MIME header line: ${text}`)
    }
  }
}

function chunkSize(line: string): number {
  const digits = (line.split(';', 1)[0] ?? '').replace(/[ \t]+$/, '')
  if (digits === '') throw new ResponseError('empty hex number for chunk length')
  if (!/^[0-9a-fA-F]+$/.test(digits)) throw new ResponseError('invalid byte in chunk length')
  if (digits.length > 16) throw new ResponseError('http chunk length too large')
  return Number.parseInt(digits, 16)
}
