import type { Registry } from 'prom-client'
import Gauge from 'prom-client/lib/gauge.js'
import Histogram from 'prom-client/lib/histogram.js'
import type { Clock } from '../base/clock.ts'

/** The kubelet's figures of its relist of the engine's pods; here it is the slow one that repairs what a broken stream of events missed. */
export class RelistMetrics {
  readonly #clock: Clock
  readonly #durations: Histogram
  readonly #intervals: Histogram
  readonly #lastSeen: Gauge
  #began: number | undefined

  constructor(registry: Registry, clock: Clock) {
    this.#clock = clock
    const registers = [registry]
    this.#durations = new Histogram({ name: 'kubelet_pleg_relist_duration_seconds', help: 'Duration in seconds for relisting pods in PLEG.', registers })
    this.#intervals = new Histogram({ name: 'kubelet_pleg_relist_interval_seconds', help: 'Interval in seconds between relisting in PLEG.', registers })
    this.#lastSeen = new Gauge({ name: 'kubelet_pleg_last_seen_seconds', help: 'Timestamp in seconds when PLEG was last seen active.', registers })
    this.#lastSeen.remove()
  }

  began(): void {
    const now = this.#clock.monotonic()
    if (this.#began !== undefined) this.#intervals.observe((now - this.#began) / 1000)
    this.#began = now
  }

  /** The engine has answered. */
  ended(): void {
    if (this.#began !== undefined) this.#durations.observe((this.#clock.monotonic() - this.#began) / 1000)
    this.#lastSeen.set(this.#clock.wall() / 1000)
  }
}
