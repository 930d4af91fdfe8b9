import type { DaemonSet } from '../../../kube/objects.ts'
import { availableAt, isReady } from '../runtime/pod-state.ts'
import type { NodeView } from './nodes.ts'
import { isUpToDate } from './pod-of.ts'

export type DaemonStatus = NonNullable<DaemonSet['status']>

/** The numbers of a set: of each node the oldest pod counts. `isObserved` is false while what was made before has not been seen. */
export function statusOf(set: DaemonSet, views: readonly NodeView[], hash: string, now: number, isObserved: boolean): DaemonStatus {
  const there = views.filter(({ node }) => node)
  const wanted = there.filter(({ run }) => run)
  const counted = wanted.flatMap(({ pods }) => pods.slice(0, 1))
  const ready = counted.filter(isReady)
  const available = ready.filter((pod) => (availableAt(pod, set.spec?.minReadySeconds ?? 0) ?? Infinity) <= now).length
  const updated = counted.filter((pod) => isUpToDate(set, pod, hash)).length
  const missing = wanted.length - available
  const { collisionCount, conditions, observedGeneration: before } = set.status ?? {}
  const observedGeneration = isObserved ? set.metadata?.generation : before
  return {
    currentNumberScheduled: counted.length,
    numberMisscheduled: there.filter(({ run, pods }) => !run && pods.length > 0).length,
    desiredNumberScheduled: wanted.length,
    numberReady: ready.length,
    ...(observedGeneration && { observedGeneration }),
    ...(updated > 0 && { updatedNumberScheduled: updated }),
    ...(available > 0 && { numberAvailable: available }),
    ...(missing > 0 && { numberUnavailable: missing }),
    ...(collisionCount !== undefined && { collisionCount }),
    ...(conditions && { conditions }),
  }
}
