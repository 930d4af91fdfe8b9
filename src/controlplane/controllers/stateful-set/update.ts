import type { Pod, StatefulSet } from '../../../kube/objects.ts'
import { scaled } from '../deployment/limits.ts'
import { revisionOf } from './identity.ts'
import { replicasOf } from './ordinals.ts'
import { isCreated, isGoing } from './replica-state.ts'

/** Of replicas in their order, those that a rollout replaces now: from the last one down to the partition. */
export function outdated(set: StatefulSet, replicas: readonly Pod[], revision: string, unavailable: (pod: Pod) => boolean): readonly Pod[] {
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {}
  if (type === 'OnDelete') return []
  const targets = replicas.slice(rollingUpdate?.partition ?? 0).toReversed()
  const isOld = (pod: Pod) => isCreated(pod) && revisionOf(pod) !== revision && !isGoing(pod)
  if (rollingUpdate?.maxUnavailable === undefined) return oneByOne(targets, isOld, unavailable)
  // A percentage is rounded down, but to 1 at least.
  const most = Math.max(1, scaled(rollingUpdate.maxUnavailable as number | string, replicasOf(set), Math.floor))
  const old = targets.filter(isOld)
  const missing = replicas.filter((pod) => unavailable(pod) && !old.includes(pod)).length
  // What serves nobody anyway goes first, so that a rollout gets over a revision that never became ready (kubernetes/kubernetes#137409).
  const inTurn = [...old.filter(unavailable), ...old.filter((pod) => !unavailable(pod))]
  return inTurn.slice(0, Math.max(0, most - missing))
}

/** The first that is old, unless one before it is not available yet. */
function oneByOne(targets: readonly Pod[], isOld: (pod: Pod) => boolean, unavailable: (pod: Pod) => boolean): readonly Pod[] {
  const first = targets.find((pod) => isOld(pod) || unavailable(pod))
  return first && isOld(first) ? [first] : []
}
