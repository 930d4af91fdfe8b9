/** More than an API server's answer may have: bytes. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

/** A pods' page of 500 is a few megabytes; the largest object that etcd takes is 1.5. */
export const answerLimit = 64 * 1024 * 1024
/** One event of a watch. */
export const lineLimit = 16 * 1024 * 1024

/** A body as text. Throws `TooLarge` as soon as there is more than `limit`, without reading on. */
export async function readText(body: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > limit) throw new TooLarge(`the answer is larger than ${limit} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size).toString('utf8')
}

const newline = 0x0a

/** The lines of a stream as they come, empty ones left out. Each byte is looked at once. Throws `TooLarge` for a line of more than `limit` bytes. */
export async function* readLines(body: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<string> {
  let begun: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    let from = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      const last = chunk.subarray(from, end)
      from = end + 1
      if (size + last.byteLength > limit) throw new TooLarge(`an event of the watch is larger than ${limit} bytes`)
      const line = (size === 0 ? Buffer.from(last.buffer, last.byteOffset, last.byteLength) : Buffer.concat([...begun, last])).toString('utf8')
      begun = []
      size = 0
      if (line.trim() !== '') yield line
    }
    if (from < chunk.byteLength) begun.push(chunk.subarray(from))
    size += chunk.byteLength - from
    if (size > limit) throw new TooLarge(`an event of the watch is larger than ${limit} bytes`)
  }
}
