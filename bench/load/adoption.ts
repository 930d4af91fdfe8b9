import type { PodStatusReport } from '../../actors/pod/messages.ts'
import type { Adopted } from './nodes-messages.ts'

/**
 * Which pods agents that were started again have adopted: a pod is, once its actor has looked at what runs of it in the engine and
 * said from that alone that the pod is Ready. What the API server has been told before counts for nothing.
 */
export class Adoption {
  /** Seconds from the start of the agents to the last pod. */
  readonly done: Promise<number>
  readonly #adopts: Adopted
  readonly #startedAt: number
  readonly #ready = new Set<string>()
  readonly #finish: (seconds: number) => void

  /** `startedAt`: when the agents were, in milliseconds since the process was. */
  constructor(adopts: Adopted, startedAt: number) {
    const { promise, resolve } = Promise.withResolvers<number>()
    this.done = promise
    this.#finish = resolve
    this.#adopts = adopts
    this.#startedAt = startedAt
  }

  heard({ uid, namespace, status }: PodStatusReport): void {
    if (namespace !== this.#adopts.namespace || this.#ready.has(uid)) return
    if (!status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True')) return
    this.#ready.add(uid)
    if (this.#ready.size === this.#adopts.pods) this.#finish((performance.now() - this.#startedAt) / 1000)
  }
}
