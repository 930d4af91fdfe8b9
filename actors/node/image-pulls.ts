import { RateLimit } from '../../src/kube/rate-limit.ts'
import { type Actor, type ActorContext, Later } from '../kernel/types.ts'
import type { ImagePullsMessage } from './messages.ts'

export interface ImagePullsOptions {
  /** Pulls at once; 1 when they are serialized (kubelet's default), Infinity without a limit. */
  readonly parallel: number
  readonly qps: number
  readonly burst: number
}

interface Waiting {
  readonly uid: string
  readonly image: string
  readonly since: number
  readonly grant: (answer: { waitedMs: number }) => void
}

/** A pull that nobody gave back (its actor died): its slot is free again after this. */
const longestPullMs = 30 * 60_000

/** Hands out leave to pull images: in order of asking, so many at once, so many a second. */
export class ImagePulls implements Actor<ImagePullsMessage> {
  readonly #context: ActorContext
  readonly #options: ImagePullsOptions
  readonly #limit: RateLimit
  readonly #waiting: Waiting[] = []
  readonly #running = new Map<string, number>()
  #granting = false

  constructor(context: ActorContext, options: ImagePullsOptions) {
    this.#context = context
    this.#options = options
    this.#limit = new RateLimit(context.clock, options.qps, options.burst)
  }

  receive(message: ImagePullsMessage): unknown {
    const key = `${message.uid}/${message.image}`
    if (message.type === 'ReleasePull') {
      this.#running.delete(key)
      this.#grant()
      return undefined
    }
    return new Later(this.#enqueue(message.uid, message.image))
  }

  #enqueue(uid: string, image: string): Promise<{ waitedMs: number }> {
    return new Promise((grant) => {
      this.#waiting.push({ uid, image, since: this.#context.clock.monotonic(), grant })
      this.#grant()
    })
  }

  #grant(): void {
    if (this.#granting) return
    this.#granting = true
    void this.#grantAll()
      .catch((error: unknown) => {
        if (!this.#context.signal.aborted) this.#context.fail(error)
      })
      .finally(() => {
        this.#granting = false
      })
  }

  async #grantAll(): Promise<void> {
    for (;;) {
      const now = this.#context.clock.monotonic()
      for (const [key, at] of this.#running) if (now - at > longestPullMs) this.#running.delete(key)
      if (this.#running.size >= this.#options.parallel) return
      const next = this.#waiting.shift()
      if (!next) return
      this.#running.set(`${next.uid}/${next.image}`, now)
      await this.#limit.take(this.#context.signal)
      next.grant({ waitedMs: this.#context.clock.monotonic() - next.since })
    }
  }
}
