import type { KubeObject } from '../../../../kube/objects.ts'
import type { ApiBackend } from '../../rest/backend.ts'

/** A write that has been charged, and has not ended yet. */
export interface Reservation {
  /** `pods`, `jobs.batch`. */
  readonly resource: string
  readonly namespace: string
  /** As it would be stored. */
  readonly object: KubeObject
  /** Version of what it replaces; none for what is new. */
  readonly oldVersion: string | undefined
  /** Whether somebody counted it, who may have done so before it was charged: then all is counted again at its end. */
  counted?: boolean
}

/**
 * What quota must know between its two halves: who charges in a namespace, one after the other, and what is charged and not stored yet, so that whoever
 * counts again meanwhile counts that too.
 */
export class QuotaLedger {
  readonly #turns = new Map<string, Promise<unknown>>()
  readonly #reserved = new Map<string, Set<Reservation>>()
  #onRelease: (namespace: string) => void = () => {}

  /** Runs `work` when all before it in that namespace have ended. */
  async inTurn<T>(namespace: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(namespace) ?? Promise.resolve()
    const mine = before.then(work, work)
    this.#turns.set(namespace, mine)
    try {
      return await mine
    } finally {
      if (this.#turns.get(namespace) === mine) this.#turns.delete(namespace)
    }
  }

  /** Holds a reservation until the answer is called, with whether the write was stored: what was not is given back. */
  reserve(reservation: Reservation): (stored: boolean) => void {
    const { namespace } = reservation
    const held = this.#reserved.get(namespace) ?? new Set()
    this.#reserved.set(namespace, held.add(reservation))
    return (stored) => {
      held.delete(reservation)
      if (held.size === 0) this.#reserved.delete(namespace)
      if (!stored || reservation.counted) this.#onRelease(namespace)
    }
  }

  /** Those of a namespace, which are counted from now on. */
  *reserved(namespace: string): Generator<Reservation> {
    for (const reservation of this.#reserved.get(namespace) ?? []) {
      reservation.counted = true
      yield reservation
    }
  }

  /** Asks for a namespace's usage to be counted again: of a kind, say, that was not served when it last was. */
  recount(namespace: string): void {
    this.#onRelease(namespace)
  }

  /** Told of namespaces of which what is used may not be what is written: it is to be counted again. */
  whenReleased(tell: (namespace: string) => void): void {
    this.#onRelease = tell
  }
}

const ledgers = new WeakMap<object, QuotaLedger>()

/** The one of a backend, gone with it. */
export function quotaLedgerOf(backend: ApiBackend): QuotaLedger {
  const ledger = ledgers.get(backend) ?? new QuotaLedger()
  ledgers.set(backend, ledger)
  return ledger
}
