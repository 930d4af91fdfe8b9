import type { LinuxResources } from '../settings.ts'
import { seededRandom } from './random.ts'
import type { Usage } from './usage.ts'

const mebi = 1024 ** 2

/** What a container takes of which nothing is said: as little as a program that waits for work, the same from the same seed. `ranMs`: for how long it has run. */
export function idleUsage(seed: number, ranMs: number, { memoryLimitBytes = 0, cpuQuota = 0, cpuPeriod = 100_000 }: LinuxResources): Usage {
  const random = seededRandom(seed)
  const cores = Math.min((1 + 4 * random()) / 1000, cpuQuota > 0 ? cpuQuota / cpuPeriod : Number.POSITIVE_INFINITY)
  const memory = Math.round((4 + 28 * random()) * mebi)
  return {
    cpuNanos: Math.round(ranMs * cores * 1e6),
    // Never near its limit: it is not killed for it.
    memoryBytes: memoryLimitBytes > 0 ? Math.min(memory, Math.floor(memoryLimitBytes / 2)) : memory,
    diskBytes: 0,
    processes: 1,
  }
}
