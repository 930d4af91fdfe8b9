import { isIP, isIPv4, isIPv6 } from 'node:net'

const luhn = (digits: string) =>
  [...digits].reverse().reduce((sum, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1)
    return sum + (value > 9 ? value - 9 : value)
  }, 0) %
    10 ===
  0

const isbn10 = (text: string) => {
  const digits = text.replace(/[\s-]+/g, '')
  if (!/^\d{9}[\dXx]$/.test(digits)) return false
  return [...digits].reduce((sum, sign, index) => sum + (/x/i.test(sign) ? 10 : Number(sign)) * (10 - index), 0) % 11 === 0
}

const isbn13 = (text: string) => {
  const digits = text.replace(/[\s-]+/g, '')
  return /^\d{13}$/.test(digits) && [...digits].reduce((sum, digit, index) => sum + Number(digit) * (index % 2 === 0 ? 1 : 3), 0) % 10 === 0
}

const card =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/
const goDuration = /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/
const wordDuration =
  /^(?:\d+\s*(?:ns|nano|nanos|nanosec|nanosecs|nanosecond|nanoseconds|us|µs|micro|micros|microsec|microsecs|microsecond|microseconds|ms|milli|millis|millisec|millisecs|millisecond|milliseconds|s|sec|secs|second|seconds|m|min|mins|minute|minutes|h|hr|hrs|hour|hours|d|day|days|w|week|weeks))+$/i
const dateTime = /^(\d{4}-\d{2}-\d{2})[tT](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[zZ]|[-+](\d{2}):(\d{2}))$/

const isDate = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text)
const safely = (test: (text: string) => boolean) => (text: string) => {
  try {
    return test(text)
  } catch {
    return false
  }
}

const isDateTime = (text: string) => {
  const [, date, hours, minutes, seconds] = dateTime.exec(text) ?? []
  return date !== undefined && isDate(date) && Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 60
}

const isCidr = (text: string) => {
  const [address = '', bits = '', ...more] = text.split('/')
  return more.length === 0 && /^\d{1,3}$/.test(bits) && isIP(address) > 0 && Number(bits) <= (isIPv4(address) ? 32 : 128)
}

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const uuid = (version: string, variant = '[0-9a-f]') =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`, 'i')
const pattern = (expression: RegExp) => (text: string) => expression.test(text)
const hostname =
  /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z0-9\p{S}\p{L}])(-?[a-zA-Z0-9\p{S}\p{L}]){1,62})$/u

/** The formats of strings that a kube-apiserver 1.36 checks, by name without dashes; all others mean nothing (apiextensions-apiserver's validation/formats). */
const formats: ReadonlyMap<string, (text: string) => boolean> = new Map<string, (text: string) => boolean>([
  ['bsonobjectid', pattern(/^[0-9a-f]{24}$/i)],
  // url.ParseRequestURI: absolute, or a path.
  ['uri', (text) => (text.startsWith('/') && !/[\s\p{Cc}]/u.test(text)) || (/^[a-z][-+.a-z0-9]*:/i.test(text) && URL.canParse(text) && !/\s/.test(text))],
  ['email', pattern(/^(?:[^<>@]*<)?[^\s<>@]+@[^\s<>@.]+(?:\.[^\s<>@.]+)*>?$/)],
  ['hostname', (text) => text.length <= 255 && text.split('.').every(({ length }) => length <= 63) && hostname.test(text)],
  ['ipv4', isIPv4],
  ['ipv6', isIPv6],
  ['cidr', isCidr],
  ['mac', pattern(/^(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}(?:(?:[0-9a-f]{2}\1){2})?[0-9a-f]{2}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}(?:\.[0-9a-f]{4})?)$/i)],
  ['uuid', pattern(uuid('[0-9a-f]'))],
  ['uuid3', pattern(uuid('3'))],
  ['uuid4', pattern(uuid('4', '[89ab]'))],
  ['uuid5', pattern(uuid('5', '[89ab]'))],
  ['isbn', (text) => isbn10(text) || isbn13(text)],
  ['isbn10', isbn10],
  ['isbn13', isbn13],
  ['creditcard', (text) => card.test(text.replace(/\D+/g, '')) && luhn(text.replace(/\D+/g, ''))],
  ['ssn', pattern(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/)],
  ['hexcolor', pattern(/^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/)],
  [
    'rgbcolor',
    pattern(/^rgb\(\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*\)$/),
  ],
  ['byte', pattern(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/)],
  ['password', () => true],
  ['date', safely(isDate)],
  ['duration', (text) => goDuration.test(text) || wordDuration.test(text.trim())],
  ['datetime', safely(isDateTime)],
  ['k8sshortname', (text) => text.length <= 63 && new RegExp(`^${label}$`).test(text)],
  ['k8slongname', (text) => text.length <= 253 && new RegExp(`^${label}(\\.${label})*$`).test(text)],
])

/** The check of a format of strings; undefined for one that is not known, which anything fits. */
export const formatNamed = (name: string): ((text: string) => boolean) | undefined => formats.get(name.replaceAll('-', ''))

/** Whether a schema of that type may have the format. */
export function isKnownFormat(type: string | undefined, format: string): boolean {
  switch (type) {
    case undefined:
    case '':
    case 'string':
      return formatNamed(format) !== undefined
    case 'integer':
      return format === 'int32' || format === 'int64'
    case 'number':
      return format === 'float' || format === 'double'
    default:
      return false
  }
}
