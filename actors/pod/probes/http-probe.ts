import type { Clock } from '../../../src/base/clock.ts'
import { joinHostPort } from '../../../src/go-http/errors.ts'
import { GetError, get } from '../../../src/go-http/get.ts'
import { type Headers, headersOf } from '../../../src/go-http/header-list.ts'
import { type GoUrl, parseUrl, urlOfPath } from '../../../src/go-http/url.ts'
import { toBytes, UrlError } from '../../../src/go-http/url-escape.ts'
import { type ProbeOutcome, probeOutputLimit } from './outcome.ts'

export interface HttpTarget {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** As the pod gives it: with its query, perhaps without its first `/`. */
  readonly path: string
  readonly headers: readonly { readonly name: string; readonly value?: string }[]
}

export interface HttpTry {
  readonly userAgent: string
  /** Until the body is read; absent: as long as it takes. */
  readonly timeoutMs?: number
  readonly signal: AbortSignal
  readonly clock: Clock
  /** A hook is done with any answer, and is asked by a client that keeps connections and takes what is packed. */
  readonly purpose?: 'probe' | 'hook'
}

/** Passes on 200 to 399, as Go's http.Client reads the answer. Redirects within the host are followed; one that is not is a warning and passes. https does not verify. */
export async function probeHttp(target: HttpTarget, options: HttpTry): Promise<ProbeOutcome> {
  const timeout = new AbortController()
  const { timeoutMs } = options
  const timer =
    timeoutMs === undefined ? undefined : options.clock.setTimer(timeoutMs, () => timeout.abort(new Error(tooLong('exceeded while awaiting headers'))))
  const signal = AbortSignal.any([timeout.signal, options.signal])
  const hook = options.purpose === 'hook'
  const headers = requestHeaders(target.headers, options.userAgent)
  try {
    const added = hook ? (headers.has('Accept-Encoding') ? [] : ['Accept-Encoding: gzip']) : ['Connection: close']
    const { status, body, bodyError } = await get(targetUrl(target), { headers, bodyLimit: probeOutputLimit, added, signal })
    if (options.signal.aborted) return { result: 'unknown', output: 'stopped' }
    if (bodyError !== undefined && !hook)
      return { result: 'unknown', state: 'failure', output: timeout.signal.aborted ? tooLong('or context cancellation while reading body') : bodyError }
    if (status < 200 || status >= 400) return { result: 'failure', output: `HTTP probe failed with statuscode: ${status}` }
    return status < 300 ? { result: 'success', output: body } : { result: 'warning', output: `Probe terminated redirects, Response body: ${body}` }
  } catch (error) {
    if (options.signal.aborted) return { result: 'unknown', output: 'stopped' }
    if (error instanceof UrlError) return { result: 'unknown', output: error.message }
    if (error instanceof GetError) return { result: 'failure', output: error.message }
    throw error
  } finally {
    timer?.cancel()
  }
}

const tooLong = (when: string): string => `context deadline exceeded (Client.Timeout ${when})`

/** kubelet, `formatURL`: the path is read as a URL of which scheme and host are replaced; what is no URL is taken as a path as it stands. */
function targetUrl({ scheme, host, port, path }: HttpTarget): GoUrl {
  let url: GoUrl
  try {
    url = parseUrl(path)
  } catch (error) {
    if (!(error instanceof UrlError)) throw error
    url = urlOfPath(path)
  }
  return { ...url, scheme, host: toBytes(joinHostPort(host, port)) }
}

/** kubelet, `newProbeRequest`: a User-Agent and an Accept of the pod's own win; an empty Accept means none. */
function requestHeaders(list: HttpTarget['headers'], userAgent: string): Headers {
  const headers = headersOf(list)
  if (!headers.has('User-Agent')) headers.set('User-Agent', [userAgent])
  if (!headers.has('Accept')) headers.set('Accept', ['*/*'])
  else if (headers.get('Accept')?.[0] === '') headers.delete('Accept')
  return headers
}
