import { connect } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { ByteBuffer } from './byte-buffer.ts'
import type { ResponseHead } from './response-head.ts'

/** What came of a request: a response with as much of its body as was wanted, or why there is none, as Go's transport says it. */
export type Http2Outcome = { readonly head: ResponseHead; readonly body: Buffer; readonly bodyError?: string } | { readonly failure: string }

// RFC 9113, 8.2.2: these have no place in HTTP/2. Go leaves them out too.
const ofConnection: ReadonlySet<string> = new Set(['host', 'connection', 'proxy-connection', 'transfer-encoding', 'upgrade', 'keep-alive', 'content-length'])

/**
 * Sends a request, given as the head that HTTP/1 would have, over a connection whose ends have agreed on HTTP/2, and tells once what came of it. As by Go's
 * transport, whose clients offer HTTP/2 wherever there is TLS. The caller ends the connection.
 */
export function exchangeHttp2(socket: TLSSocket, request: Buffer, bodyLimit: (head: ResponseHead) => number, tell: (outcome: Http2Outcome) => void): void {
  const body = new ByteBuffer()
  let head: ResponseHead | undefined
  let limit = 0
  const fail = (why: string) => tell(head ? { head, body: body.bytes, bodyError: why } : { failure: why })
  const whole = () => (head ? tell({ head, body: body.bytes.subarray(0, limit) }) : fail('unexpected EOF'))
  const session = connect('https://localhost', { createConnection: () => socket, settings: { enablePush: false } })
  session.on('error', () => fail('unexpected EOF'))
  session.on('close', () => fail('unexpected EOF'))
  const stream = session.request(http2Headers(request), { endStream: true })
  stream.on('response', (headers) => {
    const values = (name: string) => [headers[name] ?? []].flat()
    head = {
      status: Number(headers[':status']),
      atLeast11: true,
      location: values('location')[0],
      transferEncodings: [],
      contentLengths: values('content-length'),
    }
    limit = bodyLimit(head)
    if (limit === 0) whole()
  })
  stream.on('data', (chunk: Buffer) => {
    body.append(chunk)
    if (body.bytes.length >= limit) whole()
  })
  stream.on('end', whole)
  stream.on('error', () => fail(stream.rstCode ? `stream error: stream ID ${stream.id}; ${codeName(stream.rstCode)}; received from peer` : 'unexpected EOF'))
}

function http2Headers(request: Buffer): Record<string, string | string[]> {
  const [first = '', ...lines] = request.toString('latin1').trimEnd().split('\r\n')
  const fields = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const)
  const headers = new Map<string, string[]>()
  for (const [name, value] of fields) if (!ofConnection.has(name)) headers.set(name, [...(headers.get(name) ?? []), value])
  const authority = fields.find(([name]) => name === 'host')?.[1] ?? ''
  const pseudo = { ':method': 'GET', ':scheme': 'https', ':path': first.slice('GET '.length, first.lastIndexOf(' ')), ':authority': authority }
  return { ...pseudo, ...Object.fromEntries([...headers].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values])) }
}

// RFC 9113, section 7, by their numbers.
const errorNames: readonly string[] = [
  ...['NO_ERROR', 'PROTOCOL_ERROR', 'INTERNAL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT', 'STREAM_CLOSED', 'FRAME_SIZE_ERROR', 'REFUSED_STREAM'],
  ...['CANCEL', 'COMPRESSION_ERROR', 'CONNECT_ERROR', 'ENHANCE_YOUR_CALM', 'INADEQUATE_SECURITY', 'HTTP_1_1_REQUIRED'],
]
const codeName = (code: number): string => errorNames[code] ?? `unknown error code 0x${code.toString(16)}`
