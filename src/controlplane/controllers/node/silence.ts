import type { Node, NodeCondition } from '../../../kube/objects.ts'
import { readyCondition } from '../runtime/node-state.ts'

// kube-controller-manager 1.36: --node-monitor-grace-period, and --node-startup-grace-period for a node that never said anything.
const graceMs = 50_000
const startupGraceMs = 60_000
/** What a silent node is no longer known to be. */
const judged = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

/** How long a node may be silent, milliseconds; for ever when it is known to be. */
export function patienceWith(node: Node): number {
  const ready = readyCondition(node)
  if (ready?.status === 'Unknown') return Number.POSITIVE_INFINITY
  return ready ? graceMs : startupGraceMs
}

/** What is said of a node that is silent; `time` is RFC 3339. */
export function unknownConditions(node: Node, time: string): NodeCondition[] {
  const known = new Map((node.status?.conditions ?? []).map((condition) => [condition.type, condition]))
  return judged.flatMap((type): NodeCondition[] => {
    const before = known.get(type)
    if (before?.status === 'Unknown') return []
    const now = { type, status: 'Unknown', lastTransitionTime: time }
    if (before) return [{ ...now, reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' }]
    const { creationTimestamp: lastHeartbeatTime } = node.metadata ?? {}
    return [{ ...now, reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.', ...(lastHeartbeatTime && { lastHeartbeatTime }) }]
  })
}
