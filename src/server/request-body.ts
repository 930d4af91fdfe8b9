import type { IncomingMessage } from 'node:http'
import { ServingError } from './serving-error.ts'

/** Nothing that is sent to the node outside a stream is longer. */
const largestBody = 1 << 20

/** The whole body; throws a 413 when it is longer than a megabyte. */
export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestBody) throw new ServingError(413, 'Request Entity Too Large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
