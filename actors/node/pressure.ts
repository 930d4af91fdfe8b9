import type { ResourceSample } from './resource-reader.ts'

export type PressureCondition = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure'

/** A hard eviction threshold: bytes or inodes as a number, or a share of the capacity. */
export type Threshold = { readonly quantity: number } | { readonly share: number }

/** By signal, e.g. `memory.available`. */
export type Thresholds = Readonly<Record<string, Threshold>>

/** Parses thresholds such as `100Mi` and `10%`. `quantity` parses the former. Throws naming the signal. */
export function parseThresholds(values: Readonly<Record<string, string>>, quantity: (text: string) => number): Thresholds {
  const thresholds: Record<string, Threshold> = {}
  for (const [signal, text] of Object.entries(values)) {
    const share = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]
    thresholds[signal] = share === undefined ? { quantity: quantity(text) } : { share: Number(share) / 100 }
  }
  return thresholds
}

/** How much the threshold keeps back of this capacity. */
export const thresholdAmount = (threshold: Threshold | undefined, capacity: number): number =>
  threshold === undefined ? 0 : 'quantity' in threshold ? threshold.quantity : capacity * threshold.share

interface Signal {
  readonly condition: PressureCondition
  readonly available: number
  readonly capacity: number
}

function signals(sample: ResourceSample, memoryCapacity: number): Readonly<Record<string, Signal>> {
  const imagefs = sample.imagefs ?? sample.nodefs
  return {
    'memory.available': { condition: 'MemoryPressure', available: sample.memoryAvailableBytes, capacity: memoryCapacity },
    'nodefs.available': { condition: 'DiskPressure', available: sample.nodefs.availableBytes, capacity: sample.nodefs.capacityBytes },
    'nodefs.inodesFree': { condition: 'DiskPressure', available: sample.nodefs.inodesFree, capacity: sample.nodefs.inodes },
    'imagefs.available': { condition: 'DiskPressure', available: imagefs.availableBytes, capacity: imagefs.capacityBytes },
    'imagefs.inodesFree': { condition: 'DiskPressure', available: imagefs.inodesFree, capacity: imagefs.inodes },
    'pid.available': { condition: 'PIDPressure', available: sample.maxProcesses - sample.processes, capacity: sample.maxProcesses },
  }
}

/** The conditions under pressure by this sample alone. A capacity of 0 (a file system without inodes) never counts. */
export function pressureNow(sample: ResourceSample, memoryCapacity: number, thresholds: Thresholds): ReadonlySet<PressureCondition> {
  const under = new Set<PressureCondition>()
  for (const [name, { condition, available, capacity }] of Object.entries(signals(sample, memoryCapacity))) {
    const threshold = thresholds[name]
    if (threshold && capacity > 0 && available < thresholdAmount(threshold, capacity)) under.add(condition)
  }
  return under
}

/** A condition holds on for a while after its signal is well again (kubelet: evictionPressureTransitionPeriod, 5 min), so that it does not flap. Times are monotonic ms. */
export class Pressure {
  readonly #holdMs: number
  readonly #lastUnder = new Map<PressureCondition, number>()

  constructor(holdMs: number) {
    this.#holdMs = holdMs
  }

  observe(under: ReadonlySet<PressureCondition>, now: number): void {
    for (const condition of under) this.#lastUnder.set(condition, now)
  }

  holds(condition: PressureCondition, now: number): boolean {
    const at = this.#lastUnder.get(condition)
    return at !== undefined && now - at < this.#holdMs
  }
}
