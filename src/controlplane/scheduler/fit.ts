import { hostPorts, type TakenPorts } from '../../kube/host-ports.ts'
import { nodeAffinityMatches } from '../../kube/node-affinity.ts'
import type { Node, Pod } from '../../kube/objects.ts'
import { type Amounts, amountsOf } from '../../kube/pod-requests.ts'
import { tolerates } from '../../kube/taints.ts'

/** A node as the scheduler sees it, with what its pods already ask of it. */
export interface NodeRoom {
  readonly node: Node
  readonly used: Amounts
  pods: number
  readonly hostPorts: TakenPorts
}

/** Why the pod cannot go to the node, in kube-scheduler's words; empty when it can. */
export function obstacles(pod: Pod, requests: Amounts, room: NodeRoom): string[] {
  const { node } = room
  if (node.spec?.unschedulable && !tolerates(pod, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' })) return ['node(s) were unschedulable']
  const taint = node.spec?.taints?.find((entry) => entry.effect !== 'PreferNoSchedule' && !tolerates(pod, entry))
  if (taint) return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`]
  if (!nodeAffinityMatches(pod, node)) return ["node(s) didn't match Pod's node affinity/selector"]
  if (hostPorts(pod).some((port) => room.hostPorts.conflicts(port))) return ["node(s) didn't have free ports for the requested pod ports"]
  const allocatable = amountsOf(node.status?.allocatable)
  const problems: string[] = []
  if (room.pods + 1 > (allocatable.get('pods') ?? 110)) problems.push('Too many pods')
  for (const [name, amount] of requests) {
    if (amount > 0 && (room.used.get(name) ?? 0) + amount > (allocatable.get(name) ?? 0)) problems.push(`Insufficient ${name}`)
  }
  return problems
}
