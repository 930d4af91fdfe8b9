import { KubeError } from '../kube/client.ts'

/** The way between a node and its API server, which a test may cut (`partition`) or hold (`pause`). */
export class Link {
  #down = new AbortController()
  #held: PromiseWithResolvers<void> | undefined
  #underWay = 0

  /** Whether requests are under way. Those that are held do not count: they wait for the test. */
  get busy(): boolean {
    return this.#underWay > 0 && !this.#held
  }

  /** Aborted while the way is cut; a new one when it is mended. */
  get down(): AbortSignal {
    return this.#down.signal
  }

  cut(): void {
    this.#down.abort(unreachable())
  }

  mend(): void {
    if (this.#down.signal.aborted) this.#down = new AbortController()
  }

  hold(): void {
    this.#held ??= Promise.withResolvers<void>()
  }

  release(): void {
    this.#held?.resolve()
    this.#held = undefined
  }

  /** Resolves when a message may pass; throws `KubeError` of code 0 when the way is cut. */
  async pass(signal?: AbortSignal): Promise<void> {
    while (this.#held) await this.#held.promise
    signal?.throwIfAborted()
    this.#down.signal.throwIfAborted()
  }

  /** A request and its answer, both of which must pass. */
  async request<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#underWay += 1
    try {
      await this.pass(signal)
      const answer = await call()
      await this.pass(signal)
      return answer
    } finally {
      this.#underWay -= 1
    }
  }
}

const unreachable = () => new KubeError('the node is cut off from the API server', 0, 'Unreachable')
