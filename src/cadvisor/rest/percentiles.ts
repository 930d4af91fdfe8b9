import { perSecond } from '../readings.ts'
import { rfc3339 } from './stats.ts'
import type { AnyReading } from './tree.ts'

/** cAdvisor's v2 DerivedStats: the newest use, and how it spread over the last minute and hour. CPU in thousandths of a core, memory in bytes (working set). */
export function derivedStats(readings: readonly AnyReading[]): object {
  const last = readings.at(-1)
  const cpu = readings.flatMap((reading, index) => {
    const before = readings[index - 1]
    const rate = before && perSecond(before.values.cpuUsage, reading.values.cpuUsage, reading.at - before.at)
    return rate === undefined ? [] : [{ at: reading.at, value: Math.round(rate / 1e6) }]
  })
  const memory = readings.flatMap(({ at, values }) => (values.workingSet === undefined ? [] : [{ at, value: values.workingSet }]))
  const now = last?.at ?? 0
  const over = (ms: number) => {
    const within = <T extends { readonly at: number; readonly value: number }>(all: readonly T[]) =>
      all.filter(({ at }) => at > now - ms).map(({ value }) => value)
    const first = readings[0]?.at ?? now
    return { percent_complete: Math.min(100, Math.round(((now - first) / ms) * 100)), cpu: percentiles(within(cpu)), memory: percentiles(within(memory)) }
  }
  const minute = 60_000
  return {
    timestamp: rfc3339(now),
    latest_usage: { cpu: cpu.at(-1)?.value ?? 0, memory: memory.at(-1)?.value ?? 0 },
    minute_usage: over(minute),
    hour_usage: over(60 * minute),
    day_usage: over(24 * 60 * minute),
  }
}

/** cAdvisor's Percentiles. */
export function percentiles(values: readonly number[]): object {
  const sorted = [...values].sort((one, other) => one - other)
  const count = sorted.length
  if (count === 0) return { present: false, mean: 0, std: 0, max: 0, fifty: 0, ninety: 0, ninetyfive: 0, count: 0 }
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count
  const std = Math.sqrt(sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count)
  // Linear between the two nearest ranks, as cAdvisor does.
  const quantile = (share: number) => {
    const rank = share * (count - 1)
    const below = sorted[Math.floor(rank)] ?? 0
    const above = sorted[Math.ceil(rank)] ?? below
    return Math.round(below + (above - below) * (rank - Math.floor(rank)))
  }
  return {
    present: true,
    mean: Math.round(mean),
    std: Math.round(std),
    max: sorted[count - 1],
    fifty: quantile(0.5),
    ninety: quantile(0.9),
    ninetyfive: quantile(0.95),
    count,
  }
}
