import { own } from '../../../base/own.ts'
import type { LabelSelector } from '../../../kube/objects.ts'
import type { Cluster } from '../snapshot/cluster.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import { countedPods, hostnameKey, type SpreadConstraint } from './spread-constraints.ts'

/** kube-scheduler's system default constraints, for pods that say nothing of their own. */
const defaults = [
  { topologyKey: hostnameKey, maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
] as const

/** Pods of one Service, ReplicaSet, StatefulSet or ReplicationController are spread over hosts and zones, where nothing speaks against it. */
export function defaultConstraints(pod: PodInfo, cluster: Cluster): readonly SpreadConstraint[] {
  const selector = selectorOf(pod, cluster)
  if (!selector) return []
  const selection = countedPods(pod.namespace, selector)
  return defaults.map((each) => ({ ...each, minDomains: 1, selection, honorsAffinity: true, honorsTaints: false }))
}

/** What the pod's services and its controller select it by, together; undefined when nothing does. */
function selectorOf({ namespace, labels, pod }: PodInfo, { objects }: Cluster): LabelSelector | undefined {
  const matchLabels: Record<string, string> = {}
  for (const { spec } of objects.services(namespace)) {
    const pairs = Object.entries(spec?.selector ?? {})
    if (spec?.selector && pairs.every(([key, value]) => own(labels, key) === value)) Object.assign(matchLabels, spec.selector)
  }
  const owner = pod.metadata?.ownerReferences?.find(({ controller }) => controller)
  const selector = owner && objects.selectorOf(owner.kind, namespace, owner.name)
  Object.assign(matchLabels, selector?.matchLabels)
  const matchExpressions = selector?.matchExpressions ?? []
  return Object.keys(matchLabels).length + matchExpressions.length > 0 ? { matchLabels, matchExpressions } : undefined
}
