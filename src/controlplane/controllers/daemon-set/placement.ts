import { nodeAffinityMatches } from '../../../kube/node-affinity.ts'
import type { DaemonSet, Node, Pod, PodSpec } from '../../../kube/objects.ts'
import { tolerates } from '../../../kube/taints.ts'
import { withTolerations } from './tolerations.ts'

export interface Placement {
  /** Whether the node is to have a pod. */
  readonly run: boolean
  /** Whether one that is there may stay: it may, when only what keeps new pods away is in the way. */
  readonly stay: boolean
}

const nowhere: Placement = { run: false, stay: false }

/** Where a set has its pods: by the node's name, by selector and affinity, and by taints. How full a node is does not count. */
export function placementsOf(set: DaemonSet): (node: Node) => Placement {
  const spec = set.spec?.template?.spec
  if (!spec) return () => nowhere
  const pod = { spec: withTolerations(spec) } as Pod
  return (node) => {
    if (spec.nodeName && spec.nodeName !== node.metadata?.name) return nowhere
    if (!nodeAffinityMatches(pod, node)) return nowhere
    const hindering = (node.spec?.taints ?? []).filter((taint) => taint.effect !== 'PreferNoSchedule' && !tolerates(pod, taint))
    return { run: hindering.length === 0, stay: hindering.every(({ effect }) => effect !== 'NoExecute') }
  }
}

/** The affinity that has the scheduler bind the pod to this node and to no other. */
export function boundTo(affinity: PodSpec['affinity'], node: string): NonNullable<PodSpec['affinity']> {
  const required = { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }] }
  return { ...affinity, nodeAffinity: { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required } }
}

/** The node that a pod is on, or is meant for; undefined for one that is meant for none. */
export function nodeOf({ spec }: Pod): string | undefined {
  if (spec?.nodeName) return spec.nodeName
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const named = terms.flatMap(({ matchFields }) => matchFields ?? []).find(({ key, operator }) => key === 'metadata.name' && operator === 'In')
  return named?.values?.length === 1 ? named.values[0] : undefined
}
