import type { Pod } from '../../../kube/objects.ts'
import { FailedPods } from '../runtime/failed-pods.ts'

const delays = { first: 5, longest: 5 * 60_000, forgotten: 15 * 60_000 }

/** Whether a node has refused the pod: it has failed, and nothing of it ever ran. */
export function isRefused({ status }: Pod): boolean {
  if (status?.phase !== 'Failed') return false
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  return all.every(({ state, lastState }) => !state?.running && !state?.terminated?.startedAt && !lastState?.terminated)
}

/**
 * When a set whose pods a node refuses makes others: each time twice as long after the last. kube-controller-manager makes them at once, held up by its
 * client's rate of requests alone. Pods that have run, and were evicted or have failed, are replaced at once as there.
 */
export class RefusedPods {
  readonly #turns = new FailedPods(delays)
  /** By the set's uid: how many of its pods were refused when it made the last. */
  readonly #counts = new Map<string, number>()

  /** When pods may be made, in ms since the epoch. */
  mayCreateAt(uid: string, refused: number): number {
    return refused > this.#before(uid) ? this.#turns.mayDeleteAt(key(uid)) : 0
  }

  /** Some are made now. */
  made(uid: string, refused: number, now: number): void {
    if (refused > this.#before(uid)) this.#turns.deleted(key(uid), now)
    if (refused > 0) this.#counts.set(uid, refused)
    else this.#counts.delete(uid)
  }

  /** The set is gone. */
  forget(uid: string): void {
    this.#turns.forget(uid)
    this.#counts.delete(uid)
  }

  #before(uid: string): number {
    return this.#counts.get(uid) ?? 0
  }
}

const key = (uid: string) => `${uid}/`
