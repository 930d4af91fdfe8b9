import type { ControllerRevision, PersistentVolumeClaim, Pod, StatefulSet } from '../../../kube/objects.ts'
import { templateOf } from '../history/revisions.ts'
import { availableAt, hasEnded } from '../runtime/pod-state.ts'
import { belongsToEarlierPod, ownersToBe } from './claims.ts'
import { hasIdentity, hasStorage, newPod } from './identity.ts'
import { claimName, isInRange, ordinalOf, replicasOf, startOf } from './ordinals.ts'
import { isAvailable, isCreated, isGoing } from './replica-state.ts'
import { type SetStatus, statusOf } from './status.ts'
import { outdated } from './update.ts'

export interface Observed {
  readonly set: StatefulSet
  /** The pods that are the set's. */
  readonly pods: readonly Pod[]
  /** Of which the pods were that were before the rollout, and of which they are to be. */
  readonly current: ControllerRevision
  readonly update: ControllerRevision
  /** The claim of this name in the set's namespace. */
  claim(name: string): PersistentVolumeClaim | undefined
  /** When a pod that has ended may be deleted, to be made anew, ms since the epoch. */
  mayDeleteAt(pod: Pod): number
}

export type Action =
  /** With the claims that it has not got yet. */
  | { readonly do: 'create'; readonly pod: Pod }
  | { readonly do: 'delete'; readonly pod: Pod }
  | { readonly do: 'make-claims'; readonly pod: Pod }
  /** Gives it the labels, the volumes and the owners of its claims that it must have. */
  | { readonly do: 'conform'; readonly pod: Pod }
  | { readonly do: 'own-claims'; readonly pod: Pod }

export interface Plan {
  /** What is done in each stage when the one before has not failed. */
  readonly stages: readonly (readonly Action[])[]
  /** One after the other, until one fails; else as many at a time as succeed. */
  readonly isOrdered: boolean
  readonly status: SetStatus
  /** When the next pod becomes available by the clock alone, in ms since the epoch. */
  readonly nextAt?: number
}

/** What a set does with a replica; with `wait` nothing after it is looked at. */
interface Step {
  readonly actions: readonly Action[]
  readonly wait: boolean
}

const on = (...actions: Action[]): Step => ({ actions, wait: false })
const stop = (...actions: Action[]): Step => ({ actions, wait: true })

/**
 * What a set needs, as kube-controller-manager's updateStatefulSet. In order a pod is made when those before it are available, and removed when those after it are gone;
 * in parallel neither is waited for. A rollout begins when all replicas are as they should be but for their revision.
 */
export function reconcile(observed: Observed, now: number): Plan {
  const { set, pods } = observed
  const isOrdered = set.spec?.podManagementPolicy !== 'Parallel'
  const readyFor = set.spec?.minReadySeconds ?? 0
  const changesAt = (pod: Pod) => (hasEnded(pod) && !isGoing(pod) ? observed.mayDeleteAt(pod) : availableAt(pod, readyFor))
  const times = pods.map(changesAt).filter((at) => at !== undefined && at > now && at < Infinity) as number[]
  const plan = { isOrdered, status: statusOf(observed, now), ...(times.length > 0 && { nextAt: Math.min(...times) }) }
  if (set.metadata?.deletionTimestamp) return { ...plan, stages: [] }
  const replicas = replicasFor(observed)
  const condemned = pods.filter((pod) => !isInRange(set, pod)).toSorted((a, b) => (ordinalOf(b) ?? 0) - (ordinalOf(a) ?? 0))
  const unavailable = (pod: Pod) => isGoing(pod) || !isAvailable(pod, readyFor, now)
  const firstUnavailable = replicas.find(unavailable) ?? condemned.findLast(unavailable)

  const kept = walk(replicas, isOrdered, (pod) => keep(observed, pod, unavailable, now))
  const stages: (readonly Action[])[] = [kept.actions]
  if (isOrdered && kept.wait) return { ...plan, stages }
  stages.push(condemned.filter((pod) => needsOwners(observed, pod)).map((pod) => ({ do: 'own-claims', pod })))
  const removed = walk(condemned, isOrdered, (pod) => condemn(pod, isOrdered, pod === firstUnavailable || !unavailable(pod)))
  stages.push(removed.actions)
  if (isOrdered && removed.wait) return { ...plan, stages }
  return { ...plan, stages: [...stages, outdated(set, replicas, observed.update.metadata?.name ?? '', unavailable).map((pod) => ({ do: 'delete', pod }))] }
}

/** The pods by their places; where there is none, the one to be made. */
function replicasFor({ set, pods, current, update }: Observed): Pod[] {
  const places = new Map(pods.map((pod) => [ordinalOf(pod), pod]))
  return Array.from({ length: replicasOf(set) }, (_, index) => {
    const ordinal = startOf(set) + index
    const revision = staysCurrent(set, index) ? current : update
    return places.get(ordinal) ?? newPod(set, templateOf(revision) ?? set.spec?.template, revision.metadata?.name ?? '', ordinal)
  })
}

/** Whether a replica that is made anew is of the revision before: those below the partition. */
function staysCurrent({ spec, status }: StatefulSet, index: number): boolean {
  const rolling = spec?.updateStrategy?.rollingUpdate
  if (rolling) return index < (rolling.partition ?? 0)
  return spec?.updateStrategy?.type === 'RollingUpdate' && index < (status?.currentReplicas ?? 0)
}

function walk(pods: readonly Pod[], isOrdered: boolean, step: (pod: Pod) => Step): Step {
  const actions: Action[] = []
  for (const pod of pods) {
    const { actions: more, wait } = step(pod)
    actions.push(...more)
    if (isOrdered && wait) return stop(...actions)
  }
  return on(...actions)
}

function keep(observed: Observed, pod: Pod, unavailable: (pod: Pod) => boolean, now: number): Step {
  const { set } = observed
  const isOrdered = set.spec?.podManagementPolicy !== 'Parallel'
  // An evicted pod may well have succeeded. The next one is made when this one is gone.
  if (hasEnded(pod)) return isGoing(pod) || observed.mayDeleteAt(pod) > now ? stop() : stop({ do: 'delete', pod })
  const claims = claimsFor(observed, pod)
  if (!isCreated(pod)) return claims.some((claim) => claim && belongsToEarlierPod(set, pod, claim)) ? stop() : stop({ do: 'create', pod })
  const actions: Action[] = []
  if (pod.status?.phase === 'Pending' && (claims.includes(undefined) || needsOwners(observed, pod))) actions.push({ do: 'make-claims', pod })
  if (isOrdered && unavailable(pod)) return stop(...actions)
  if (!hasIdentity(pod) || !hasStorage(set, pod) || needsOwners(observed, pod)) actions.push({ do: 'conform', pod })
  return on(...actions)
}

/** In order one goes at a time: the highest, when all that stay are well and those after it are gone. */
function condemn(pod: Pod, isOrdered: boolean, mayGo: boolean): Step {
  if (isGoing(pod)) return stop()
  if (isOrdered && !mayGo) return stop()
  return stop({ do: 'delete', pod })
}

/** The claims of a pod that there are; undefined for each that there is not. */
const claimsFor = ({ set, claim }: Observed, pod: Pod): readonly (PersistentVolumeClaim | undefined)[] =>
  (set.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => claim(claimName(set, metadata?.name ?? '', ordinalOf(pod) ?? 0)))

const needsOwners = (observed: Observed, pod: Pod): boolean =>
  claimsFor(observed, pod).some((claim) => claim !== undefined && ownersToBe(observed.set, pod, claim) !== undefined)
