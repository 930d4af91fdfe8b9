import { AnswerError } from './exchange.ts'

/** A piece of a container's output. */
export interface OutputPiece {
  readonly stream: 'stdout' | 'stderr'
  readonly data: Buffer
}

const headerSize = 8

/**
 * Takes Docker's frames apart: a byte for the stream, three of nothing, four of length (big endian), then that many of output. Output is passed on as it
 * comes, in pieces of whatever size; frames of one stream that came together are one piece (a log has a frame for each line).
 * Nothing is kept, however long a frame says it is. Throws `AnswerError` for what is no frame.
 * Without a header (a terminal) everything is stdout.
 */
export class Demultiplexer {
  readonly #tty: boolean
  readonly #header = Buffer.alloc(headerSize)
  #inHeader = 0
  #left = 0
  #stream: OutputPiece['stream'] = 'stdout'

  constructor(options: { readonly tty: boolean }) {
    this.#tty = options.tty
  }

  /** What the connection brought. The pieces lie within it: headers between them are written over, so it is the caller's no more. */
  *take(chunk: Buffer): Generator<OutputPiece> {
    if (this.#tty) return yield { stream: 'stdout', data: chunk }
    // The piece that is being put together.
    let from = 0
    let to = 0
    for (let at = 0; at < chunk.length; ) {
      if (this.#left === 0) {
        const taken = chunk.copy(this.#header, this.#inHeader, at, at + headerSize - this.#inHeader)
        this.#inHeader += taken
        at += taken
        if (this.#inHeader < headerSize) break
        this.#inHeader = 0
        this.#left = this.#header.readUInt32BE(4)
        if ((this.#header[0] ?? 0) > 2 || this.#header.readUIntBE(1, 3) !== 0)
          throw new AnswerError(`its stream is not made of frames: ${this.#header.toString('hex')} is no header`)
        const next = this.#header[0] === 2 ? 'stderr' : 'stdout'
        if (next !== this.#stream && to > from) {
          yield { stream: this.#stream, data: chunk.subarray(from, to) }
          from = to
        }
        this.#stream = next
      } else {
        const end = Math.min(chunk.length, at + this.#left)
        if (to === from) from = to = at
        if (to < at) chunk.copyWithin(to, at, end)
        to += end - at
        this.#left -= end - at
        at = end
      }
    }
    if (to > from) yield { stream: this.#stream, data: chunk.subarray(from, to) }
  }
}

/** As `Demultiplexer`, over everything that `source` brings. */
export async function* demultiplex(source: AsyncIterable<Uint8Array>, options: { readonly tty: boolean }): AsyncGenerator<OutputPiece> {
  const frames = new Demultiplexer(options)
  for await (const chunk of source) yield* frames.take(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
}
