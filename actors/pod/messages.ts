import type { EngineEvent } from '../../src/engine/engine.ts'
import type { PodUid } from '../../src/kube/ids.ts'
import type { Container, Pod, PodStatus } from '../../src/kube/objects.ts'
import { type Address, address } from '../kernel/types.ts'

export const podAddress = (uid: PodUid): Address => address(`pod/${uid}`)

/** Where a pod came from; static pods (`file`, `http`) have a mirror on the API server. */
export type PodOrigin = 'api' | 'file' | 'http'

/** An object that a pod's spec refers to. */
export interface ObjectRef {
  readonly kind: 'Secret' | 'ConfigMap'
  readonly namespace: string
  readonly name: string
}

/** A resize that is not made: the node could never give as much, or cannot just now. */
export interface HeldResize {
  readonly status: 'Deferred' | 'Infeasible'
  /** What the containers have instead of what the spec asks for, by name. */
  readonly resources: Readonly<Record<string, NonNullable<Container['resources']>>>
}

/** What a pod actor is made from. `pod` is refreshed by the director at every restart. */
export interface PodActorProps {
  readonly uid: PodUid
  readonly origin: PodOrigin
  readonly pod: Pod
  /** Rejected at admission: report Failed with these, run nothing. */
  readonly rejection?: { readonly reason: string; readonly message: string }
  /** The pod is gone from its source: an actor restarted after `PodRemoved` must know, or it would bring the pod back. */
  readonly removed?: boolean
  readonly held?: HeldResize
  /** The engine has nothing of the pod yet, so it need not be asked. For an actor's first incarnation only. */
  readonly unknownToEngine?: boolean
}

/** Why and how the node ends a pod that nobody deleted. */
export interface Eviction {
  readonly reason: string
  readonly message: string
  /** Absent: the pod's own. */
  readonly graceSeconds?: number
  /** It goes for the node's sake, not for what it did itself: told by a condition DisruptionTarget (KEP-3329). */
  readonly disruption: boolean
  /** Its containers, logs and volumes go at once, as a kubelet's evicted pods' do: they may be what the node is short of. */
  readonly reclaim: boolean
  /** Who is told (`EvictedPodGone`) when it has gone. */
  readonly informs?: Address
}

/** To a pod actor. */
export type PodMessage =
  /** The desired pod changed (also `deletionTimestamp` set, or the resourceVersion after our own status patch). Merge key `pod`. */
  | { readonly type: 'PodChanged'; readonly pod: Pod; readonly held?: HeldResize }
  /** The pod is gone from its source: stop with the grace given (seconds; absent: the pod's own) and clean up; report nothing further. */
  | { readonly type: 'PodRemoved'; readonly graceSeconds?: number }
  | { readonly type: 'EngineChanged'; readonly event: EngineEvent }
  /** The relist saw a difference, or anything may have been missed. `fingerprint`: the engine's row of the pod, there is nothing to do when it says what is known. Merge key `resync`. */
  | { readonly type: 'Resync'; readonly fingerprint?: string }
  /** A Secret or ConfigMap the pod refers to changed. */
  | { readonly type: 'ObjectChanged'; readonly ref: ObjectRef }
  /** Its own timer. */
  | { readonly type: 'Wake' }
  /** The node wants it gone (eviction, preemption, shutdown): terminal phase Failed with this reason. */
  | ({ readonly type: 'Evict' } & Eviction)
  /** The node is short of disk: if the pod has ended, its dead containers, logs and directories go, its status stays. `informs` is told (`EvictedPodGone`), at once when there is nothing to be had. */
  | { readonly type: 'ReclaimEnded'; readonly informs: Address }

/** What a pod actor tells `node/status-reporter`. Merge key: the pod's uid. */
export interface PodStatusReport {
  readonly type: 'PodStatusReport'
  readonly uid: PodUid
  readonly namespace: string
  readonly name: string
  readonly origin: PodOrigin
  readonly status: PodStatus
  /** Everything of the pod is stopped, unmounted and removed: when it has a deletionTimestamp, delete it (grace 0, uid precondition). */
  readonly cleanedUp: boolean
}

/** What a pod actor tells `node/director` when nothing of the pod is left and it may be forgotten. */
export interface PodFinished {
  readonly type: 'PodFinished'
  readonly uid: PodUid
}

export type ProbeKind = 'liveness' | 'readiness' | 'startup'
