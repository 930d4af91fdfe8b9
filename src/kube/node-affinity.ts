import { own } from '../base/own.ts'
import type { Node, Pod } from './objects.ts'

interface Expression {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}

/** Whether the node has what the pod's nodeSelector and required node affinity ask for. */
export function nodeAffinityMatches(pod: Pod, node: Node): boolean {
  const labels = node.metadata?.labels
  if (!Object.entries(pod.spec?.nodeSelector ?? {}).every(([key, value]) => own(labels, key) === value)) return false
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (!terms) return true
  const fields: Record<string, string | undefined> = { 'metadata.name': node.metadata?.name }
  return terms.some((term) => {
    const expressions: Expression[] = term.matchExpressions ?? []
    const fieldExpressions: Expression[] = term.matchFields ?? []
    if (expressions.length + fieldExpressions.length === 0) return false
    return expressions.every((entry) => matches(entry, own(labels, entry.key))) && fieldExpressions.every((entry) => matches(entry, own(fields, entry.key)))
  })
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
      return actual !== undefined && Number(actual) > Number(values[0])
    case 'Lt':
      return actual !== undefined && Number(actual) < Number(values[0])
    default:
      return false
  }
}
