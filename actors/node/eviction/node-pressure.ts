import type { EvictionThreshold } from '../../../src/config/eviction.ts'
import { lookAtPressure, noPressure, type PressureState, thresholdsMet } from './pressure.ts'
import type { Observations, PressureCondition } from './signals.ts'

const conditions: readonly PressureCondition[] = ['MemoryPressure', 'DiskPressure', 'PIDPressure']

export interface NodePressureOptions {
  readonly thresholds: readonly EvictionThreshold[]
  /** kubelet: evictionPressureTransitionPeriod. A condition holds on so long after its signal is well again, so that it does not flap. */
  readonly holdMs: number
  /** Called when a condition came or went. */
  readonly changed: () => void
}

/** The node's pressure, shared by who reports it and who acts on it. Times are monotonic ms. */
export class NodePressure {
  readonly thresholds: readonly EvictionThreshold[]
  readonly #options: NodePressureOptions
  #state: PressureState = noPressure
  #held = ''

  constructor(options: NodePressureOptions) {
    this.#options = options
    this.thresholds = options.thresholds
  }

  /** Takes in what the node has left; answers the thresholds that pods must go for. */
  observe(observations: Observations, now: number): readonly EvictionThreshold[] {
    const { state, due } = lookAtPressure(this.#state, this.thresholds, observations, now)
    this.#state = state
    const held = this.held(now).join()
    if (held !== this.#held) {
      this.#held = held
      this.#options.changed()
    }
    return due
  }

  /** Whether all is well by these, minimum reclaims included. */
  isRelieved(observations: Observations): boolean {
    return thresholdsMet(this.thresholds, observations, true).length === 0
  }

  /** All that hold. */
  held(now: number): readonly PressureCondition[] {
    return conditions.filter((condition) => this.holds(condition, now))
  }

  holds(condition: PressureCondition, now: number): boolean {
    const at = this.#state.lastUnder.get(condition)
    return at !== undefined && now - at < this.#options.holdMs
  }
}
