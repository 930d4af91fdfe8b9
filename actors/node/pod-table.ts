import { share } from '../../src/base/share.ts'
import type { PodUid } from '../../src/kube/ids.ts'
import type { Pod, PodStatus } from '../../src/kube/objects.ts'

/**
 * Pods of this node as their source last showed them. The director writes it; the status reporter and the servers read it.
 * Nobody changes a pod that is in here: what two pods, or two versions of one, have in common is held once.
 */
export class PodTable {
  readonly #pods = new Map<PodUid, Pod>()
  readonly #answers = new Map<PodUid, PodStatus>()
  readonly #listeners = new Set<(uid: PodUid) => void>()
  #newest: Pod | undefined

  get(uid: PodUid): Pod | undefined {
    return this.#pods.get(uid)
  }

  has(uid: PodUid): boolean {
    return this.#pods.has(uid)
  }

  /** Takes a pod in and returns it as it is kept: without managedFields, which nobody on the node reads. */
  set(uid: PodUid, pod: Pod): Pod {
    const before = this.#pods.get(uid)
    if (pod.metadata?.managedFields) {
      const { managedFields: _, ...metadata } = pod.metadata
      pod.metadata = metadata
    }
    const answer = this.#answers.get(uid)
    this.#answers.delete(uid)
    if (answer && pod.status) pod.status = share(answer, pod.status)
    // Pods that come one after the other are mostly of one workload.
    const kept = share(before ?? this.#newest, pod)
    if (!before) this.#newest = kept
    this.#pods.set(uid, kept)
    for (const listener of this.#listeners) listener(uid)
    return kept
  }

  /** The API server answered this to a status of ours: the source will show the same, and it shall not be held twice. */
  expect(uid: PodUid, status: PodStatus): void {
    const pod = this.#pods.get(uid)
    if (!pod) return
    const known = pod.status
    if (known) pod.status = share(status, known)
    if (pod.status !== status) this.#answers.set(uid, status)
  }

  delete(uid: PodUid): void {
    this.#pods.delete(uid)
    this.#answers.delete(uid)
    for (const listener of this.#listeners) listener(uid)
  }

  /** Called when a pod came, changed or went, after it did. Answers how to call no more. */
  onChange(listener: (uid: PodUid) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  all(): readonly Pod[] {
    return [...this.#pods.values()]
  }

  uids(): readonly PodUid[] {
    return [...this.#pods.keys()]
  }
}
