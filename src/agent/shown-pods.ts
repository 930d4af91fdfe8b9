import { isStatic } from '../../actors/node/admission/critical.ts'
import type { PodTable } from '../../actors/node/pod-table.ts'
import type { PodStatusReport } from '../../actors/pod/messages.ts'
import type { PodUid } from '../kube/ids.ts'
import type { Pod, PodStatus } from '../kube/objects.ts'

/** The node's pods as its servers show them: a static pod, of whose status its source knows nothing, with the one that its actor told last. */
export class ShownPods {
  readonly #table: PodTable
  readonly #statuses = new Map<PodUid, PodStatus>()

  constructor(table: PodTable) {
    this.#table = table
    table.onChange((uid) => {
      if (!table.has(uid)) this.#statuses.delete(uid)
    })
  }

  reported({ uid, status }: PodStatusReport): void {
    if (isStatic(this.#table.get(uid))) this.#statuses.set(uid, status)
  }

  all(): readonly Pod[] {
    const pods = this.#table.all()
    if (this.#statuses.size === 0) return pods
    return pods.map((pod) => {
      const status = this.#statuses.get(pod.metadata?.uid as PodUid)
      return status ? { ...pod, status } : pod
    })
  }
}
