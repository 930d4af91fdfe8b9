import type { ControllerRevision, Pod, StatefulSet } from '../../../kube/objects.ts'
import { revisionOf } from './identity.ts'
import { isAvailable, isCreated, isGoing, isRunningAndReady } from './replica-state.ts'

export type SetStatus = NonNullable<StatefulSet['status']>

interface Counted {
  readonly set: StatefulSet
  readonly pods: readonly Pod[]
  readonly current: ControllerRevision
  readonly update: ControllerRevision
}

/** The numbers of a set with these pods; its revisions are one again when a rolling update is through. */
export function statusOf({ set, pods, current, update }: Counted, now: number): SetStatus {
  const count = (is: (pod: Pod) => boolean) => pods.reduce((sum, pod) => sum + (is(pod) ? 1 : 0), 0)
  const [currentRevision = '', updateRevision = ''] = [current.metadata?.name, update.metadata?.name]
  const of = (revision: string) => count((pod) => isCreated(pod) && !isGoing(pod) && revisionOf(pod) === revision)
  const replicas = count(isCreated)
  const readyReplicas = count(isRunningAndReady)
  const updatedReplicas = of(updateRevision)
  const wanted = set.spec?.replicas ?? 0
  const isThrough = set.spec?.updateStrategy?.type === 'RollingUpdate' && [updatedReplicas, readyReplicas, replicas].every((number) => number === wanted)
  return written({
    observedGeneration: set.metadata?.generation ?? 0,
    replicas,
    readyReplicas,
    availableReplicas: count((pod) => isAvailable(pod, set.spec?.minReadySeconds ?? 0, now)),
    currentReplicas: isThrough ? updatedReplicas : of(currentRevision),
    updatedReplicas,
    currentRevision: isThrough ? updateRevision : currentRevision,
    updateRevision,
    collisionCount: set.status?.collisionCount ?? 0,
  })
}

/** As Go writes it: of these numbers those that are 0 are left out. */
function written(status: SetStatus): SetStatus {
  const { readyReplicas, currentReplicas, updatedReplicas, ...rest } = status
  return { ...rest, ...(readyReplicas && { readyReplicas }), ...(currentReplicas && { currentReplicas }), ...(updatedReplicas && { updatedReplicas }) }
}
