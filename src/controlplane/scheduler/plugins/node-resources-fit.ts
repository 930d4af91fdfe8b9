import type { Plugin, Refusal } from '../framework/plugin.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import { leastAllocated } from './least-allocated.ts'

/** In the order in which kube-scheduler looks at them; the rest follow. */
const first = ['cpu', 'memory', 'ephemeral-storage']

/** What the node lacks for the pod. More than the node has even when it is empty is final. */
export function shortages({ requests }: PodInfo, node: NodeInfo): Refusal | undefined {
  const reasons: string[] = []
  let isFinal = false
  if (node.pods.size + 1 > (node.allocatable.get('pods') ?? 0)) reasons.push('Too many pods')
  const look = (name: string, asked: number) => {
    if (asked === 0) return
    const has = node.allocatable.get(name) ?? 0
    if (asked <= has - (node.requested.get(name) ?? 0)) return
    reasons.push(`Insufficient ${name}`)
    isFinal ||= asked > has
  }
  for (const name of first) look(name, requests.get(name) ?? 0)
  for (const [name, asked] of requests) if (!first.includes(name)) look(name, asked)
  return reasons.length === 0 ? undefined : { reasons, isFinal }
}

/** Places pods where there is room for what they ask for; where more is left is better. */
export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  preFilter: (pod) => ({ filter: (node) => shortages(pod, node) }),
  preScore: (pod) => ({ score: (node) => leastAllocated(pod, node) }),
  mayHelp(event, pod) {
    if (event.kind === 'node') return (event.changed.added || event.changed.allocatable) && !isTooLarge(pod, event.now)
    return event.kind === 'pod' && (event.change === 'gone' || (event.change === 'updated' && asksForLess(event.pod, event.before)))
  },
}

const isTooLarge = ({ requests }: PodInfo, { allocatable }: NodeInfo) => [...requests].some(([name, asked]) => asked > (allocatable.get(name) ?? 0))

const asksForLess = (now: PodInfo, before: PodInfo | undefined) =>
  [...(before?.requests ?? [])].some(([name, amount]) => (now.requests.get(name) ?? 0) < amount)
