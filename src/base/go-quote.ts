const short: Readonly<Record<number, string>> = { 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r', 34: '\\"', 92: '\\\\' }
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u

/** A text as Go's `%q` writes it (strconv.Quote): what is not printable is escaped, bytes that are no UTF-8 as `\xNN`. */
export function goQuote(text: string | Buffer): string {
  const parts: string[] = ['"']
  const whole = typeof text === 'string' ? text : text.toString('utf8')
  // A replacement character may be one, or stand for bytes that are no UTF-8.
  if (typeof text !== 'string' && whole.includes('\ufffd')) return `"${[...validRuns(text)].join('')}"`
  for (const rune of whole) parts.push(escapeRune(rune))
  parts.push('"')
  return parts.join('')
}

function escapeRune(rune: string): string {
  const code = rune.codePointAt(0) ?? 0
  const known = short[code]
  if (known !== undefined) return known
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd'
  if (printable.test(rune)) return rune
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

function* validRuns(bytes: Buffer): Generator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0
    const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0
    let rune: string | undefined
    try {
      rune = length > 0 && at + length <= bytes.length ? decoder.decode(bytes.subarray(at, at + length)) : undefined
    } catch {
      // Not UTF-8: its first byte is escaped.
    }
    yield rune === undefined ? `\\x${first.toString(16).padStart(2, '0')}` : escapeRune(rune)
    at += rune === undefined ? 1 : length
  }
}
