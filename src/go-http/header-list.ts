import { goQuote } from '../base/go-quote.ts'
import { hasControl } from './control.ts'

/** A request's headers as Go's http.Header: by canonical name, each with its values in order. */
export type Headers = Map<string, string[]>

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** `x-probe` → `X-Probe`; a name that no header may have stays as it is. */
export function canonicalName(name: string): string {
  if (!token.test(name)) return name
  return name.toLowerCase().replace(/(^|-)([a-z])/g, (found) => found.toUpperCase())
}

/** A list of names and values, in which a name may stand more than once. */
export function headersOf(list: readonly { readonly name: string; readonly value?: string }[]): Headers {
  const headers: Headers = new Map()
  for (const { name, value } of list) {
    const key = canonicalName(name)
    const values = headers.get(key)
    if (values) values.push(value ?? '')
    else headers.set(key, [value ?? ''])
  }
  return headers
}

/** What of the headers cannot be sent, in Go's words; undefined: nothing. A value is not told: it may be a secret. */
export function invalidHeader(headers: Headers): string | undefined {
  for (const [name, values] of headers) {
    if (!token.test(name)) return `net/http: invalid header field name ${goQuote(name)}`
    if (values.some((value) => hasControl(value, 'tabs'))) return `net/http: invalid header field value for ${goQuote(name)}`
  }
  return undefined
}

/** Go writes these itself, or not at all. */
const ownNames: ReadonlySet<string> = new Set(['Host', 'User-Agent', 'Content-Length', 'Transfer-Encoding', 'Trailer'])

/** A GET's head as Go writes it: Host, User-Agent, the others by name. `target` is in bytes, one a character. */
export function requestHead(target: string, host: string, headers: Headers, added: readonly string[]): Buffer {
  const userAgent = headers.get('User-Agent')?.[0] ?? ''
  const lines = [`Host: ${host}`]
  if (userAgent !== '') lines.push(`User-Agent: ${trim(userAgent)}`)
  for (const name of [...headers.keys()].sort()) {
    if (ownNames.has(name)) continue
    for (const value of headers.get(name) ?? []) lines.push(`${name}: ${trim(value)}`)
  }
  return Buffer.concat([Buffer.from(`GET ${target} HTTP/1.1\r\n`, 'latin1'), Buffer.from(`${[...lines, ...added].join('\r\n')}\r\n\r\n`)])
}

const trim = (value: string): string => value.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
