import { goQuote } from '../base/go-quote.ts'
import { hasControl } from './control.ts'
import { ExchangeError, exchange } from './exchange.ts'
import { type Headers, invalidHeader, requestHead } from './header-list.ts'
import type { ResponseHead } from './response-head.ts'
import { type GoUrl, hostname, parseUrl, requestUri, resolveUrl, urlBytes, urlText } from './url.ts'
import { fromBytes, UrlError } from './url-escape.ts'

export interface GetOptions {
  readonly headers: Headers
  /** How much of the body is read. */
  readonly bodyLimit: number
  /** Headers as they are written after all others. */
  readonly added: readonly string[]
  readonly signal: AbortSignal
}

/** What came of a GET; `location` when it leads to another host and was not followed. `bodyError`: why the body is not whole. */
export interface GetAnswer {
  readonly status: number
  readonly body: string
  readonly bodyError?: string
}

/** A GET that failed; the message is that of Go's `url.Error`: `Get "http://…": …`. */
export class GetError extends Error {
  override readonly name = 'GetError'
}

// Go's default.
const mostRedirects = 10
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
/** So much of a redirect's body Go reads before it goes on. */
const redirectBody = 2048

/** A GET as Go's http.Client makes it, with redirects within the host followed; one that leads elsewhere is the answer. Throws `UrlError` for a URL that is none, `GetError` for what failed, an abort among it. */
export async function get(first: GoUrl, options: GetOptions): Promise<GetAnswer> {
  const headers: Headers = new Map(options.headers)
  let url = parsed(first)
  let host = headers.get('Host')?.[0] ?? ''
  for (let hop = 0; ; hop++) {
    const failed = (why: string, where = urlText(url)) => new GetError(`Get ${goQuote(where)}: ${why}`)
    const refusal = invalidHeader(headers) ?? refused(url)
    if (refusal !== undefined) throw failed(refusal)
    const request = requestHead(requestUri(url), hostHeader(host || fromBytes(url.host)), headers, options.added)
    const limit = (head: ResponseHead) => (follows(head, url, first) ? slurped(head) : options.bodyLimit)
    const answer = await exchange(url, request, limit, options.signal).catch((error) => {
      // The signal's reason says why nobody waits any longer.
      throw error instanceof ExchangeError || (options.signal.aborted && error instanceof Error) ? failed(error.message) : error
    })
    const { location } = answer.head
    const next = location ? target(answer.head, url) : undefined
    if (next === undefined || location === undefined) return answerOf(answer)
    if (next === 'broken') throw failed(`failed to parse Location header ${goQuote(Buffer.from(location, 'latin1'))}: ${brokenBy(url, location)}`)
    if (hostname(next) !== hostname(first)) return answerOf(answer)
    if (hop + 1 >= mostRedirects) throw failed(`stopped after ${mostRedirects} redirects`, fromBytes(location))
    // A host of its own is kept for a location that names none.
    if (host !== '' && /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(location)) host = ''
    if (!(url.scheme === 'https' && next.scheme === 'http') && !headers.has('Referer')) headers.set('Referer', [urlText({ ...url, user: undefined })])
    url = next
  }
}

const answerOf = ({ head, body, bodyError }: { head: ResponseHead; body: Buffer; bodyError?: string }): GetAnswer => ({
  status: head.status,
  body: body.toString(),
  ...(bodyError === undefined ? {} : { bodyError }),
})

/** Go makes a request of a URL's text, not of the URL. */
function parsed(url: GoUrl): GoUrl {
  const text = fromBytes(urlBytes(url))
  try {
    return parseUrl(text)
  } catch (error) {
    throw error instanceof UrlError ? new UrlError(`parse ${goQuote(text)}: ${error.message}`) : error
  }
}

function refused(url: GoUrl): string | undefined {
  if (url.scheme !== 'http' && url.scheme !== 'https') return `unsupported protocol scheme ${goQuote(fromBytes(url.scheme))}`
  if (url.host === '') return 'http: no Host in request URL'
  return hasControl(requestUri(url), 'no-tabs') ? "net/http: can't write control character in Request.URL" : undefined
}

/** Go sends an empty one for what no host can be, and never an IPv6 zone. */
function hostHeader(host: string): string {
  const ascii = /[^\x20-\x7e]/.test(host) ? (URL.canParse(`http://${host}`) ? new URL(`http://${host}`).host : host) : host
  if (!/^[A-Za-z0-9!$%&'()*+,\-.:;=@[\]_~]*$/.test(ascii)) return ''
  return ascii.replace(/^(\[[^\]%]*)%[^\]]*\]/, '$1]')
}

/** Where a redirect leads; undefined when the answer is none. */
function target(head: ResponseHead, url: GoUrl): GoUrl | 'broken' | undefined {
  if (!head.location || !redirects.has(head.status)) return undefined
  try {
    return resolveUrl(url, fromBytes(head.location))
  } catch (error) {
    if (error instanceof UrlError) return 'broken'
    throw error
  }
}

function brokenBy(url: GoUrl, location: string): string {
  try {
    resolveUrl(url, fromBytes(location))
    return ''
  } catch (error) {
    return `parse ${goQuote(Buffer.from(location, 'latin1'))}: ${(error as Error).message}`
  }
}

function follows(head: ResponseHead, url: GoUrl, first: GoUrl): boolean {
  const next = target(head, url)
  return next !== undefined && (next === 'broken' || hostname(next) === hostname(first))
}

const slurped = ({ contentLengths, transferEncodings }: ResponseHead): number =>
  transferEncodings.length > 0 || contentLengths.length === 0 || Number(contentLengths[0]) <= redirectBody ? redirectBody : 0
