import type { AgentTools } from '../agent/agent.ts'

/** Stands in for systemd-logind: the machine's shutdown begins when a test says so, and waits for whoever holds a lock. */
export class PowerButton implements NonNullable<AgentTools['logind']> {
  #changed: ((coming: boolean) => void) | undefined
  #released = Promise.withResolvers<void>()

  /** The agent waits for a shutdown: it was given time for its pods. */
  get heard(): boolean {
    return this.#changed !== undefined
  }

  /** The machine shuts down; resolves when nothing holds it up any more. */
  press(): Promise<void> {
    this.#changed?.(true)
    return this.#released.promise
  }

  /** The shutdown is called off. */
  cancel(): void {
    this.#changed?.(false)
  }

  async inhibitDelayMs(): Promise<number> {
    return Number.POSITIVE_INFINITY
  }

  async setInhibitDelay(): Promise<void> {}

  hold(): { release(): void } {
    const held = Promise.withResolvers<void>()
    this.#released = held
    return { release: () => held.resolve() }
  }

  watch(changed: (coming: boolean) => void, signal: AbortSignal): Promise<void> {
    this.#changed = changed
    const { promise, resolve } = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => resolve(), { once: true })
    return promise.finally(() => {
      this.#changed = undefined
    })
  }
}
