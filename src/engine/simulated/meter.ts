import { Counter, Level } from './counter.ts'
import { type Curve, highestOf } from './curve.ts'
import type { TrafficCurves, Usage, UsageCurves } from './usage.ts'

const nothing: Curve = []
const nanosPerSecond = 1e9

/** What one run of a container uses. `limits` are those of its cgroup: no second of CPU counts for more than its cores. */
export class UsageMeter {
  readonly #seed: number
  readonly #cpu: Counter
  #memory: Level
  #disk: Level
  #processes: Level | undefined

  /** `seed`: of its noise. */
  constructor({ cpu = nothing, memory = nothing, disk = nothing, processes }: UsageCurves, now: number, seed: number) {
    this.#seed = seed
    this.#cpu = new Counter(cpu, now, seed)
    // Else all of them would be noisy in step.
    this.#memory = new Level(memory, now, seed + 1)
    this.#disk = new Level(disk, now, seed + 2)
    this.#processes = processes && new Level(processes, now, seed + 3)
  }

  read(now: number): Usage {
    return {
      cpuNanos: Math.round(this.#cpu.at(now) * nanosPerSecond),
      memoryBytes: Math.round(this.#memory.at(now)),
      diskBytes: Math.round(this.#disk.at(now)),
      // A container that runs is a process at least.
      processes: Math.max(1, Math.round(this.#processes?.at(now) ?? 1)),
    }
  }

  /** The curves that are given begin now; the others go on. */
  follow({ cpu, memory, disk, processes }: UsageCurves, now: number): void {
    if (cpu) this.#cpu.follow(cpu, now)
    if (memory) this.#memory = new Level(memory, now, this.#seed + 1)
    if (disk) this.#disk = new Level(disk, now, this.#seed + 2)
    if (processes) this.#processes = new Level(processes, now, this.#seed + 3)
  }

  limitCores(cores: number, now: number): void {
    this.#cpu.limit(cores, now)
  }

  /** Whether it may ever take more memory than this. */
  mayExceed(memoryBytes: number): boolean {
    return highestOf(this.#memory.curve) > memoryBytes
  }
}

/** What went in and out of a pod since its sandbox came up, in bytes. */
export class TrafficMeter {
  readonly #received: Counter
  readonly #sent: Counter

  constructor({ receive = nothing, send = nothing }: TrafficCurves, now: number, seed: number) {
    this.#received = new Counter(receive, now, seed + 4)
    this.#sent = new Counter(send, now, seed + 5)
  }

  read(now: number): Traffic {
    return { receivedBytes: Math.round(this.#received.at(now)), sentBytes: Math.round(this.#sent.at(now)) }
  }

  follow({ receive, send }: TrafficCurves, now: number): void {
    if (receive) this.#received.follow(receive, now)
    if (send) this.#sent.follow(send, now)
  }
}

export interface Traffic {
  readonly receivedBytes: number
  readonly sentBytes: number
}
