import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Document } from './documents.ts'

const yearMs = 365 * 24 * 3600_000

export interface Asked {
  /** Of the query. */
  readonly hash: string | null
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * Sends a document with its tag, or 304 when the client has it. One that was asked for by `hash` never changes and may be kept; by another hash than the present one
 * the client is led to that (kube-openapi's handler3).
 */
export function sendDocument(request: IncomingMessage, response: ServerResponse, { contentType, body, etag }: Document, { hash, now }: Asked): void {
  if (response.destroyed || response.writableEnded) return
  response.setHeader('cache-control', 'no-cache, private')
  if (etag !== undefined) {
    response.setHeader('etag', `"${etag}"`)
    response.setHeader('vary', 'Accept')
    if (hash && hash !== etag) {
      const path = (request.url ?? '').split('?')[0]
      response.writeHead(301, { location: `${path}?hash=${etag}` }).end()
      return
    }
    if (hash) response.setHeader('cache-control', 'public, immutable').setHeader('expires', new Date(now + yearMs).toUTCString())
    if (request.headers['if-none-match']?.split(',').some((tag) => tag.trim() === `"${etag}"`)) {
      response.writeHead(304).end()
      return
    }
  }
  response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) })
  response.end(request.method === 'HEAD' ? undefined : body)
}
