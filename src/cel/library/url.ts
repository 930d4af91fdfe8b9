import { goQuote } from '../../base/go-quote.ts'
import { readsFirst } from '../evaluate/cost.ts'
import { EvaluationError, OpaqueValue } from '../evaluate/values.ts'
import { opaque } from '../types/types.ts'
import { type Library, overloads } from './definition.ts'

interface Parts {
  readonly scheme: string
  readonly host: string
  readonly path: string
  readonly query: string
}

/** `kubernetes.URL`. */
class Url extends OpaqueValue {
  readonly typeName = 'kubernetes.URL'
  readonly text: string
  readonly parts: Parts
  constructor(text: string, parts: Parts) {
    super()
    this.text = text
    this.parts = parts
  }
  equals(other: OpaqueValue): boolean {
    return other instanceof Url && other.text === this.text
  }
}

/** As Go's url.ParseRequestURI: an absolute URL or an absolute path. Answers what is wrong. */
function parse(text: string): Url | string {
  if ([...text].some((character) => (character.codePointAt(0) ?? 0) < 0x20 || character === '\u007f')) return 'net/url: invalid control character in URL'
  const [, scheme, rest = ''] = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/s.exec(text) ?? [undefined, undefined, text]
  const [before = '', ...queries] = rest.split('?')
  const [, host = '', path = ''] = before.startsWith('//') ? (/^\/\/([^/]*)(.*)$/s.exec(before) ?? []) : [undefined, '', before]
  if (scheme === undefined && !rest.startsWith('/')) return 'invalid URI for request'
  if (/%(?![0-9a-fA-F]{2})/.test(path)) return `invalid URL escape ${goQuote(/%.{0,2}/.exec(path)?.[0] ?? '%')}`
  const name = host.slice(host.lastIndexOf('@') + 1)
  if (/[ "<>\\^`{|}]/.test(name)) return `invalid character ${goQuote(/[ "<>\\^`{|}]/.exec(name)?.[0] ?? ' ')} in host name`
  if (/:[^\]]*$/.test(name) && !/:\d*$/.test(name)) return `invalid port ${goQuote(/:[^\]]*$/.exec(name)?.[0] ?? '')} after host`
  return new Url(text, { scheme: scheme?.toLowerCase() ?? '', host: name, path, query: queries.join('?') })
}

function url(text: string): Url {
  const parsed = parse(text)
  if (typeof parsed === 'string') throw new EvaluationError(`URL parse error during conversion from string: parse ${goQuote(text)}: ${parsed}`)
  return parsed
}

const port = ({ parts }: Url) => /:(\d*)$/.exec(parts.host)?.[1] ?? ''
const hostname = ({ parts }: Url) => parts.host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')

// Go escapes in a path what encodeURIComponent does, but for these.
const escapedPath = (path: string) => path.replace(/[^A-Za-z0-9$&+,/:;=@\-_.~!*'()%]/gu, (character) => encodeURIComponent(character))

function query({ parts }: Url): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(parts.query)) found.set(name, [...(found.get(name) ?? []), value])
  return found
}

/** Kubernetes' functions of URLs. */
export const urls: Library = {
  overloads: [
    ...overloads({ 'url(string): kubernetes.URL': url, 'isURL(string): bool': (text: string) => typeof parse(text) !== 'string' }, (args) => readsFirst(args)),
    ...overloads({
      'kubernetes.URL.getScheme(): string': ({ parts }: Url) => parts.scheme,
      'kubernetes.URL.getHost(): string': ({ parts }: Url) => parts.host,
      'kubernetes.URL.getHostname(): string': hostname,
      'kubernetes.URL.getPort(): string': port,
      'kubernetes.URL.getEscapedPath(): string': ({ parts }: Url) => escapedPath(parts.path),
      'kubernetes.URL.getQuery(): map<string, list<string>>': query,
    }),
  ],
  types: { 'kubernetes.URL': opaque('kubernetes.URL') },
}
