import type { Timer } from '../../base/clock.ts'
import type { LinuxResources } from '../settings.ts'
import { UsageMeter } from './meter.ts'
import type { Usage, UsageCurves } from './usage.ts'
import type { World } from './world.ts'

/** How often one that may come to take more memory than its limit is looked at. */
const guardMs = 1000

/** What a container takes of its node while it runs, within its limits: CPU is cut at them, and more memory than its limit gets it killed. */
export class ContainerUsage {
  readonly #world: World
  readonly #seed: number
  readonly #outOfMemory: () => void
  #curves: UsageCurves
  #resources: LinuxResources
  #meter: UsageMeter | undefined
  #guard: Timer | undefined

  /** `seed`: of its noise. `outOfMemory` is called when it takes more memory than it may. */
  constructor(world: World, seed: number, curves: UsageCurves, resources: LinuxResources, outOfMemory: () => void) {
    this.#world = world
    this.#seed = seed
    this.#curves = curves
    this.#resources = resources
    this.#outOfMemory = outOfMemory
  }

  /** Undefined when it does not run. */
  read(): Usage | undefined {
    return this.#meter?.read(this.#world.clock.monotonic())
  }

  started(): void {
    this.#meter = new UsageMeter(this.#curves, this.#world.clock.monotonic(), this.#seed)
    this.#keepToLimits()
  }

  ended(): void {
    this.#guard?.cancel()
    this.#world.spent.cpuNanos += this.read()?.cpuNanos ?? 0
    this.#meter = undefined
  }

  /** These curves begin now, or when it starts; the others go on. */
  follow(curves: UsageCurves): void {
    this.#curves = { ...this.#curves, ...curves }
    this.#meter?.follow(curves, this.#world.clock.monotonic())
    this.#keepToLimits()
  }

  update(resources: LinuxResources): void {
    this.#resources = resources
    this.#keepToLimits()
  }

  #keepToLimits(): void {
    const { cpuQuota = 0, cpuPeriod = 100_000 } = this.#resources
    this.#meter?.limitCores(cpuQuota > 0 ? cpuQuota / cpuPeriod : Number.POSITIVE_INFINITY, this.#world.clock.monotonic())
    this.#guard?.cancel()
    this.#guardMemory()
  }

  /** There is a timer only where there is something to fear. */
  #guardMemory(): void {
    const { memoryLimitBytes = 0 } = this.#resources
    if (memoryLimitBytes <= 0 || !this.#meter?.mayExceed(memoryLimitBytes)) return
    this.#guard = this.#world.clock.setTimer(guardMs, () => {
      if ((this.read()?.memoryBytes ?? 0) > memoryLimitBytes) this.#outOfMemory()
      else this.#guardMemory()
    })
  }
}
