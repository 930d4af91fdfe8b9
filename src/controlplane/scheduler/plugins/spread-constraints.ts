import { own } from '../../../base/own.ts'
import { nodeAffinityMatches } from '../../../kube/node-affinity.ts'
import type { LabelSelector, Node, Pod } from '../../../kube/objects.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import { type PodSelection, selectionOf } from '../snapshot/pod-selection.ts'
import { hasUntoleratedTaint } from './taint-toleration.ts'

export const hostnameKey = 'kubernetes.io/hostname'

/** A topology spread constraint, its defaults filled in. */
export interface SpreadConstraint {
  readonly topologyKey: string
  readonly maxSkew: number
  readonly minDomains: number
  /** The pods that are counted. */
  readonly selection: PodSelection
  readonly honorsAffinity: boolean
  readonly honorsTaints: boolean
}

type Given = NonNullable<NonNullable<Pod['spec']>['topologySpreadConstraints']>[number]

/** A pod's own constraints, those that must be met or those that are wished for. */
export const constraintsOf = (info: PodInfo, whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway'): readonly SpreadConstraint[] =>
  (info.pod.spec?.topologySpreadConstraints ?? []).filter((each) => each.whenUnsatisfiable === whenUnsatisfiable).map((each) => constraintOf(each, info))

function constraintOf(
  { topologyKey, maxSkew, minDomains, nodeAffinityPolicy, nodeTaintsPolicy, labelSelector, matchLabelKeys }: Given,
  info: PodInfo,
): SpreadConstraint {
  return {
    topologyKey,
    maxSkew,
    minDomains: minDomains ?? 1,
    selection: countedPods(info.namespace, withLabelKeys(labelSelector, matchLabelKeys, info.labels)),
    honorsAffinity: nodeAffinityPolicy !== 'Ignore',
    honorsTaints: nodeTaintsPolicy === 'Honor',
  }
}

/** Pods of the namespace that are not going. */
export const countedPods = (namespace: string, selector: LabelSelector | undefined): PodSelection =>
  selectionOf([{ namespaces: new Set([namespace]), selector }], true)

/** Those of the keys that the pod has are to be as it has them; the API server of 1.34 and later says so in the selector itself. */
function withLabelKeys(selector: LabelSelector | undefined, keys: readonly string[] | undefined, labels: PodInfo['labels']): LabelSelector | undefined {
  const stated = new Set(selector?.matchExpressions?.map(({ key }) => key))
  const added = (keys ?? []).flatMap((key) => {
    const value = own(labels, key)
    return value === undefined || stated.has(key) ? [] : [{ key, operator: 'In', values: [value] }]
  })
  return added.length === 0 ? selector : { ...selector, matchExpressions: [...(selector?.matchExpressions ?? []), ...added] }
}

/** Whether the pods of a node are counted: it has the domain, and is one that the pod might go to as the constraint sees it. */
export const counts = ({ topologyKey, honorsAffinity, honorsTaints }: SpreadConstraint, info: PodInfo, node: NodeInfo): boolean =>
  topologyKey in node.labels && (!honorsAffinity || nodeAffinityMatches(info.pod, node.node as Node)) && (!honorsTaints || !hasUntoleratedTaint(node, info))

export const hasAllKeys = (constraints: readonly SpreadConstraint[], { labels }: NodeInfo): boolean =>
  constraints.every(({ topologyKey }) => topologyKey in labels)
