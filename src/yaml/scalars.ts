/** What an unquoted scalar is: YAML 1.1 as sigs.k8s.io/yaml (goyaml.v2) reads it, so that `0440` is octal, `yes` true, and `1:30` and a date are text. */
export function plainScalar(text: string): string | number | bigint | boolean | null {
  const word = words.get(text)
  if (word !== undefined) return word
  if (!/^[-+.\d]/.test(text) || isDate(text)) return text
  const plain = text.replaceAll('_', '')
  const whole = wholeNumber(plain)
  if (whole !== undefined) return whole
  if (text.startsWith('.') ? !/^\.\d[\d_]*(?:[eE][-+]?\d+)?$/.test(text) : !floatText.test(plain)) return text
  const value = Number(plain)
  return Number.isFinite(value) ? value : text
}

/** `!!int`, `!!float` and `!!bool` say what a quoted scalar is; undefined when the text is none. */
export function taggedScalar(tag: string, text: string): unknown {
  const value = plainScalar(text)
  switch (tag) {
    case 'str':
    case 'binary':
      return text
    case 'int':
      return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value)) ? value : undefined
    case 'float':
      return typeof value === 'bigint' ? Number(value) : typeof value === 'number' ? value : undefined
    case 'bool':
      return typeof value === 'boolean' ? value : undefined
    case 'null':
      return value === null ? value : undefined
    case 'timestamp':
      return isDate(text) ? text : undefined
    default:
      return text
  }
}

const cased = (word: string) => [word, word.charAt(0).toUpperCase() + word.slice(1), word.toUpperCase()]
const words: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...['y', 'yes', 'true', 'on'].flatMap(cased).map((word): [string, boolean] => [word, true]),
  ...['n', 'no', 'false', 'off'].flatMap(cased).map((word): [string, boolean] => [word, false]),
  ...['', '~', ...cased('null')].map((word): [string, null] => [word, null]),
])

const floatText = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/
const dateText = /^\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d))|(?: \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?))?$/
const isDate = (text: string) => text.length < 64 && dateText.test(text)

// Go's strconv.ParseInt with base 0, for 64 bits with or without sign; what is longer goes on as a float.
function wholeNumber(text: string): number | bigint | undefined {
  const [, sign, prefix, digits] = /^([-+]?)(0[xX](?=[\da-fA-F]+$)|0[bB](?=[01]+$)|0[oO]?(?=[0-7]+$)|(?=\d+$))([\da-fA-F]+)$/.exec(text) ?? []
  if (digits === undefined || prefix === undefined || digits.length > 70) return undefined
  // A zero before digits that are not all octal (`089`) is no whole number to Go.
  if (prefix === '' && digits.length > 1 && digits.startsWith('0')) return undefined
  const octal = prefix === '0' || prefix.toLowerCase() === '0o'
  const size = BigInt(octal ? `0o${digits}` : `${prefix.toLowerCase()}${digits}`)
  const value = sign === '-' ? -size : size
  if (value > largest || value < least) return undefined
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

const largest = 2n ** 64n - 1n
const least = -(2n ** 63n)
