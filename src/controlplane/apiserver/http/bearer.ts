import type { IncomingMessage } from 'node:http'

/** How a browser, which can set no header on a WebSocket, shows its token: as one of the protocols it asks for, in base64url. */
export const bearerProtocol = /^base64url\.bearer\.authorization\.k8s\.io\.([A-Za-z0-9_-]+)$/

/** The bearer token of a request, from its header or from a WebSocket's protocols. */
export function bearerOf({ headers }: IncomingMessage): string | undefined {
  const header = /^Bearer +([^ ]+)/i.exec(headers.authorization ?? '')?.[1]
  if (header !== undefined || headers.upgrade?.toLowerCase() !== 'websocket') return header
  for (const protocol of (headers['sec-websocket-protocol'] ?? '').split(',')) {
    const encoded = bearerProtocol.exec(protocol.trim())?.[1]
    if (encoded !== undefined) return Buffer.from(encoded, 'base64url').toString()
  }
  return undefined
}
