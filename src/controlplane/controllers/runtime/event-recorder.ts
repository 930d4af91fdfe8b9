import type { Clock } from '../../../base/clock.ts'
import type { Logger } from '../../../base/log.ts'
import { KubeError } from '../../../kube/client.ts'
import { EventCorrelator, type EventDraft } from '../../../kube/event-correlator.ts'
import { eventName } from '../../../kube/event-name.ts'
import type { CoreEvent } from '../../../kube/objects.ts'
import type { ApiBackend } from '../../apiserver/rest/backend.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'

export interface EventRecorderOptions {
  readonly backend: ApiBackend
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** The controller that tells, e.g. `replicaset-controller`. */
  readonly component: string
}

// Of all recorders: two that tell of one object within a millisecond name two events.
let made = 0

// client-go's queue of events; what does not fit is lost, as there.
const longestQueue = 1000

/** Writes a controller's events one after the other, never in its way; repeats are counted and combined as client-go does. */
export class EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #correlator = new EventCorrelator()
  readonly #waiting: EventDraft[] = []
  #writing = false

  constructor(options: EventRecorderOptions) {
    this.#options = options
  }

  record(draft: EventDraft): void {
    if (this.#waiting.length >= longestQueue || this.#options.signal.aborted) return
    this.#waiting.push(draft)
    if (!this.#writing) void this.#writeAll()
  }

  async #writeAll(): Promise<void> {
    this.#writing = true
    for (let draft = this.#waiting.shift(); draft && !this.#options.signal.aborted; draft = this.#waiting.shift()) {
      try {
        await this.#write(draft)
      } catch (error) {
        this.#options.log.debug('an event could not be recorded', { controller: this.#options.component, reason: draft.reason, error: String(error) })
      }
    }
    this.#writing = false
  }

  async #write(draft: EventDraft): Promise<void> {
    const { backend, clock, component } = this.#options
    const now = clock.wall()
    const time = timestamp(now)
    const { object } = draft
    const namespace = object.namespace ?? 'default'
    const events = { resource: 'events', namespace }
    const correlated = this.#correlator.correlate(draft, now)
    if (correlated.do === 'drop') return
    if (correlated.do === 'count') {
      const patch = { count: correlated.count, lastTimestamp: time, message: correlated.message }
      try {
        await backend.patch({ ...events, name: correlated.name }, 'application/strategic-merge-patch+json', patch)
        return
      } catch (error) {
        if (!(error instanceof KubeError) || error.code !== 404) throw error
        this.#correlator.forget(correlated.key)
      }
    }
    const name = eventName(object.name ?? '', component, made++, now)
    const event: CoreEvent = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: object,
      type: draft.type,
      reason: draft.reason,
      message: correlated.do === 'create' ? correlated.draft.message : correlated.message,
      source: { component },
      firstTimestamp: time,
      lastTimestamp: time,
      count: correlated.do === 'create' ? correlated.count : 1,
      reportingComponent: component,
      reportingInstance: '',
    }
    await backend.create(events, event)
    this.#correlator.created(correlated.key, name)
  }
}
