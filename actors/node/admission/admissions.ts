import { type PodUid, uidOf } from '../../../src/kube/ids.ts'
import type { Node, Pod } from '../../../src/kube/objects.ts'
import type { HeldResize, PodActorProps } from '../../pod/messages.ts'
import { admit } from './admit.ts'
import { Allocations } from './allocations.ts'
import type { NodeFeatures } from './node-features.ts'

export interface AdmissionOptions {
  readonly node: () => Node | undefined
  /** --allowed-unsafe-sysctls: names, or prefixes ending in `*`. */
  readonly allowedUnsafeSysctls: readonly string[]
  /** The node's pressures just now, which the API server may not know of yet, or still tell from another life. */
  readonly pressures?: () => readonly string[]
  /** The machine is about to go down: nothing new is taken. */
  readonly shuttingDown?: () => boolean
  readonly features: NodeFeatures
  /** What a kubelet gave the pods that it left here. */
  readonly allocated?: ReadonlyMap<PodUid, HeldResize['resources']>
  /** Told of pods that are refused, and of each that goes for another's need of a resource. */
  readonly watcher?: { rejected(reason: string): void; preempted(resource: string): void }
}

/** What follows from a decision, in the director's hands. */
export interface AdmissionHooks {
  /** A warning that users see on the pod. */
  warn(pod: Pod, reason: string, message: string): void
  /** The pod goes, to make room for a critical one. */
  preempt(uid: PodUid, message: string): void
  /** What an admitted pod asks for cannot be read, and is left out of the sum. */
  unreadable(uid: PodUid, error: unknown): void
}

/** kubelet's words, in the event and in the status. */
const preempted = 'Preempted in order to admit critical pod'

/** The node's door: decides on each pod as it is first seen, remembers whom it refused and why, and what the others have of the node. */
export class Admissions {
  readonly #options: AdmissionOptions
  readonly #hooks: AdmissionHooks
  readonly #allocations: Allocations
  readonly #rejections = new Map<PodUid, NonNullable<PodActorProps['rejection']>>()

  constructor(options: AdmissionOptions, hooks: AdmissionHooks) {
    this.#options = options
    this.#hooks = hooks
    this.#allocations = new Allocations(options.node, options.allocated)
  }

  /** Decides on a pod that is new here. One that ended, is being deleted, or ran before an agent restart (it was admitted then) is not asked. */
  decide(uid: PodUid, pod: Pod): void {
    const { node, allowedUnsafeSysctls, features, pressures, shuttingDown, watcher } = this.#options
    const phase = pod.status?.phase
    if (phase === 'Failed' || phase === 'Succeeded' || pod.metadata?.deletionTimestamp || pod.status?.startTime !== undefined) return
    const admission = admit({
      pod,
      others: this.#allocations.occupancy,
      node: node(),
      allowedUnsafeSysctls,
      features,
      pressures: pressures?.(),
      shuttingDown: shuttingDown?.(),
    })
    if (!admission.admitted) {
      this.#rejections.set(uid, { reason: admission.reason, message: `Pod was rejected: ${admission.message}` })
      this.#hooks.warn(pod, admission.reason, admission.message)
      watcher?.rejected(admission.reason)
      return
    }
    for (const victim of admission.preempt) {
      watcher?.preempted(admission.preemptFor ?? '')
      this.#hooks.warn(victim, 'Preempting', preempted)
      this.#hooks.preempt(uidOf(victim), preempted)
    }
  }

  /** Takes in an admitted pod, or its newer version: it may wait for the room that it now asks for (`heldOf`). */
  occupy(uid: PodUid, pod: Pod): void {
    if (this.#rejections.has(uid)) return
    try {
      this.#allocations.set(uid, pod)
    } catch (error) {
      // One that was admitted by an earlier agent, or changed since.
      this.#hooks.unreadable(uid, error)
    }
  }

  rejectionOf(uid: PodUid): PodActorProps['rejection'] {
    return this.#rejections.get(uid)
  }

  /** What keeps a resize back, and what the pod has meanwhile. */
  heldOf(uid: PodUid): HeldResize | undefined {
    return this.#allocations.heldOf(uid)
  }

  /** Pods whose resize waits for room, the longest first. */
  waiting(): readonly PodUid[] {
    return this.#allocations.waiting()
  }

  /** The pod is gone: its room is free. What was decided on it stands until `forget`. */
  release(uid: PodUid): void {
    this.#allocations.delete(uid)
  }

  forget(uid: PodUid): void {
    this.#rejections.delete(uid)
  }
}
