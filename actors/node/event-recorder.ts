import { type Clock, sleep } from '../../src/base/clock.ts'
import type { Logger } from '../../src/base/log.ts'
import { type KubeClient, KubeError } from '../../src/kube/client.ts'
import { EventCorrelator, type EventDraft } from '../../src/kube/event-correlator.ts'
import { eventName } from '../../src/kube/event-name.ts'
import { wholeSeconds } from '../../src/kube/micro-time.ts'
import type { CoreEvent } from '../../src/kube/objects.ts'
import { RateLimit } from '../../src/kube/rate-limit.ts'
import { pauseBefore } from '../../src/kube/server-view.ts'
import type { Actor, ActorContext } from '../kernel/types.ts'
import type { RecordEvent } from './messages.ts'

export interface EventRecorderOptions {
  readonly client: KubeClient
  readonly nodeName: string
  /** kubelet: 50 and 100. */
  readonly qps: number
  readonly burst: number
  readonly clock: Clock
  readonly log: Logger
}

// client-go: what waits beyond this is dropped; events are best effort.
const queueLimit = 1000
const tries = 12
const retryMs = 10_000

/** Writes events in the background, counted, combined and limited as client-go does. */
export class EventRecorder implements Actor<RecordEvent> {
  readonly #context: ActorContext
  readonly #options: EventRecorderOptions
  readonly #correlator = new EventCorrelator()
  readonly #limit: RateLimit
  readonly #queue: { readonly draft: EventDraft; readonly at: number }[] = []
  #writing = false
  #number = 0

  constructor(context: ActorContext, options: EventRecorderOptions) {
    this.#context = context
    this.#options = options
    this.#limit = new RateLimit(options.clock, options.qps, options.burst)
  }

  receive({ object, eventType, reason, message, annotations }: RecordEvent): void {
    if (this.#queue.length >= queueLimit) {
      this.#options.log.debug('event dropped: too many wait', { reason })
      return
    }
    this.#queue.push({ draft: { object, type: eventType, reason, message, annotations }, at: this.#options.clock.wall() })
    if (!this.#writing) void this.#drain().catch((error: unknown) => this.#context.fail(error))
  }

  async #drain(): Promise<void> {
    this.#writing = true
    try {
      for (let next = this.#queue.shift(); next && !this.#context.signal.aborted; next = this.#queue.shift()) await this.#write(next.draft, next.at)
    } finally {
      this.#writing = false
    }
  }

  /** `now` is when it happened: an event that waited for the API server keeps its time. */
  async #write(draft: EventDraft, now: number): Promise<void> {
    const { client, clock, log } = this.#options
    const correlated = this.#correlator.correlate(draft, now)
    if (correlated.do === 'drop') return
    const namespace = draft.object.namespace || 'default'
    const path = `/api/v1/namespaces/${namespace}/events`
    for (let attempt = 1; attempt <= tries; attempt += 1) {
      try {
        await this.#limit.take(this.#context.signal)
        if (correlated.do === 'count') {
          await client.patch(`${path}/${correlated.name}`, 'application/strategic-merge-patch+json', {
            count: correlated.count,
            lastTimestamp: wholeSeconds(now),
            message: correlated.message,
          })
        } else {
          const event = this.#event(correlated.draft, namespace, now, correlated.count)
          await client.create(path, event)
          this.#correlator.created(correlated.key, event.metadata.name ?? '')
        }
        return
      } catch (error) {
        if (this.#context.signal.aborted) return
        if (!(error instanceof KubeError)) throw error
        if (correlated.do === 'count' && error.code === 404) {
          this.#correlator.forget(correlated.key)
          return this.#write(draft, now)
        }
        // Only what never reached the server, or it could not serve, is tried again.
        if (error.code !== 0 && error.code !== 429 && error.code < 500) {
          log.debug('event refused', { reason: draft.reason, error: error.message })
          return
        }
        const again =
          error.retryAfterMs === undefined
            ? pauseBefore('writes', client, clock, retryMs, this.#context.signal)
            : sleep(clock, error.retryAfterMs, this.#context.signal)
        await again.catch(() => {})
      }
    }
  }

  #event(draft: EventDraft, namespace: string, now: number, count: number): CoreEvent {
    this.#number += 1
    const name = eventName(draft.object.name ?? 'unknown', `kubelet ${this.#options.nodeName}`, this.#number, now)
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace, ...(draft.annotations ? { annotations: { ...draft.annotations } } : {}) },
      involvedObject: draft.object,
      type: draft.type,
      reason: draft.reason,
      message: draft.message,
      count,
      firstTimestamp: wholeSeconds(now),
      lastTimestamp: wholeSeconds(now),
      source: { component: 'kubelet', host: this.#options.nodeName },
      reportingComponent: 'kubelet',
      reportingInstance: this.#options.nodeName,
    }
  }
}
