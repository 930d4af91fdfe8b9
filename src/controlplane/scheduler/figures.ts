import type { QueueReading } from '../controllers/runtime/board.ts'
import { QueueTally } from '../controllers/runtime/queue-tally.ts'

/** Pods that wait to be scheduled, as kube-scheduler's queues name them. */
export type PendingPods = Readonly<Record<'active' | 'backoff' | 'unschedulable' | 'gated', number>>
export type AttemptResult = 'scheduled' | 'unschedulable' | 'error'

const none: PendingPods = { active: 0, backoff: 0, unschedulable: 0, gated: 0 }

/** What the scheduler tells of itself; a scheduler that takes another's place goes on counting. */
export class SchedulerFigures {
  readonly #tally = new QueueTally()
  readonly #heard: ((result: AttemptResult, ms: number) => void) | undefined
  /** Those that wait now. */
  pending: () => PendingPods = () => none

  /** `heard` is told of each attempt to place a pod, and how long it took (ms). */
  constructor(heard?: (result: AttemptResult, ms: number) => void) {
    this.#heard = heard
  }

  attempted(pod: string, result: AttemptResult, ms: number): void {
    this.#tally.added()
    this.#tally.worked(pod, ms)
    if (result !== 'scheduled') this.#tally.putOff()
    this.#heard?.(result, ms)
  }

  /** Pods that wait for something to happen are not in the queue's depth: nothing is done about them. */
  reading(): QueueReading {
    const { active, backoff } = this.pending()
    return this.#tally.reading('default-scheduler', active + backoff, [], 0)
  }
}
