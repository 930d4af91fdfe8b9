import { isDeepStrictEqual } from 'node:util'
import { writeJson } from '../../../json/exact.ts'

type Step =
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'index'; readonly from: number | undefined; readonly to: number | undefined; readonly step: number; readonly single: boolean }
  | { readonly type: 'every' }
  | { readonly type: 'deep' }
  | { readonly type: 'filter'; readonly path: JsonPath; readonly operator: string; readonly value: unknown }

/** A parsed path. */
export type JsonPath = readonly Step[]

// A path is a line of a definition; no field of an object is nearly so deep.
const maxSteps = 64

/**
 * Parses a JSONPath in kubectl's dialect, without its braces: `.spec.a`, `.a\.b`, `['a.b']`, `[0]`, `[-1:]`, `[*]`, `..a`, `[?(@.type=="Ready")].status`.
 * Throws an error that says what is wrong.
 */
export function parseJsonPath(text: string): JsonPath {
  const steps: Step[] = []
  let at = text.startsWith('$') ? 1 : 0
  while (at < text.length) {
    if (steps.length >= maxSteps) throw new Error('the path has too many steps')
    if (text.startsWith('..', at)) {
      steps.push({ type: 'deep' })
      at += text[at + 2] === '[' ? 2 : 1
    } else if (text[at] === '[') {
      const end = closing(text, at)
      steps.push(bracketStep(text.slice(at + 1, end)))
      at = end + 1
    } else {
      const from = text[at] === '.' ? at + 1 : at
      const end = endOfName(text, from)
      const name = text.slice(from, end).replace(/\\(.)/g, '$1')
      if (name === '*') steps.push({ type: 'every' })
      else if (name) steps.push({ type: 'field', name })
      else if (end === from && text[end] !== '[' && end < text.length) throw new Error(`unexpected ${JSON.stringify(text[end])}`)
      at = end === at ? end + 1 : end
    }
  }
  return steps
}

function endOfName(text: string, from: number): number {
  let end = from
  while (end < text.length && text[end] !== '.' && text[end] !== '[') end += text[end] === '\\' ? 2 : 1
  return Math.min(end, text.length)
}

function closing(text: string, open: number): number {
  let depth = 0
  let quote = ''
  for (let at = open; at < text.length; at++) {
    const sign = text[at] as string
    if (quote) {
      if (sign === '\\') at++
      else if (sign === quote) quote = ''
    } else if (sign === '"' || sign === "'") quote = sign
    else if (sign === '[') depth++
    else if (sign === ']' && --depth === 0) return at
  }
  throw new Error('unterminated array')
}

function bracketStep(inner: string): Step {
  const text = inner.trim()
  if (text === '*') return { type: 'every' }
  const quoted = /^(['"])(.*)\1$/s.exec(text)
  if (quoted) return { type: 'field', name: (quoted[2] ?? '').replace(/\\(.)/g, '$1') }
  const filter = /^\?\((.*)\)$/s.exec(text)
  if (filter) return filterStep((filter[1] ?? '').trim())
  if (/^-?\d+$/.test(text)) return { type: 'index', from: Number(text), to: undefined, step: 1, single: true }
  const range = /^(-?\d+)?:(-?\d+)?(?::(-?\d+))?$/.exec(text)
  if (!range) throw new Error(`invalid array index ${text}`)
  const [from, to, step] = range.slice(1).map((part) => (part === undefined ? undefined : Number(part)))
  return { type: 'index', from, to, step: step ?? 1, single: false }
}

function filterStep(text: string): Step {
  const operator = /^(@(?:[^'"=!<>]|'[^']*'|"[^"]*")*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+))?$/s.exec(text)
  if (!operator?.[1]) throw new Error(`unrecognized filter ${text}`)
  return { type: 'filter', path: parseJsonPath(operator[1].trim().slice(1)), operator: operator[2] ?? 'exists', value: literal(operator[3]) }
}

function literal(text: string | undefined): unknown {
  const trimmed = text?.trim() ?? ''
  const quoted = /^(['"])(.*)\1$/s.exec(trimmed)
  if (quoted) return quoted[2]
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true'
  return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed
}

// A path that goes everywhere ends here.
const maxFound = 10_000

/** Everything that the path leads to, in order. */
export function findAll(path: JsonPath, root: unknown): readonly unknown[] {
  let found: unknown[] = [root]
  for (const step of path) {
    found = found.flatMap((value) => follow(step, value)).slice(0, maxFound)
    if (found.length === 0) break
  }
  return found
}

function follow(step: Step, value: unknown): readonly unknown[] {
  switch (step.type) {
    case 'field':
      // Of a list, the field of each of its items is not meant.
      return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : []
    case 'every':
      return typeof value === 'object' && value !== null ? Object.values(value) : []
    case 'index':
      return Array.isArray(value) ? slice(value, step) : []
    case 'deep':
      return [...below(value)]
    case 'filter':
      return (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []).filter((item) => passes(step, item))
  }
}

function slice(list: readonly unknown[], { from, to, step, single }: Step & { type: 'index' }): readonly unknown[] {
  const place = (index: number) => (index < 0 ? list.length + index : index)
  if (single) return place(from ?? 0) in list ? [list[place(from ?? 0)]] : []
  const part = list.slice(place(from ?? 0), to === undefined ? undefined : place(to))
  return step > 1 ? part.filter((_item, index) => index % step === 0) : part
}

function* below(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return
  yield value
  for (const inner of Object.values(value)) yield* below(inner)
}

function passes({ path, operator, value }: Step & { type: 'filter' }, item: unknown): boolean {
  const [found] = findAll(path, item)
  if (operator === 'exists') return found !== undefined
  if (found === undefined) return false
  const [left, right] = typeof found === typeof value ? [found, value] : [String(found), String(value)]
  switch (operator) {
    case '==':
      return isDeepStrictEqual(left, right)
    case '!=':
      return !isDeepStrictEqual(left, right)
    case '<':
      return (left as string | number) < (right as string | number)
    case '<=':
      return (left as string | number) <= (right as string | number)
    case '>':
      return (left as string | number) > (right as string | number)
    default:
      return (left as string | number) >= (right as string | number)
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value as kubectl prints it: scalars as they are, all else as JSON. */
export const printed = (value: unknown): string => (typeof value === 'object' && value !== null ? writeJson(value) : value === null ? '<nil>' : String(value))
