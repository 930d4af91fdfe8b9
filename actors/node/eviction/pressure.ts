import { amountOfCapacity, type EvictionThreshold } from '../../../src/config/eviction.ts'
import { meaningOf, type Observations, type PressureCondition } from './signals.ts'

/** What is remembered from one look to the next. Times are monotonic ms. */
export interface PressureState {
  /** Thresholds that are met, and since when. */
  readonly metSince: ReadonlyMap<EvictionThreshold, number>
  /** Thresholds that were due: they stay met until their minimum reclaim is there too. */
  readonly unresolved: readonly EvictionThreshold[]
  readonly lastUnder: ReadonlyMap<PressureCondition, number>
}

export interface PressureLook {
  readonly state: PressureState
  /** Thresholds whose grace is over: pods must go. */
  readonly due: readonly EvictionThreshold[]
}

export const noPressure: PressureState = { metSince: new Map(), unresolved: [], lastUnder: new Map() }

/** kubelet 1.32 `synchronize`, its first half: which thresholds are met, since when, and which are due. Pure. */
export function lookAtPressure(before: PressureState, thresholds: readonly EvictionThreshold[], observations: Observations, now: number): PressureLook {
  const stillShort = new Set(thresholdsMet(before.unresolved, observations, true))
  const metNow = new Set(thresholdsMet(thresholds, observations, false))
  const met = thresholds.filter((each) => metNow.has(each) || stillShort.has(each))
  const metSince = new Map(met.map((each) => [each, before.metSince.get(each) ?? now]))
  const lastUnder = new Map(before.lastUnder)
  for (const { signal } of met) lastUnder.set(meaningOf[signal].condition, now)
  const due = met.filter((each) => now - (metSince.get(each) ?? now) >= each.graceMs)
  return { state: { metSince, unresolved: due, lastUnder }, due }
}

/** The thresholds of which less is available; with `minReclaim`, those that are not well beyond them by that much either. */
export function thresholdsMet(thresholds: readonly EvictionThreshold[], observations: Observations, minReclaim: boolean): readonly EvictionThreshold[] {
  return thresholds.filter((threshold) => {
    const observed = observations.get(threshold.signal)
    if (!observed) return false
    const wanted = amountOfCapacity(threshold.amount, observed.capacity) + (minReclaim ? amountOfCapacity(threshold.minReclaim, observed.capacity) : 0)
    return observed.available < wanted
  })
}

/** kubelet: memory first, then as they are written. */
export const mostUrgent = (due: readonly EvictionThreshold[]): EvictionThreshold | undefined =>
  due.find(({ signal }) => meaningOf[signal].resource === 'memory') ?? due[0]
