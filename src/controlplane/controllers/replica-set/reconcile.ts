import type { Pod, ReplicaSet } from '../../../kube/objects.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'
import { claim } from '../runtime/claim.ts'
import { availableAt, isActive, isReady, isTerminating } from '../runtime/pod-state.ts'
import { inOrderOfDeletion } from './deletion-order.ts'
import { hasAll, type Replicated, type ReplicatedKind } from './replicated.ts'

export interface Observed {
  readonly owner: Replicated
  /** The pods that it manages, and those of its namespace that nobody does. */
  readonly pods: Iterable<Pod>
  /** The pods of all sets that have the same owner as this one. Asked only when some must go. */
  related(): Iterable<Pod>
  /** Whether all that was made before has been seen. */
  readonly settled: boolean
  /** Not before, in ms since the epoch. */
  readonly mayCreateAt: number
}

export interface Plan {
  readonly adopt: readonly Pod[]
  readonly release: readonly Pod[]
  /** How many to make. */
  readonly create: number
  readonly remove: readonly Pod[]
  /** The pods that its status counts. */
  readonly counted: readonly Pod[]
  readonly terminating: number
  /** When the next pod becomes available by the clock alone, or may be made, in ms since the epoch. */
  readonly nextAt?: number
}

export type ReplicaStatus = NonNullable<ReplicaSet['status']>

// kube-controller-manager's BurstReplicas: more come when these are seen.
const burst = 500

/** What a set needs: pods to adopt, to let go, to make and to delete. */
export function reconcile({ owner, pods, related, settled, mayCreateAt }: Observed, kind: ReplicatedKind, now: number): Plan {
  const all = [...pods]
  const { owned, adopt, release } = claim(owner, all.filter(isActive), (pod) => kind.selects(owner, pod.metadata?.labels))
  const missing = (owner.spec?.replicas ?? 0) - owned.length
  const manages = settled && !owner.metadata?.deletionTimestamp
  const surplus = manages ? Math.min(-missing, burst) : 0
  const leaving = surplus > 0 && surplus < owned.length ? inOrderOfDeletion(owned, related(), now) : owned
  const times = owned.map((pod) => availableAt(pod, owner.spec?.minReadySeconds ?? 0)).filter((at) => at !== undefined && at > now && at < Infinity) as number[]
  const uid = owner.metadata?.uid
  const waits = manages && missing > 0 && mayCreateAt > now
  if (waits) times.push(mayCreateAt)
  return {
    adopt,
    release,
    create: manages && !waits ? Math.max(0, Math.min(missing, burst)) : 0,
    remove: surplus > 0 ? leaving.slice(0, surplus) : [],
    counted: owned,
    terminating: all.filter((pod) => isTerminating(pod) && pod.metadata?.ownerReferences?.some((reference) => reference.controller && reference.uid === uid))
      .length,
    ...(times.length > 0 && { nextAt: Math.min(...times) }),
  }
}

/** The status of a set with these pods. `failure` is what kept pods from being made or deleted. */
export function statusOf(
  owner: Replicated,
  { counted, terminating, create }: Plan,
  kind: ReplicatedKind,
  failure: string | undefined,
  now: number,
): ReplicaStatus {
  const { spec, status, metadata } = owner
  const wanted = spec?.template?.metadata?.labels
  const readyFor = spec?.minReadySeconds ?? 0
  const count = (is: (pod: Pod) => boolean) => counted.reduce((sum, pod) => sum + (is(pod) ? 1 : 0), 0)
  const some = (name: 'fullyLabeledReplicas' | 'readyReplicas' | 'availableReplicas', number: number) => (number > 0 ? { [name]: number } : {})
  const before = status?.conditions ?? []
  const failed = before.some(({ type }) => type === 'ReplicaFailure')
  const others = before.filter(({ type }) => type !== 'ReplicaFailure')
  const told = {
    type: 'ReplicaFailure',
    status: 'True',
    reason: create > 0 ? 'FailedCreate' : 'FailedDelete',
    message: failure ?? '',
    lastTransitionTime: timestamp(now),
  }
  // One that is told stays as it is: the next failure of its kind names another pod only.
  const conditions = failure === undefined ? others : failed ? before : [...others, told]
  return {
    replicas: counted.length,
    ...some(
      'fullyLabeledReplicas',
      count((pod) => hasAll(pod.metadata?.labels, wanted)),
    ),
    ...some('readyReplicas', count(isReady)),
    ...some(
      'availableReplicas',
      count((pod) => (availableAt(pod, readyFor) ?? Infinity) <= now),
    ),
    ...(kind.countsTerminating && { terminatingReplicas: terminating }),
    observedGeneration: metadata?.generation ?? 0,
    ...(conditions.length > 0 && { conditions }),
  }
}
