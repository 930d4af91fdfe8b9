import type { PodUid } from '../../src/kube/ids.ts'
import type { Pod } from '../../src/kube/objects.ts'

/** Pods of this node as their source last showed them. The director writes it; the status reporter and the servers read it. */
export class PodTable {
  readonly #pods = new Map<PodUid, Pod>()

  get(uid: PodUid): Pod | undefined {
    return this.#pods.get(uid)
  }

  has(uid: PodUid): boolean {
    return this.#pods.has(uid)
  }

  set(uid: PodUid, pod: Pod): void {
    this.#pods.set(uid, pod)
  }

  delete(uid: PodUid): void {
    this.#pods.delete(uid)
  }

  all(): readonly Pod[] {
    return [...this.#pods.values()]
  }

  uids(): readonly PodUid[] {
    return [...this.#pods.keys()]
  }
}
