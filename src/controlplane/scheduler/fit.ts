import type { Node, Pod } from '../../kube/objects.ts'
import { parseQuantity } from '../kinds/quantity.ts'

/** Amounts by resource name, in cores and bytes. */
export type Amounts = Map<string, number>

/** A node as the scheduler sees it, with what its pods already ask of it. */
export interface NodeRoom {
  readonly node: Node
  readonly used: Amounts
  pods: number
  readonly hostPorts: Set<string>
}

/** What a pod asks of a node: the sum of its containers or the largest init container, whichever is more, with overhead. */
export function podRequests(pod: Pod): Amounts {
  const total: Amounts = new Map()
  for (const container of pod.spec?.containers ?? []) add(total, container.resources?.requests)
  const running: Amounts = new Map()
  for (const init of pod.spec?.initContainers ?? []) {
    // A sidecar runs beside all that follows.
    if (init.restartPolicy === 'Always') {
      add(running, init.resources?.requests)
      add(total, init.resources?.requests)
      continue
    }
    for (const [name, text] of Object.entries(init.resources?.requests ?? {})) {
      const amount = (parseQuantity(text) ?? 0) + (running.get(name) ?? 0)
      total.set(name, Math.max(total.get(name) ?? 0, amount))
    }
  }
  add(total, pod.spec?.overhead)
  return total
}

function add(total: Amounts, amounts: Readonly<Record<string, string>> | undefined): void {
  for (const [name, text] of Object.entries(amounts ?? {})) total.set(name, (total.get(name) ?? 0) + (parseQuantity(text) ?? 0))
}

/** The host ports a pod takes, as `TCP/8080`. */
export function hostPorts(pod: Pod): string[] {
  return (pod.spec?.containers ?? []).flatMap((container) =>
    (container.ports ?? []).filter((port) => port.hostPort).map((port) => `${port.protocol}/${port.hostPort}`),
  )
}

/** Why the pod cannot go to the node, in kube-scheduler's words; empty when it can. */
export function obstacles(pod: Pod, requests: Amounts, room: NodeRoom): string[] {
  const { node } = room
  const labels = node.metadata?.labels ?? {}
  if (node.spec?.unschedulable && !tolerates(pod, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' })) return ['node(s) were unschedulable']
  const taint = node.spec?.taints?.find((entry) => entry.effect !== 'PreferNoSchedule' && !tolerates(pod, entry))
  if (taint) return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`]
  if (!Object.entries(pod.spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value) || !affinityMatches(pod, node))
    return ["node(s) didn't match Pod's node affinity/selector"]
  if (hostPorts(pod).some((port) => room.hostPorts.has(port))) return ["node(s) didn't have free ports for the requested pod ports"]
  const allocatable = node.status?.allocatable ?? {}
  const problems: string[] = []
  if (room.pods + 1 > (parseQuantity(allocatable.pods) ?? 110)) problems.push('Too many pods')
  for (const [name, amount] of requests) {
    if (amount > 0 && (room.used.get(name) ?? 0) + amount > (parseQuantity(allocatable[name]) ?? 0)) problems.push(`Insufficient ${name}`)
  }
  return problems
}

interface TaintLike {
  readonly key: string
  readonly value?: string
  readonly effect: string
}

/** Whether one of the pod's tolerations matches the taint. */
export function tolerates(pod: Pod, taint: TaintLike): boolean {
  return (pod.spec?.tolerations ?? []).some(
    ({ key, operator, value, effect }) =>
      (!effect || effect === taint.effect) && (!key || key === taint.key) && (operator === 'Exists' || (value ?? '') === (taint.value ?? '')),
  )
}

interface Expression {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}

function affinityMatches(pod: Pod, node: Node): boolean {
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (!terms) return true
  const labels = node.metadata?.labels ?? {}
  const fields: Record<string, string | undefined> = { 'metadata.name': node.metadata?.name }
  return terms.some((term) => {
    const expressions: Expression[] = term.matchExpressions ?? []
    const fieldExpressions: Expression[] = term.matchFields ?? []
    if (expressions.length + fieldExpressions.length === 0) return false
    return expressions.every((entry) => matches(entry, labels[entry.key])) && fieldExpressions.every((entry) => matches(entry, fields[entry.key]))
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
