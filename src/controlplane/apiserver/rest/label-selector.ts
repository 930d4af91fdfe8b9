import { badRequest } from './status-errors.ts'

type Labels = Readonly<Record<string, string>>

const keyText = '(?:[A-Za-z0-9][-A-Za-z0-9_./]*)'
const setBased = new RegExp(`^(${keyText})\\s+(in|notin)\\s*\\(([^)]*)\\)$`)
const compared = new RegExp(`^(${keyText})\\s*(==|=|!=|>|<)\\s*([^\\s,()=!<>]*)$`)
const bare = new RegExp(`^(!?)\\s*(${keyText})$`)

/** A labelSelector as a test of an object's labels; undefined when it selects everything. Throws a 400 for one that does not parse. */
export function parseLabelSelector(text: string | undefined): ((labels: Labels | undefined) => boolean) | undefined {
  if (!text?.trim()) return undefined
  const byKey = new Map<string, Wanted>()
  for (const part of splitOutsideParentheses(text)) addRequirement(byKey, part.trim(), text)
  const needed = [...byKey.values()].filter((wanted) => wanted.present).length
  return (labels = {}) => {
    // As many steps as there are labels, however long the selector is.
    let met = 0
    for (const key of Object.keys(labels)) {
      const wanted = byKey.get(key)
      if (!wanted) continue
      if (!fits(wanted, labels[key] ?? '')) return false
      if (wanted.present) met += 1
    }
    return met === needed
  }
}

/** What all the requirements of one key together want. */
interface Wanted {
  /** The label must be there, or must not be; a selector may want both, which nothing fits. */
  present: boolean
  absent: boolean
  anyOf: Set<string> | undefined
  readonly noneOf: Set<string>
  above: number
  below: number
}

function fits({ absent, anyOf, noneOf, above, below }: Wanted, value: string): boolean {
  if (absent || (anyOf && !anyOf.has(value)) || noneOf.has(value)) return false
  if (above === Number.NEGATIVE_INFINITY && below === Number.POSITIVE_INFINITY) return true
  const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN
  return number > above && number < below
}

function addRequirement(byKey: Map<string, Wanted>, part: string, whole: string): void {
  const set = setBased.exec(part)
  if (set) {
    const [, key = '', operator, list = ''] = set
    const values = list.split(',').map((value) => value.trim())
    return operator === 'in' ? wantOneOf(byKey, key, values) : wantNoneOf(byKey, key, values)
  }
  const comparison = compared.exec(part)
  if (comparison) return compare(byKey, comparison[1] ?? '', comparison[2] ?? '', comparison[3] ?? '')
  const [, not, key] = bare.exec(part) ?? []
  if (key === undefined) throw badRequest(`unable to parse requirement: found '${part.slice(0, 1024)}' in selector ${JSON.stringify(whole.slice(0, 1024))}`)
  const wanted = wantedOf(byKey, key)
  if (not) wanted.absent = true
  else wanted.present = true
}

function compare(byKey: Map<string, Wanted>, key: string, operator: string, value: string): void {
  if (operator === '!=') return wantNoneOf(byKey, key, [value])
  if (operator === '=' || operator === '==') return wantOneOf(byKey, key, [value])
  const bound = Number(value)
  if (value === '' || !Number.isInteger(bound))
    throw badRequest(`values[0][${key}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`)
  const wanted = wantedOf(byKey, key)
  wanted.present = true
  if (operator === '>') wanted.above = Math.max(wanted.above, bound)
  else wanted.below = Math.min(wanted.below, bound)
}

function wantOneOf(byKey: Map<string, Wanted>, key: string, values: readonly string[]): void {
  const wanted = wantedOf(byKey, key)
  wanted.present = true
  const { anyOf } = wanted
  wanted.anyOf = new Set(anyOf ? values.filter((value) => anyOf.has(value)) : values)
}

/** Labels without the key satisfy this. */
function wantNoneOf(byKey: Map<string, Wanted>, key: string, values: readonly string[]): void {
  const { noneOf } = wantedOf(byKey, key)
  for (const value of values) noneOf.add(value)
}

function wantedOf(byKey: Map<string, Wanted>, key: string): Wanted {
  const known = byKey.get(key)
  if (known) return known
  const wanted: Wanted = {
    present: false,
    absent: false,
    anyOf: undefined,
    noneOf: new Set(),
    above: Number.NEGATIVE_INFINITY,
    below: Number.POSITIVE_INFINITY,
  }
  byKey.set(key, wanted)
  return wanted
}

function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = []
  let from = 0
  let inside = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '(') inside = true
    else if (character === ')') inside = false
    else if (character === ',' && !inside) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, text.slice(from)]
}
