import { isDeepStrictEqual } from 'node:util'
import type { Curve } from './curve.ts'
import { type CurveUnit, readCurve } from './curve-text.ts'

/** What a simulated container takes of its node while it runs. */
export interface Usage {
  /** CPU time since it started, in nanoseconds. */
  readonly cpuNanos: number
  /** Memory that the kernel could not take back. */
  readonly memoryBytes: number
  /** Written to its own layer. */
  readonly diskBytes: number
  readonly processes: number
}

/** What it takes over time; what is absent is next to nothing. */
export type UsageCurves = {
  /** Cores. */
  readonly cpu?: Curve
  /** Bytes. */
  readonly memory?: Curve
  /** Bytes. */
  readonly disk?: Curve
  readonly processes?: Curve
}

/** What goes in and out of a simulated pod, in bytes a second. */
export type TrafficCurves = {
  readonly receive?: Curve
  readonly send?: Curve
}

/** As a test writes it: cores, bytes, how many; or in the words of the annotations, `sine(100m,900m,10m)`. */
export type WrittenUsage = { readonly [Name in keyof UsageCurves]?: number | string }

export const usageUnits: Readonly<Record<keyof UsageCurves, CurveUnit>> = { cpu: 'cores', memory: 'bytes', disk: 'bytes', processes: 'processes' }

/** Throws a RangeError that says what is wanted. */
export function writtenUsage(written: WrittenUsage): UsageCurves {
  const names = Object.keys(usageUnits) as (keyof UsageCurves)[]
  return Object.fromEntries(names.flatMap((name) => (written[name] === undefined ? [] : [[name, readCurve(String(written[name]), usageUnits[name])]])))
}

const nothing: Curve = []

type Curves = Readonly<Record<string, Curve | undefined>>

/** The curves that are others than before; one that is gone is nothing. */
export function changedCurves(before: Curves = {}, after: Curves = {}): Readonly<Record<string, Curve>> {
  const changed = Object.keys({ ...before, ...after }).filter((name) => !isDeepStrictEqual(before[name], after[name]))
  return Object.fromEntries(changed.map((name) => [name, after[name] ?? nothing]))
}
