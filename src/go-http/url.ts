import { hasControl } from './control.ts'
import { escapeBytes, fromBytes, isEscaped, toBytes, UrlError, unescapeBytes } from './url-escape.ts'

/** A URL as Go's net/url holds it. All texts are bytes, one a character (see `toBytes`). */
export interface GoUrl {
  readonly scheme: string
  readonly opaque: string
  /** As written, still escaped; undefined: none. */
  readonly user: string | undefined
  /** With its port. */
  readonly host: string
  readonly path: string
  /** As it was written, when that is not how Go would escapeBytes it. */
  readonly rawPath: string
  readonly forceQuery: boolean
  readonly query: string
  readonly fragment: string
  readonly rawFragment: string
}

const empty: GoUrl = { scheme: '', opaque: '', user: undefined, host: '', path: '', rawPath: '', forceQuery: false, query: '', fragment: '', rawFragment: '' }

/** Reads a URL as Go's `url.Parse` does. Throws `UrlError` with Go's words. */
export function parseUrl(text: string): GoUrl {
  const [before = '', fragment = ''] = cut(toBytes(text), '#')
  const url = parseWithoutFragment(before)
  return fragment === '' ? url : { ...url, fragment: unescapeBytes(fragment, 'fragment'), rawFragment: fragment }
}

/** A URL of that path alone, whatever it holds. */
export const urlOfPath = (path: string): GoUrl => ({ ...empty, path: toBytes(path) })

function parseWithoutFragment(raw: string): GoUrl {
  if (hasControl(raw, 'no-tabs')) throw new UrlError('net/url: invalid control character in URL')
  if (raw === '*') return { ...empty, path: '*' }
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*(?=:)/.exec(raw)?.[0] ?? ''
  if (raw.startsWith(':')) throw new UrlError('missing protocol scheme')
  let rest = scheme === '' ? raw : raw.slice(scheme.length + 1)
  const forceQuery = rest.endsWith('?') && rest.indexOf('?') === rest.length - 1
  const [beforeQuery, query] = cut(rest, '?')
  rest = beforeQuery
  const url: GoUrl = { ...empty, scheme: scheme.toLowerCase(), forceQuery, query }
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...url, opaque: rest }
    if (cut(rest, '/')[0].includes(':')) throw new UrlError('first path segment in URL cannot contain colon')
  }
  if (rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'))) {
    const slash = rest.indexOf('/', 2)
    const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash)
    return { ...url, ...parseAuthority(authority), ...pathOf(slash < 0 ? '' : rest.slice(slash)) }
  }
  return { ...url, ...pathOf(rest) }
}

function parseAuthority(authority: string): Pick<GoUrl, 'user' | 'host'> {
  const at = authority.lastIndexOf('@')
  const user = at < 0 ? undefined : authority.slice(0, at)
  if (user !== undefined) {
    if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) throw new UrlError('net/url: invalid userinfo')
    unescapeBytes(user, 'user')
  }
  const host = authority.slice(at + 1)
  const port = host.startsWith('[') ? host.slice(host.lastIndexOf(']') + 1) : host.includes(':') ? host.slice(host.lastIndexOf(':')) : ''
  if (host.startsWith('[') && !host.includes(']')) throw new UrlError("missing ']' in host")
  if (!/^(:\d*)?$/.test(port)) throw new UrlError(`invalid port "${fromBytes(port)}" after host`)
  return { user, host: unescapeBytes(host, 'host') }
}

function pathOf(written: string): Pick<GoUrl, 'path' | 'rawPath'> {
  const path = unescapeBytes(written, 'path')
  return { path, rawPath: escapeBytes(path, 'path') === written ? '' : written }
}

const cut = (text: string, at: string): [string, string] => {
  const index = text.indexOf(at)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)]
}

/** The path as it goes on the wire. */
export function escapedPath({ path, rawPath }: GoUrl): string {
  if (rawPath !== '' && isEscaped(rawPath, 'path') && unescapeBytes(rawPath, 'path') === path) return rawPath
  return path === '*' ? '*' : escapeBytes(path, 'path')
}

const withQuery = (url: GoUrl): string => (url.forceQuery || url.query !== '' ? `?${url.query}` : '')

/** What stands in a request's first line. */
export const requestUri = (url: GoUrl): string => (url.opaque || escapedPath(url) || '/') + withQuery(url)

/** The URL as Go prints it, in bytes. */
export function urlBytes(url: GoUrl, hidePassword = false): string {
  const user = url.user === undefined ? '' : `${hidePassword ? url.user.replace(/:.*$/s, ':***') : url.user}@`
  const path = escapedPath(url)
  const authority = url.host !== '' || url.path !== '' || url.user !== undefined ? `//${user}${escapeBytes(url.host, 'host')}` : ''
  const middle =
    url.opaque !== ''
      ? url.opaque
      : `${url.scheme !== '' || url.host !== '' ? authority : ''}${path !== '' && path[0] !== '/' && url.host !== '' ? '/' : ''}${path}`
  const raw = url.rawFragment
  const fragment = url.fragment === '' ? '' : `#${isEscaped(raw, 'fragment') && raw !== '' ? raw : escapeBytes(url.fragment, 'fragment')}`
  return `${url.scheme === '' ? '' : `${url.scheme}:`}${middle}${withQuery(url)}${fragment}`
}

/** The URL as Go prints it, without a password. */
export const urlText = (url: GoUrl): string => fromBytes(urlBytes(url, true))

/** The host without port and brackets. */
export function hostname({ host }: GoUrl): string {
  const end = host.startsWith('[') ? host.lastIndexOf(']') : -1
  if (end > 0) return host.slice(1, end)
  const colon = host.lastIndexOf(':')
  return colon < 0 ? host : host.slice(0, colon)
}

/** The port as written; '' when there is none. */
export const portOf = ({ host }: GoUrl): string => /:(\d*)$/.exec(host.slice(host.lastIndexOf(']') + 1))?.[1] ?? ''

/** Where `location` leads, seen from `base`: RFC 3986 section 5.2, as Go's ResolveReference reads it. Throws `UrlError`. */
export function resolveUrl(base: GoUrl, location: string): GoUrl {
  const ref = parseUrl(location)
  const scheme = ref.scheme || base.scheme
  if (ref.scheme !== '' || ref.host !== '' || ref.user !== undefined) return { ...ref, scheme, ...pathOf(resolvePath(escapedPath(ref), '')) }
  if (ref.opaque !== '') return { ...ref, scheme, user: undefined, host: '', path: '' }
  const same = ref.path === '' && !ref.forceQuery && ref.query === ''
  const kept = same ? { query: base.query, ...(ref.fragment === '' ? { fragment: base.fragment, rawFragment: base.rawFragment } : {}) } : {}
  return { ...ref, scheme, ...kept, host: base.host, user: base.user, ...pathOf(resolvePath(escapedPath(base), escapedPath(ref))) }
}

function resolvePath(base: string, ref: string): string {
  const full = ref === '' ? base : ref[0] === '/' ? ref : base.slice(0, base.lastIndexOf('/') + 1) + ref
  if (full === '') return ''
  const kept: string[] = []
  const parts = full.split('/')
  if (parts[0] === '') parts.shift()
  for (const part of parts) {
    if (part === '..') kept.pop()
    else if (part !== '.') kept.push(part)
  }
  const last = parts.at(-1)
  return `/${kept.join('/')}${(last === '.' || last === '..') && kept.length > 0 ? '/' : ''}`
}
