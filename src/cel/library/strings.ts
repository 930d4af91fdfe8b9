import { goQuote } from '../../base/go-quote.ts'
import { readsFirst, sizeOf } from '../evaluate/cost.ts'
import { elementAt } from '../evaluate/equality.ts'
import { EvaluationError, MadeList } from '../evaluate/values.ts'
import { type Library, overloads } from './definition.ts'
import { formatText } from './string-format.ts'

const outOfRange = (index: bigint) => new EvaluationError(`index out of range: ${index}`)

/** Characters as the language counts them: code points. */
function characters(text: string): readonly string[] | string {
  // Without surrogates a string is its own list of them.
  return /[\ud800-\udfff]/.test(text) ? [...text] : text
}

const part = (all: readonly string[] | string, from: number, to: number): string =>
  typeof all === 'string' ? all.slice(from, to) : all.slice(from, to).join('')

function charAt(text: string, index: bigint): string {
  const all = characters(text)
  if (index < 0n || index > all.length) throw outOfRange(index)
  return part(all, Number(index), Number(index) + 1)
}

function substring(text: string, from: bigint, to?: bigint): string {
  const all = characters(text)
  const end = to ?? BigInt(all.length)
  if (from < 0n || from > all.length) throw outOfRange(from)
  if (end < 0n || end > all.length) throw outOfRange(end)
  if (from > end) throw new EvaluationError(`invalid substring range. start: ${from}, end: ${end}`)
  return part(all, Number(from), Number(end))
}

/** In code points, from a place in UTF-16. */
const inCodePoints = (text: string, index: number): bigint => BigInt(index < 0 ? -1 : characters(text.slice(0, index)).length)

function indexOf(text: string, sought: string, from = 0n): bigint {
  const all = characters(text)
  if (from < 0n || from > all.length) throw outOfRange(from)
  const start = typeof all === 'string' ? Number(from) : part(all, 0, Number(from)).length
  return sought === '' ? from : inCodePoints(text, text.indexOf(sought, start))
}

function lastIndexOf(text: string, sought: string, from?: bigint): bigint {
  const all = characters(text)
  if (from !== undefined && (from < 0n || from > all.length)) throw outOfRange(from)
  const start = from === undefined ? text.length : typeof all === 'string' ? Number(from) : part(all, 0, Number(from)).length
  return sought === '' ? (from ?? BigInt(all.length)) : inCodePoints(text, text.lastIndexOf(sought, start))
}

// Only so many times as the limit says; negative is without limit.
function replace(text: string, from: string, to: string, limit = -1n): string {
  if (limit < 0n) return text.replaceAll(from, () => to)
  let rest = text
  let done = ''
  for (let count = 0n; count < limit; count += 1n) {
    const at = rest.indexOf(from)
    if (at < 0) break
    const skip = from === '' ? 1 : from.length
    done += rest.slice(0, at) + to + (from === '' ? rest.slice(0, 1) : '')
    rest = rest.slice(at + skip)
    if (from === '' && rest === '') break
  }
  return done + rest
}

function split(text: string, separator: string, limit = -1n): MadeList {
  if (limit === 0n) return new MadeList()
  const all = separator === '' ? [...text] : text.split(separator)
  if (limit < 0n || BigInt(all.length) <= limit) return MadeList.from(all) as MadeList
  const first = all.slice(0, Number(limit) - 1)
  return MadeList.from([...first, all.slice(Number(limit) - 1).join(separator)]) as MadeList
}

function join(list: readonly unknown[], separator = ''): string {
  const texts = Array.from(list, (_, index) => elementAt(list, index))
  if (texts.some((text) => typeof text !== 'string')) throw new EvaluationError('no such overload')
  return texts.join(separator)
}

const white = '[\\t-\\r\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const around = new RegExp(`^${white}+|${white}+$`, 'g')
const asciiOnly = (text: string, change: (part: string) => string) => text.replace(/[A-Za-z]+/g, change)

/** cel-go's strings library, at the version of Kubernetes' environments. */
export const strings: Library = {
  overloads: [
    ...overloads(
      {
        'string.charAt(int): string': charAt,
        'string.indexOf(string): int': indexOf,
        'string.indexOf(string, int): int': indexOf,
        'string.lastIndexOf(string): int': lastIndexOf,
        'string.lastIndexOf(string, int): int': lastIndexOf,
      },
      (args) => readsFirst(args),
    ),
    ...overloads(
      {
        'string.lowerAscii(): string': (text: string) => asciiOnly(text, (part) => part.toLowerCase()),
        'string.upperAscii(): string': (text: string) => asciiOnly(text, (part) => part.toUpperCase()),
        'string.substring(int): string': substring,
        'string.substring(int, int): string': substring,
        'string.trim(): string': (text: string) => text.replace(around, ''),
        'string.reverse(): string': (text: string) => [...text].reverse().join(''),
        'strings.quote(string): string': (text: string) => goQuote(text),
        'string.replace(string, string): string': replace,
        'string.replace(string, string, int): string': replace,
        'string.split(string): list<string>': split,
        'string.split(string, int): list<string>': split,
        'string.format(list<dyn>): string': formatText,
      },
      (args) => readsFirst(args),
    ),
    ...overloads(
      {
        'list<string>.join(): string': join,
        'list<string>.join(string): string': join,
      },
      (_, result) => Math.ceil(sizeOf(result) * 0.1),
    ),
  ],
}
