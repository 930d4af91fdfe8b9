import { own } from '../base/own.ts'
import type { Node, Pod } from './objects.ts'

interface Expression {
  readonly key?: string
  readonly operator?: string
  readonly values?: readonly string[]
}

/** Whether the node has what the pod's nodeSelector and required node affinity ask for. */
export function nodeAffinityMatches(pod: Pod, node: Node): boolean {
  const labels = node.metadata?.labels
  if (!Object.entries(pod.spec?.nodeSelector ?? {}).every(([key, value]) => own(labels, key) === value)) return false
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (!terms) return true
  return terms.some((term) => nodeTermMatches(term, node))
}

interface NodeTerm {
  readonly matchExpressions?: readonly Expression[]
  readonly matchFields?: readonly Expression[]
}

/** Whether a node is as a term says, all of it; a term that says nothing matches none. */
export function nodeTermMatches({ matchExpressions = [], matchFields = [] }: NodeTerm, { metadata }: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false
  const fields: Record<string, string | undefined> = { 'metadata.name': metadata?.name }
  return (
    matchExpressions.every((entry) => matches(entry, own(metadata?.labels, entry.key ?? ''))) &&
    matchFields.every((entry) => matches(entry, own(fields, entry.key ?? '')))
  )
}

function matches({ operator, values = [] }: Expression, actual: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return actual !== undefined && values.includes(actual)
    case 'NotIn':
      return actual === undefined || !values.includes(actual)
    case 'Exists':
      return actual !== undefined
    case 'DoesNotExist':
      return actual === undefined
    case 'Gt':
      return compare(actual, values[0], (a, b) => a > b)
    case 'Lt':
      return compare(actual, values[0], (a, b) => a < b)
    default:
      return false
  }
}

/** Of whole numbers alone: a label that is none is neither more nor less. */
const compare = (actual: string | undefined, value: string | undefined, holds: (a: bigint, b: bigint) => boolean): boolean =>
  isInteger(actual) && isInteger(value) && holds(BigInt(actual.replace('+', '')), BigInt(value.replace('+', '')))

const isInteger = (text: string | undefined): text is string => text !== undefined && /^[+-]?\d{1,19}$/.test(text)
