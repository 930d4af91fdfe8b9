type Read = { readonly value: string | Uint8Array; readonly end: number } | { readonly fault: string }

const simple: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '?': '?',
}

/** Reads the string or bytes that begins at `start` with `opening` (prefix and quotes); undefined when it has no end. */
export function readString(source: string, start: number, opening: string): Read | undefined {
  const quotes = /["']+$/.exec(opening)?.[0] ?? '"'
  const prefix = opening.slice(0, -quotes.length).toLowerCase()
  const [raw, bytes] = [prefix.includes('r'), prefix.includes('b')]
  const parts: (string | number)[] = []
  let index = start + opening.length
  let from = index
  const take = () => {
    if (index > from) parts.push(source.slice(from, index))
  }
  for (;;) {
    if (index >= source.length) return undefined
    if (source.startsWith(quotes, index)) break
    const character = source[index]
    if (quotes.length === 1 && (character === '\n' || character === '\r')) return undefined
    if (character !== '\\') {
      index += 1
      continue
    }
    if (raw) {
      index += 2
      continue
    }
    take()
    const escaped = readEscape(source, index, bytes)
    if (!escaped) return { fault: `Syntax error: token recognition error at: '${source.slice(start, index + 2)}'` }
    parts.push(escaped.value)
    index += escaped.length
    from = index
  }
  take()
  const end = index + quotes.length
  return { value: bytes ? asBytes(parts) : parts.map((part) => (typeof part === 'string' ? part : String.fromCodePoint(part))).join(''), end }
}

const numeric = /\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2}))/y

/** A number is a code point in a string and a byte in bytes. */
function readEscape(source: string, index: number, bytes: boolean): { readonly value: string | number; readonly length: number } | undefined {
  const short = simple[source[index + 1] ?? '']
  if (short !== undefined) return { value: short, length: 2 }
  numeric.lastIndex = index
  const match = numeric.exec(source)
  if (!match) return undefined
  const [whole, hex, unicode, long, octal] = match
  if (bytes && (unicode ?? long) !== undefined) return undefined
  const value = octal === undefined ? Number.parseInt(hex ?? unicode ?? long ?? '', 16) : Number.parseInt(octal, 8)
  if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return undefined
  return { value, length: whole.length }
}

const encoder = new TextEncoder()

function asBytes(parts: readonly (string | number)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...encoder.encode(part)])))
}
