/** Which part of a URL a text stands in: each allows other characters (Go's net/url). */
export type UrlPart = 'path' | 'fragment' | 'host' | 'user'

/** A URL that Go's net/url does not take; the message is Go's. */
export class UrlError extends Error {
  override readonly name = 'UrlError'
}

const hostMarks = '!$&\'()*+,;=:[]<>"'

function mustEscape(char: string, part: UrlPart): boolean {
  if (/[a-zA-Z0-9]/.test(char)) return false
  if (part === 'host' && hostMarks.includes(char)) return false
  if ('-_.~'.includes(char)) return false
  if ('$&+,/:;=?@'.includes(char)) return part === 'path' ? char === '?' : part === 'user' ? '@/?:'.includes(char) : part === 'host'
  return !(part === 'fragment' && '!()*'.includes(char))
}

// A URL's text is bytes here, one a character, as in Go; these two are the ways in and out.
export const toBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
export const fromBytes = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8')

export const escapeBytes = (bytes: string, part: UrlPart): string =>
  bytes.replace(/[^a-zA-Z0-9]/gs, (char) => (mustEscape(char, part) ? `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}` : char))

/** Throws `UrlError` for an escapeBytes or, in a host, a character that Go refuses. */
export function unescapeBytes(bytes: string, part: UrlPart): string {
  return bytes.replace(/%.{0,2}|[^a-zA-Z0-9%]/gs, (found) => {
    if (found[0] === '%') {
      const code = /^%[0-9a-fA-F]{2}$/.test(found) ? Number.parseInt(found.slice(1), 16) : -1
      // RFC 6874: in a host only the zone's sign and what is not ASCII may be escaped.
      if (code < 0 || (part === 'host' && code < 0x80 && code !== 0x25)) throw new UrlError(`invalid URL escape "${fromBytes(found)}"`)
      return String.fromCharCode(code)
    }
    if (part === 'host' && found.charCodeAt(0) < 0x80 && mustEscape(found, part)) throw new UrlError(`invalid character "${found}" in host name`)
    return found
  })
}

/** It is escaped already, in one of the ways that Go keeps as they were written. */
export function isEscaped(bytes: string, part: UrlPart): boolean {
  for (const char of bytes) if (!"!$&'()*+,;=:@[]%".includes(char) && mustEscape(char, part)) return false
  return true
}
