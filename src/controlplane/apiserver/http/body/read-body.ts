import type { IncomingMessage } from 'node:http'
import { tooLarge } from '../../rest/status-errors.ts'

/** kube-apiserver: MaxRequestBodyBytes. */
export const maxBodyBytes = 3 * 1024 * 1024

/** Reads the whole body; throws a 413 above the limit. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge(maxBodyBytes)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > maxBodyBytes) throw tooLarge(maxBodyBytes)
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

/** The media type without its parameters. */
export const mediaType = (contentType: string | undefined) => contentType?.split(';', 1)[0]?.trim().toLowerCase() || undefined
