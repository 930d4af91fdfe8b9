import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Clock } from '../../../src/base/clock.ts'
import { cut, type ProbeOutcome, probeOutputLimit } from './outcome.ts'

export interface HttpTarget {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** With its query, beginning with `/`. */
  readonly path: string
  readonly headers: readonly { readonly name: string; readonly value: string }[]
}

export interface HttpTry {
  readonly userAgent: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly clock: Clock
}

// Go's client, which the kubelet uses, gives up after 10 redirects.
const mostRedirects = 10

/** Passes on 200 to 399. Redirects within the host are followed; one to another host is a warning and passes. https does not verify. */
export async function probeHttp(target: HttpTarget, options: HttpTry): Promise<ProbeOutcome> {
  const timeout = new AbortController()
  const timer = options.clock.setTimer(options.timeoutMs, () => timeout.abort())
  const signal = AbortSignal.any([timeout.signal, options.signal])
  const first = new URL(`${target.scheme}://${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}${target.path}`)
  try {
    let url = first
    for (let hop = 0; ; hop++) {
      const answer = await once(url, target, options, signal)
      const location = answer.location && [301, 302, 303, 307, 308].includes(answer.status) ? new URL(answer.location, url) : undefined
      if (!location) return verdict(answer)
      if (location.hostname !== first.hostname) return { result: 'warning', output: `Probe terminated redirects, Response body: ${answer.body}` }
      if (hop + 1 >= mostRedirects) return { result: 'failure', output: `Get "${location}": stopped after ${mostRedirects} redirects` }
      url = location
    }
  } catch (error) {
    if (options.signal.aborted) return { result: 'unknown', output: 'stopped' }
    const why = timeout.signal.aborted ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)' : dialMessage(first, error)
    return { result: 'failure', output: `Get "${first}": ${why}` }
  } finally {
    timer.cancel()
  }
}

const verdict = ({ status, body }: Answer): ProbeOutcome =>
  status >= 200 && status < 400 ? { result: 'success', output: body } : { result: 'failure', output: `HTTP probe failed with statuscode: ${status}` }

interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
}

function once(url: URL, target: HttpTarget, options: HttpTry, signal: AbortSignal): Promise<Answer> {
  const headers: Record<string, string | string[]> = { 'User-Agent': options.userAgent, Accept: '*/*', Connection: 'close' }
  for (const { name, value } of target.headers) {
    const given = Object.keys(headers).find((each) => each.toLowerCase() === name.toLowerCase())
    if (given) delete headers[given]
    // An empty User-Agent or Accept given by the pod means none.
    if (value !== '' || !given) headers[name] = value
  }
  return new Promise((resolve, reject) => {
    const settings = { method: 'GET', headers, signal, agent: false as const }
    const request = url.protocol === 'https:' ? httpsRequest(url, { ...settings, rejectUnauthorized: false }) : httpRequest(url, settings)
    request.once('error', reject)
    request.once('response', (response) => readBody(response).then((body) => resolve({ ...head(response), body }), reject))
    request.end()
  })
}

const head = (response: IncomingMessage) => ({ status: response.statusCode ?? 0, location: response.headers.location })

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= probeOutputLimit) break
  }
  response.destroy()
  return cut(Buffer.concat(chunks).toString())
}

function dialMessage(url: URL, error: unknown): string {
  const cause = error as NodeJS.ErrnoException
  if (cause.code === 'ECONNREFUSED') return `dial tcp ${url.host}: connect: connection refused`
  if (cause.code === 'ECONNRESET') return cause.message === 'socket hang up' ? 'EOF' : 'read: connection reset by peer'
  return cause.message
}
