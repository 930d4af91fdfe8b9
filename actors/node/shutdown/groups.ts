import type { ShutdownGroup } from '../../../src/config/shutdown.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { secondsOf } from '../../../src/kube/seconds.ts'
import { priorityOf } from '../admission/critical.ts'

/** Pods that end together when the node shuts down. */
export interface EndingGroup {
  /** The longest that the group is waited for. */
  readonly graceSeconds: number
  readonly pods: readonly { readonly pod: Pod; readonly graceSeconds: number }[]
}

/**
 * The order in which pods end, least priority first: each belongs to the last group that its priority reaches, or to the first.
 * A pod is given its own grace where that is less than its group's. Groups without pods are left out: nobody waits for them (kubelet 1.32).
 */
export function endingGroups(groups: readonly ShutdownGroup[], pods: readonly Pod[]): readonly EndingGroup[] {
  const sorted = [...groups].sort((a, b) => a.priority - b.priority)
  const indexOf = (pod: Pod) =>
    Math.max(
      0,
      sorted.findLastIndex(({ priority }) => priority <= priorityOf(pod)),
    )
  return sorted.flatMap(({ graceSeconds }, index) => {
    const own = pods.filter((pod) => indexOf(pod) === index)
    if (own.length === 0) return []
    const graceOf = ({ spec }: Pod) => Math.min(graceSeconds, secondsOf(spec?.terminationGracePeriodSeconds ?? graceSeconds))
    return [{ graceSeconds, pods: own.map((pod) => ({ pod, graceSeconds: graceOf(pod) })) }]
  })
}
