import type { Clock } from '../../src/base/clock.ts'
import type { PodMetrics, PodOperation } from '../../src/metrics/pod-metrics.ts'

/** Times a pod's way from what woke its actor until it rests: all is as it should be, or a failed step waits for its next try. */
export class SyncTime {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #metrics: Pick<PodMetrics, 'synced'>
  #began: number | undefined
  #operation: PodOperation = 'create'

  constructor(clock: Pick<Clock, 'monotonic'>, metrics: Pick<PodMetrics, 'synced'>) {
    this.#clock = clock
    this.#metrics = metrics
  }

  /** Something woke the actor. What comes on the way is part of it. */
  begin(): void {
    this.#began ??= this.#clock.monotonic()
  }

  /** The pod itself changed: if the actor rests, that is what it wakes for. */
  podChanged(): void {
    if (this.#began === undefined) this.#operation = 'update'
  }

  /** The actor rests; `finished`: nothing of the pod is left. */
  rest(finished: boolean): void {
    if (this.#began === undefined) return
    this.#metrics.synced(finished ? 'terminated' : this.#operation, (this.#clock.monotonic() - this.#began) / 1000)
    this.#began = undefined
    this.#operation = 'sync'
  }
}
