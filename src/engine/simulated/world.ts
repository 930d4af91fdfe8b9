import { createHash } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import type { AddressPool } from './address-pool.ts'
import type { EventFeed } from './event-feed.ts'
import type { Random } from './random.ts'
import type { SimulatedSandbox } from './sandbox.ts'

/** What the sandboxes and containers of one simulated engine have in common. */
export interface World {
  readonly clock: Clock
  /** Of a pod or a container alone. */
  readonly randomOf: (what: string) => Random
  readonly feed: EventFeed
  readonly addresses: AddressPool<SimulatedSandbox>
  readonly numbers: Numbers
  /** What those that have ended had used: the node's counters do not go back. */
  readonly spent: { cpuNanos: number; receivedBytes: number; sentBytes: number }
  /** Aborted at disposal. */
  readonly closed: AbortSignal
}

// Above the kernel's greatest process id (2^22), so that nobody finds a real process under a simulated one's.
const firstPid = 2 ** 22 + 1

/** Ids and process numbers, in order, the same for the same seed. */
export class Numbers {
  readonly #seed: number
  #ids = 0
  #pid = firstPid

  constructor(seed: number) {
    this.#seed = seed
  }

  /** 64 hexadecimal digits, as Docker's. */
  id(): string {
    return createHash('sha256')
      .update(`${this.#seed}/${this.#ids++}`)
      .digest('hex')
  }

  pid(): number {
    return this.#pid++
  }
}
