import { sleep } from '../../../src/base/clock.ts'
import { type PodUid, uidOf } from '../../../src/kube/ids.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import type { ActorContext } from '../../kernel/types.ts'
import { type PodMessage, podAddress } from '../../pod/messages.ts'
import type { PodTable } from '../pod-table.ts'

/** What a pod that ended leaves is waited for so long. */
const waitMs = 30_000

/**
 * Takes away what pods that have ended left for reading: dead containers, logs, volumes. kubelet: `DeleteAllUnusedContainers`, when the
 * node is short of disk.
 */
export class EndedPods {
  readonly #context: ActorContext
  readonly #pods: Pick<PodTable, 'all' | 'has'>
  /** Asked once: nothing of theirs comes back. */
  readonly #asked = new Set<PodUid>()
  readonly #waiting = new Set<PodUid>()
  #done: (() => void) | undefined

  constructor(context: ActorContext, pods: Pick<PodTable, 'all' | 'has'>) {
    this.#context = context
    this.#pods = pods
  }

  /** There is something to be had. */
  get any(): boolean {
    return this.#candidates().length > 0
  }

  /** Resolves when all has gone, or has had its time. */
  async reclaim(): Promise<void> {
    for (const uid of this.#asked) if (!this.#pods.has(uid)) this.#asked.delete(uid)
    const uids = this.#candidates()
    if (uids.length === 0) return
    for (const uid of uids) {
      this.#asked.add(uid)
      this.#waiting.add(uid)
      this.#context.send(podAddress(uid), { type: 'ReclaimEnded', informs: this.#context.self } satisfies PodMessage)
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#done = resolve
    const over = new AbortController()
    const timeOver = sleep(this.#context.clock, waitMs, AbortSignal.any([over.signal, this.#context.signal])).catch(() => {})
    await Promise.race([promise, timeOver])
    over.abort()
    this.#waiting.clear()
  }

  /** Nothing of this pod is left. */
  gone(uid: PodUid): void {
    if (this.#waiting.delete(uid) && this.#waiting.size === 0) this.#done?.()
  }

  #candidates(): readonly PodUid[] {
    return this.#pods
      .all()
      .filter(hasEnded)
      .map(uidOf)
      .filter((uid) => !this.#asked.has(uid))
  }
}

/** One that is being deleted goes by itself. */
const hasEnded = ({ metadata, status }: Pod): boolean => !metadata?.deletionTimestamp && (status?.phase === 'Succeeded' || status?.phase === 'Failed')
