import type { PodSummary } from '../../src/engine/engine.ts'
import type { PodUid } from '../../src/kube/ids.ts'

/** A pod that the engine's list shows otherwise than the one before; without a fingerprint it is not in it any more. */
export interface ChangedPod {
  readonly uid: PodUid
  readonly fingerprint: string | undefined
}

/** What the engine's last list said of each pod. */
export class Fingerprints {
  readonly #known = new Map<PodUid, string>()
  #listed = false

  /** Takes in a whole list; returns what changed since the last. */
  take(pods: readonly PodSummary[]): readonly ChangedPod[] {
    this.#listed = true
    const changed: ChangedPod[] = []
    const seen = new Set<PodUid>()
    for (const { pod, fingerprint } of pods) {
      seen.add(pod.uid)
      if (this.#known.get(pod.uid) === fingerprint) continue
      this.#known.set(pod.uid, fingerprint)
      changed.push({ uid: pod.uid, fingerprint })
    }
    for (const uid of this.#known.keys()) {
      if (seen.has(uid)) continue
      this.#known.delete(uid)
      changed.push({ uid, fingerprint: undefined })
    }
    return changed
  }

  /** The engine has told all it has, and it was nothing of this pod. */
  lacks(uid: PodUid): boolean {
    return this.#listed && !this.#known.has(uid)
  }

  /** Nothing is left of the pod: should the engine list it again, that is new. */
  forget(uid: PodUid): void {
    this.#known.delete(uid)
  }
}
