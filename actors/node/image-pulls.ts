import { assertNever } from '../../src/base/assert-never.ts'
import type { PodUid } from '../../src/kube/ids.ts'
import { RateLimit } from '../../src/kube/rate-limit.ts'
import { type Actor, type ActorContext, Later } from '../kernel/types.ts'
import type { ImagePullsMessage } from './messages.ts'

export interface ImagePullsOptions {
  /** Pulls at once; 1 when they are serialized (kubelet's default), Infinity without a limit. */
  readonly parallel: number
  readonly qps: number
  readonly burst: number
  /** Told of each pull: when it is asked for, and when it has ended. */
  readonly watcher?: { pullBegan(uid: PodUid): void; pullEnded(uid: PodUid): void }
}

interface Waiting {
  readonly uid: string
  readonly key: string
  readonly since: number
  readonly grant: (answer: { waitedMs: number }) => void
}

/** A pull that nobody gave back (its actor's thread died): its slot is free again after this. */
const longestPullMs = 30 * 60_000

/**
 * Hands out leave to pull images: in order of asking, so many at once, so many a second. One pod waits for one image at most once,
 * so the queue is as long as there are containers, at most.
 */
export class ImagePulls implements Actor<ImagePullsMessage> {
  readonly #context: ActorContext
  readonly #options: ImagePullsOptions
  readonly #limit: RateLimit
  readonly #waiting: Waiting[] = []
  readonly #running = new Map<string, { readonly uid: string; readonly since: number }>()
  #granting = false

  constructor(context: ActorContext, options: ImagePullsOptions) {
    this.#context = context
    this.#options = options
    this.#limit = new RateLimit(context.clock, options.qps, options.burst)
  }

  receive(message: ImagePullsMessage): unknown {
    switch (message.type) {
      case 'AcquirePull':
        return new Later(this.#acquire(message.uid, `${message.uid}/${message.image}`))
      case 'ReleasePull':
        if (this.#running.delete(`${message.uid}/${message.image}`)) this.#options.watcher?.pullEnded(message.uid)
        return this.#grant()
      case 'ForgetPulls':
        for (const [key, { uid }] of this.#running) if (uid === message.uid) this.#running.delete(key)
        this.#drop((waiting) => waiting.uid === message.uid)
        return this.#grant()
      default:
        assertNever(message)
    }
  }

  #acquire(uid: PodUid, key: string): Promise<{ waitedMs: number }> {
    const since = this.#context.clock.monotonic()
    // Whoever asks again for what it already has was restarted meanwhile: it must not wait for itself.
    if (this.#running.has(key)) {
      this.#running.set(key, { uid, since })
      return Promise.resolve({ waitedMs: 0 })
    }
    return new Promise((grant) => {
      const earlier = this.#drop((waiting) => waiting.key === key)
      // It keeps its place in time, not in the queue of those that wait: order of asking is order of granting.
      if (earlier === undefined) this.#options.watcher?.pullBegan(uid)
      this.#waiting.push({ uid, key, since: earlier ?? since, grant })
      this.#grant()
    })
  }

  /** Answers since when the first of them waited. */
  #drop(which: (waiting: Waiting) => boolean): number | undefined {
    let since: number | undefined
    for (let index = this.#waiting.length - 1; index >= 0; index -= 1) {
      const waiting = this.#waiting[index]
      if (!waiting || !which(waiting)) continue
      since = waiting.since
      this.#waiting.splice(index, 1)
    }
    return since
  }

  #grant(): void {
    if (this.#granting) return
    void this.#grantAll().catch((error: unknown) => {
      if (!this.#context.signal.aborted) this.#context.fail(error)
    })
  }

  async #grantAll(): Promise<void> {
    this.#granting = true
    try {
      for (let next = this.#next(); next; next = this.#next()) {
        await this.#limit.take(this.#context.signal)
        next.grant({ waitedMs: this.#context.clock.monotonic() - next.since })
      }
    } finally {
      this.#granting = false
    }
  }

  /** The first that waits, with its slot taken; undefined when there is none, or no slot. */
  #next(): Waiting | undefined {
    const now = this.#context.clock.monotonic()
    for (const [key, { since }] of this.#running) if (now - since > longestPullMs) this.#running.delete(key)
    if (this.#running.size >= this.#options.parallel) return undefined
    const next = this.#waiting.shift()
    if (next) this.#running.set(next.key, { uid: next.uid, since: now })
    return next
  }
}
