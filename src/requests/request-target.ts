/** What a request line asks for, read once: whoever judges a request and whoever serves it look at the same value. */
export interface RequestTarget {
  /** Percent-decoded, dots and doubled slashes as they were written. Begins with a slash. */
  readonly path: string
  readonly query: URLSearchParams
  /** The query as it was written, without its question mark. */
  readonly rawQuery: string
  /** Of a target in absolute form (`GET http://node/pods`): it stands for the Host header (RFC 9112, 3.2.2). */
  readonly authority?: string
}

/** A request line that cannot be read: a 400, whoever asks. The message says what is wrong with it. */
export class MalformedTarget extends Error {
  override readonly name = 'MalformedTarget'
}

/**
 * Reads a request's target as Go's net/http server does, which kubelet, kube-apiserver and cAdvisor stand on: the whole path is decoded, so that `%2F` is a
 * slash and `%65xec` is `exec`; pairs of the query that cannot be read are left out (url.ParseQuery). `raw` has a character for each byte, as Node gives it.
 * Throws `MalformedTarget`.
 */
export function parseRequestTarget(raw: string): RequestTarget {
  if (hasControl(raw)) throw new MalformedTarget('the request target holds a control character')
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/?]*)/i.exec(raw)
  const rest = absolute ? raw.slice(absolute[0].length) : raw
  const at = rest.indexOf('?')
  const rawPath = at < 0 ? rest : rest.slice(0, at)
  const rawQuery = at < 0 ? '' : rest.slice(at + 1)
  if (!absolute && !rawPath.startsWith('/')) throw new MalformedTarget('the request target is neither a path nor a URL')
  const path = decoded(rawPath)
  if (path === undefined) throw new MalformedTarget('the path has a percent sign without two hexadecimal digits after it: write it as %25')
  return { path: path || '/', query: parseQuery(rawQuery), rawQuery, ...(absolute && { authority: absolute[1]?.replace(/^.*@/, '') ?? '' }) }
}

/** The path without `.`, `..` and doubled slashes, as Go's ServeMux cleans it; a slash at the end stays. */
export function cleanPath(path: string): string {
  const kept: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') kept.pop()
    else if (part !== '' && part !== '.') kept.push(part)
  }
  return kept.length > 0 && path.endsWith('/') ? `/${kept.join('/')}/` : `/${kept.join('/')}`
}

/** The parts of a path between its slashes; a slash at either end makes none. */
export const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '')

/** A decoded path as it is written in a URL. */
export const encodedPath = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

// As url.ParseQuery: a pair with a semicolon or a bad percent sign is no pair.
function parseQuery(text: string): URLSearchParams {
  const query = new URLSearchParams()
  for (const pair of text.split('&')) {
    if (pair === '' || pair.includes(';')) continue
    const at = pair.indexOf('=')
    const name = decoded((at < 0 ? pair : pair.slice(0, at)).replaceAll('+', ' '))
    const value = decoded(at < 0 ? '' : pair.slice(at + 1).replaceAll('+', ' '))
    if (name !== undefined && value !== undefined) query.append(name, value)
  }
  return query
}

const plain = /^[\x20-\x24\x26-\x7e]*$/

/** Undefined when a percent sign stands alone. Bytes that are no UTF-8 become U+FFFD, which is in no name. */
function decoded(text: string): string | undefined {
  if (plain.test(text)) return text
  if (/%(?![0-9a-f]{2})/i.test(text)) return undefined
  const bytes = text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}
