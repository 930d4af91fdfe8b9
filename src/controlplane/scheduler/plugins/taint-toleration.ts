import { type TaintLike, tolerates } from '../../../kube/taints.ts'
import type { Plugin, Refusal } from '../framework/plugin.ts'
import { normalizeToHighest } from '../framework/score.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'

// 1.35 and later name no taint.
const refusal: Refusal = { reasons: ['node(s) had untolerated taint(s)'], isFinal: true }

const keepsAway = ({ effect }: TaintLike) => effect === 'NoSchedule' || effect === 'NoExecute'

/** Whether a taint of the node keeps the pod from being placed there. */
export const hasUntoleratedTaint = ({ taints }: NodeInfo, { pod }: PodInfo): boolean => taints.some((taint) => keepsAway(taint) && !tolerates(pod, taint))

/** Keeps pods off nodes with taints that they do not tolerate; those of PreferNoSchedule count against a node. */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  weight: 3,
  preFilter: (pod) => ({ filter: (node) => (node.taints.length > 0 && hasUntoleratedTaint(node, pod) ? refusal : undefined) }),
  preScore({ pod }, _cluster, nodes) {
    if (!nodes.some(({ taints }) => taints.some(({ effect }) => effect === 'PreferNoSchedule'))) return undefined
    const tolerations = (pod.spec?.tolerations ?? []).filter(({ effect }) => !effect || effect === 'PreferNoSchedule')
    const asked = { spec: { tolerations } } as typeof pod
    return {
      score: ({ taints }) => taints.filter((taint) => taint.effect === 'PreferNoSchedule' && !tolerates(asked, taint)).length,
      normalize: (scores) => normalizeToHighest(scores, true),
    }
  },
  mayHelp: (event, pod) => event.kind === 'node' && (event.changed.added || event.changed.taints) && !hasUntoleratedTaint(event.now, pod),
}
