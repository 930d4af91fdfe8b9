import { badRequest } from './status-errors.ts'

type Labels = Readonly<Record<string, string>>
type Requirement = (labels: Labels) => boolean

const keyText = '(?:[A-Za-z0-9][-A-Za-z0-9_./]*)'
const setBased = new RegExp(`^(${keyText})\\s+(in|notin)\\s*\\(([^)]*)\\)$`)
const compared = new RegExp(`^(${keyText})\\s*(==|=|!=|>|<)\\s*([^\\s,()=!<>]*)$`)
const bare = new RegExp(`^(!?)\\s*(${keyText})$`)

/** A labelSelector as a test of an object's labels; undefined when it selects everything. Throws a 400 for one that does not parse. */
export function parseLabelSelector(text: string | undefined): ((labels: Labels | undefined) => boolean) | undefined {
  if (!text?.trim()) return undefined
  const requirements = splitOutsideParentheses(text).map((part) => parseRequirement(part.trim(), text))
  return (labels) => requirements.every((holds) => holds(labels ?? {}))
}

function parseRequirement(part: string, whole: string): Requirement {
  const set = setBased.exec(part)
  if (set) {
    const [, key = '', operator, list = ''] = set
    const values = new Set(list.split(',').map((value) => value.trim()))
    // Labels without the key satisfy notin.
    return operator === 'in' ? (labels) => key in labels && values.has(labels[key] ?? '') : (labels) => !(key in labels) || !values.has(labels[key] ?? '')
  }
  const comparison = compared.exec(part)
  if (comparison) return compare(comparison[1] ?? '', comparison[2] ?? '', comparison[3] ?? '')
  const presence = bare.exec(part)
  if (!presence) throw badRequest(`unable to parse requirement: found '${part}' in selector ${JSON.stringify(whole)}`)
  const [, not, key = ''] = presence
  return not ? (labels) => !(key in labels) : (labels) => key in labels
}

function compare(key: string, operator: string, value: string): Requirement {
  if (operator === '!=') return (labels) => labels[key] !== value
  if (operator === '=' || operator === '==') return (labels) => labels[key] === value
  const bound = Number(value)
  if (!Number.isInteger(bound))
    throw badRequest(`values[0][${key}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`)
  const number = (labels: Labels) => (/^-?\d+$/.test(labels[key] ?? '') ? Number(labels[key]) : Number.NaN)
  return operator === '>' ? (labels) => number(labels) > bound : (labels) => number(labels) < bound
}

function splitOutsideParentheses(text: string): string[] {
  return text.split(/,(?![^(]*\))/)
}
