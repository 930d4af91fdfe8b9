/** A piece of a container's output. */
export interface OutputPiece {
  readonly stream: 'stdout' | 'stderr'
  readonly data: Uint8Array
}

const headerSize = 8

/**
 * Takes Docker's frames apart: a byte for the stream, three of nothing, four of length (big endian), then that many of output.
 * Output is passed on as it comes, in pieces of whatever size: frames that came together are one piece, since a log has a frame for each line.
 * Without a header (a terminal) everything is stdout.
 */
export async function* demultiplex(source: AsyncIterable<Uint8Array>, options: { readonly tty: boolean }): AsyncGenerator<OutputPiece> {
  const header = Buffer.alloc(headerSize)
  let inHeader = 0
  let left = 0
  let stream: OutputPiece['stream'] = 'stdout'
  let together: Uint8Array[] = []
  for await (const chunk of source) {
    if (options.tty) {
      yield { stream, data: chunk }
      continue
    }
    let offset = 0
    while (offset < chunk.length) {
      if (left === 0) {
        const take = Math.min(headerSize - inHeader, chunk.length - offset)
        header.set(chunk.subarray(offset, offset + take), inHeader)
        inHeader += take
        offset += take
        if (inHeader < headerSize) break
        inHeader = 0
        left = header.readUInt32BE(4)
        const next = header[0] === 2 ? 'stderr' : 'stdout'
        if (next !== stream && together.length > 0) {
          yield { stream, data: joined(together) }
          together = []
        }
        stream = next
      } else {
        const data = chunk.subarray(offset, offset + left)
        left -= data.length
        offset += data.length
        together.push(data)
      }
    }
    if (together.length === 0) continue
    yield { stream, data: joined(together) }
    together = []
  }
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => (parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts))
