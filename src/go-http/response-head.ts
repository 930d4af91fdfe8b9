import { goQuote } from '../base/go-quote.ts'
import { hasControl } from './control.ts'
import { ResponseError } from './errors.ts'

/** What of a response's head decides how its body is read and where it leads. */
export interface ResponseHead {
  readonly status: number
  /** 'HTTP/1.0' has no chunks. */
  readonly atLeast11: boolean
  readonly location: string | undefined
  readonly transferEncodings: readonly string[]
  readonly contentLengths: readonly string[]
}

/** A line of bytes, one a character, as Go says it of a fault. */
const quoted = (line: string): string => goQuote(Buffer.from(line, 'latin1'))

/** `HTTP/1.1 200 OK`: the reason may be missing, with its blank. Throws `ResponseError`. */
export function parseStatusLine(line: string): Pick<ResponseHead, 'status' | 'atLeast11'> {
  const blank = line.indexOf(' ')
  if (blank < 0) throw new ResponseError(`malformed HTTP response ${quoted(line)}`)
  const version = line.slice(0, blank)
  const code =
    line
      .slice(blank + 1)
      .replace(/^ +/, '')
      .split(' ', 1)[0] ?? ''
  if (code.length !== 3 || !/^\+?\d+$/.test(code)) throw new ResponseError(`malformed HTTP status code ${quoted(code)}`)
  const digits = /^HTTP\/(\d)\.(\d)$/.exec(version)
  if (!digits) throw new ResponseError(`malformed HTTP version ${quoted(version)}`)
  return { status: Number(code), atLeast11: Number(digits[1]) > 1 || (digits[1] === '1' && Number(digits[2]) >= 1) }
}

const kept: ReadonlySet<string> = new Set(['location', 'transfer-encoding', 'content-length'])

/** The headers of one head, line by line as they come. A line that begins with a blank goes on with the one before it. */
export class HeaderLines {
  readonly #values = new Map<string, string[]>()
  #current: { readonly name: string; readonly parts: string[] } | undefined
  #first = true

  /** Throws `ResponseError`. */
  add(line: string): void {
    const first = this.#first
    this.#first = false
    if (/^[ \t]/.test(line)) {
      if (first) throw new ResponseError(`malformed MIME header initial line: ${line}`)
      const more = trim(line)
      if (hasControl(more, 'tabs')) throw new ResponseError(`malformed MIME header line: ${line}`)
      this.#current?.parts.push(more)
      return
    }
    this.#finish()
    const text = trim(line)
    const colon = text.indexOf(':')
    const name = text.slice(0, Math.max(0, colon))
    const value = text.slice(colon + 1)
    if (colon < 0 || !/^[!#$%&'*+.^_`|~0-9A-Za-z -]*$/.test(name) || hasControl(value, 'tabs')) throw new ResponseError(`malformed MIME header line: ${text}`)
    if (kept.has(name.toLowerCase())) this.#current = { name: name.toLowerCase(), parts: [value.replace(/^[ \t]+/, '')] }
  }

  values(name: string): readonly string[] {
    this.#finish()
    return this.#values.get(name) ?? []
  }

  #finish(): void {
    if (!this.#current) return
    const { name, parts } = this.#current
    this.#values.set(name, [...(this.#values.get(name) ?? []), parts.join(' ').replace(/^[ \t]+/, '')].slice(0, mostValues))
    this.#current = undefined
  }
}

/** Of one header; more are as wrong as these. */
const mostValues = 16

const trim = (line: string): string => line.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '')

/** How a response's body comes to its end. */
export type BodyKind =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-closed' }

/** Go's readTransfer. Throws `ResponseError`. */
export function bodyKind(head: ResponseHead): BodyKind {
  const { status, atLeast11, transferEncodings, contentLengths } = head
  const encodings = atLeast11 ? transferEncodings : []
  if (encodings.length > 1) throw new ResponseError(`too many transfer encodings: [${encodings.map(quoted).join(' ')}]`)
  const encoding = encodings[0]
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') throw new ResponseError(`unsupported transfer encoding: ${quoted(encoding)}`)
  const [length] = contentLengths
  if (contentLengths.length > 1 && contentLengths.some((each) => trim(each) !== trim(length ?? '')))
    throw new ResponseError(`http: message cannot contain multiple Content-Length headers; got [${contentLengths.map(quoted).join(' ')}]`)
  if ((status >= 100 && status < 200) || status === 204 || status === 304) return { kind: 'none' }
  if (encoding !== undefined) return { kind: 'chunked' }
  if (length === undefined) return { kind: 'until-closed' }
  const digits = trim(length)
  if (!/^\d+$/.test(digits) || BigInt(digits.replace(/^0+(?=\d)/, '').slice(0, 20)) >= 1n << 63n)
    throw new ResponseError(`bad Content-Length ${quoted(length)}`)
  return Number(digits) === 0 ? { kind: 'none' } : { kind: 'length', length: Number(digits) }
}
