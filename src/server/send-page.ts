import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { metricsType, type PageContent } from './pages.ts'

const compress = promisify(gzip)
/** What fits into a packet or two is sent as it is. */
const worthwhile = 2048

/** Answers with a page. Metrics are compressed for who takes it, as by Prometheus' own handler: of a thousand pods they are megabytes. */
export async function sendPage({ type, body }: PageContent, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (type !== metricsType || body.length < worthwhile || !takesGzip(request)) return void response.writeHead(200, { 'content-type': type }).end(body)
  // On another thread, at the least effort: what it saves is the network's.
  const packed = await compress(body, { level: 1 })
  response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip', 'content-length': packed.length, vary: 'accept-encoding' }).end(packed)
}

const takesGzip = ({ headers }: IncomingMessage): boolean =>
  String(headers['accept-encoding'] ?? '')
    .split(',')
    .some((each) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/.test(each))
