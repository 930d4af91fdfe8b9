import { perSecond } from '../readings.ts'
import type { AnyReading } from '../rest/tree.ts'

/** What the page is told of a container: thousandths of a core, percent of the CFS periods that were throttled (and of the time in which some task stalled), bytes, bytes per second, counts. */
export const containerFigures = [
  'cpu',
  'throttled',
  'memory',
  'rss',
  'cache',
  'read',
  'write',
  'disk',
  'processes',
  'threads',
  'cpuStall',
  'memoryStall',
  'ioStall',
] as const
/** Those in percent: of several containers the worst counts, as on the page. */
export const shares: ReadonlySet<string> = new Set(['throttled', 'cpuStall', 'memoryStall', 'ioStall'])
/** Of a pod beside its containers: bytes per second. */
export const podFigures = ['received', 'sent'] as const
/** Of the node. */
export const nodeFigures = ['cpu', 'memory', 'rss', 'disk', 'diskCapacity', 'received', 'sent', 'processes', 'load'] as const

/** In the order of the names above; null is not known. Rounded, so that what rests does not change. */
export type Figures = readonly (number | null)[]

type Columns = AnyReading['values']

export function containerRow(before: AnyReading | undefined, { at, values }: AnyReading): Figures {
  const rate = rateOf(before, at, values)
  return [
    milli(rate('cpuUsage')),
    throttled(before?.values, values),
    whole(values.workingSet),
    whole(values.rss),
    whole(values.cache),
    whole(rate('readBytes')),
    whole(rate('writeBytes')),
    whole(values.fsBytes),
    whole(values.processes),
    whole(values.threads),
    stalled(rate('cpuStall')),
    stalled(rate('memoryStall')),
    stalled(rate('ioStall')),
  ]
}

export function podRow(before: AnyReading | undefined, { at, values }: AnyReading): Figures {
  const rate = rateOf(before, at, values)
  return [whole(rate('rxBytes')), whole(rate('txBytes'))]
}

export function nodeRow(before: AnyReading | undefined, { at, values }: AnyReading): Figures {
  const rate = rateOf(before, at, values)
  const capacity = values.fsBytes === undefined || values.fsAvailable === undefined ? undefined : values.fsBytes + values.fsAvailable
  return [
    milli(rate('cpuUsage')),
    whole(values.workingSet),
    whole(values.rss),
    whole(values.fsBytes),
    whole(capacity),
    whole(rate('rxBytes')),
    whole(rate('txBytes')),
    whole(values.processes),
    values.load1 ?? null,
  ]
}

const rateOf = (before: AnyReading | undefined, at: number, values: Columns) => (name: keyof Columns) =>
  before && perSecond(before.values[name], values[name], at - before.at)

const whole = (value: number | undefined): number | null => (value === undefined ? null : Math.round(value))

/** Nanoseconds per second as thousandths of a core; below ten with one decimal. */
const milli = (rate: number | undefined): number | null => {
  if (rate === undefined) return null
  const value = rate / 1e6
  return value < 10 ? Math.round(value * 10) / 10 : Math.round(value)
}

/** Microseconds per second as percent of the time. */
const stalled = (rate: number | undefined): number | null => (rate === undefined ? null : Math.min(100, Math.round(rate / 1000) / 10))

function throttled(before: Columns | undefined, now: Columns): number | null {
  if (now.periods === undefined || before?.periods === undefined) return null
  const periods = now.periods - before.periods
  if (periods <= 0) return 0
  return Math.min(100, Math.max(0, Math.round((100 * ((now.throttledPeriods ?? 0) - (before.throttledPeriods ?? 0))) / periods)))
}
