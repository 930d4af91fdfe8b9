const upgrade = (method: string, to: string, headers = '') =>
  `${method} /exec/n/p/c?command=x&output=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${to}\r\n${headers}\r\n`
const websocket = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n'
const body = 'POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{'

/** What somebody without a credential may try; `more` is how many bytes are sent after it. */
export const floodKinds = {
  'WebSocket upgrades, and bytes after them': { tls: true, text: upgrade('GET', 'websocket', websocket), more: 20_000 },
  'WebSocket upgrades that lack what they need': { tls: true, text: upgrade('GET', 'websocket'), more: 0 },
  'SPDY upgrades, and bytes after them': { tls: true, text: upgrade('POST', 'SPDY/3.1'), more: 20_000 },
  'upgrades to what nobody speaks': { tls: true, text: upgrade('GET', 'h2c', 'HTTP2-Settings: AAAA\r\n'), more: 1000 },
  'upgrades with half of their headers': { tls: true, text: upgrade('GET', 'websocket').slice(0, -4), more: 0 },
  CONNECT: { tls: true, text: 'CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n', more: 1000 },
  'bodies that do not come': { tls: true, text: body, more: 0 },
  'a request each, kept alive': { tls: true, text: 'GET /api HTTP/1.1\r\nHost: x\r\n\r\n', more: 0 },
  'no request after TLS': { tls: true, text: '', more: 0 },
  'no TLS': { tls: false, text: '', more: 0 },
  'something that is not TLS': { tls: false, text: 'GET / HTTP/1.1\r\n\r\n', more: 0 },
} as const

export type FloodKind = keyof typeof floodKinds
