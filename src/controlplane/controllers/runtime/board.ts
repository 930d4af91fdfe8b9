/** What a queue tells of itself. Times in milliseconds. */
export interface QueueReading {
  readonly name: string
  /** Keys that wait. */
  readonly depth: number
  readonly adds: number
  readonly handled: number
  /** Times that a key failed and was put off. */
  readonly retries: number
  /** For how long each of those that are being handled has been. */
  readonly runningMs: readonly number[]
  /** Of all that were handled, together and of the slowest. */
  readonly workedMs: number
  readonly longestMs: number
  /** The last keys that were handled, newest last. */
  readonly recent: readonly string[]
}

/** Hears how long keys of a queue waited and took, milliseconds. */
export interface QueueMeter {
  waited(queue: string, ms: number): void
  worked(queue: string, ms: number): void
}

/** `waiting`: another process holds the lease. */
export type ControllerLife = 'waiting' | 'running' | 'failed' | 'ended'

/** A controller as the page shows it. */
export interface ControllerReading {
  readonly name: string
  readonly life: ControllerLife
  /** Times that it failed and was started anew. */
  readonly restarts: number
  readonly queues: readonly QueueReading[]
}

interface Entry {
  life: ControllerLife
  restarts: number
  readonly queues: Map<string, () => QueueReading>
}

/** What the queues of one controller tell. */
export interface QueuePost {
  readonly meter: QueueMeter | undefined
  /** The queue tells from now on. */
  post(name: string, read: () => QueueReading): void
}

// A queue knows its controller by the signal that ends both.
const posts = new WeakMap<AbortSignal, QueuePost>()

/** Where a queue that ends by this signal tells of itself; undefined for one that nobody looks at. */
export const postOf = (signal: AbortSignal): QueuePost | undefined => posts.get(signal)

/** The controllers that run in this process, for people who look and for figures. */
export class ControllerBoard {
  readonly #entries = new Map<string, Entry>()
  readonly #meter: QueueMeter | undefined

  constructor(meter?: QueueMeter) {
    this.#meter = meter
  }

  set(name: string, life: ControllerLife): void {
    this.#entry(name).life = life
  }

  restarted(name: string): void {
    this.#entry(name).restarts++
  }

  /** The queues that are made with this signal are the controller's; those that it had are forgotten. */
  open(name: string, signal: AbortSignal): void {
    const { queues } = this.#entry(name)
    queues.clear()
    posts.set(signal, { meter: this.#meter, post: (queue, read) => void queues.set(queue, read) })
  }

  readings(): ControllerReading[] {
    return [...this.#entries].map(([name, { life, restarts, queues }]) => ({ name, life, restarts, queues: [...queues.values()].map((read) => read()) }))
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name) ?? { life: 'waiting', restarts: 0, queues: new Map() }
    this.#entries.set(name, entry)
    return entry
  }
}
