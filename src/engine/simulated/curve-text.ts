import { parseDuration } from '../../config/duration.ts'
import { quantity } from '../../kube/quantity.ts'
import type { Curve, CurveTerm } from './curve.ts'

/** What a curve is of, and in what it is counted. */
export type CurveUnit = 'cores' | 'bytes' | 'bytes a second' | 'processes'

const examples: Readonly<Record<CurveUnit, readonly [low: string, high: string]>> = {
  cores: ['100m', '900m'],
  bytes: ['100Mi', '1Gi'],
  'bytes a second': ['10Ki', '1Mi'],
  processes: ['1', '20'],
}
const billion = 1e9

/**
 * Reads a curve as annotations have it: a quantity, or `ramp`, `step`, `sine`, `spikes` or `noise` with their arguments, or several of them
 * with ` + ` between. Throws a sentence that says what it wants.
 */
export function readCurve(text: string, unit: CurveUnit): Curve {
  return text
    .trim()
    .split(/(?<![eE])\s*\+\s*(?![^(]*\))/)
    .map((term) => readTerm(term) ?? wants(unit))
}

function readTerm(text: string): CurveTerm | undefined {
  const [, shape, inside = ''] = /^([a-z]+)\((.*)\)$/.exec(text) ?? []
  const words = inside.split(',').map((word) => word.trim())
  if (shape === undefined) {
    const value = amount(text)
    return value === undefined ? undefined : { shape: 'constant', value }
  }
  const [first, second] = [amount(words[0]), amount(words[1])]
  if (shape === 'noise') return words.length === 1 && first !== undefined ? { shape, deviation: first } : undefined
  const [time, forMs] = [length(words[2]), length(words[3])]
  if (first === undefined || second === undefined || time === undefined) return undefined
  if (shape === 'spikes')
    return words.length === 4 && forMs !== undefined && forMs <= time ? { shape, base: first, peak: second, periodMs: time, forMs } : undefined
  if (words.length !== 3) return undefined
  if (shape === 'ramp') return { shape, from: first, to: second, overMs: time }
  if (shape === 'step') return { shape, from: first, to: second, atMs: time }
  return shape === 'sine' ? { shape, low: first, high: second, periodMs: time } : undefined
}

function amount(text = ''): number | undefined {
  try {
    const value = Number(quantity(text)) / billion
    return value >= 0 ? value : undefined
  } catch {
    return undefined
  }
}

/** Of no length is no time to do anything in. */
function length(text = ''): number | undefined {
  const ms = parseDuration(text)
  return ms !== undefined && ms > 0 ? ms : undefined
}

function wants(unit: CurveUnit): never {
  const [low, high] = examples[unit]
  throw new RangeError(
    `an amount in ${unit} (${low}), or over time ramp(${low},${high},5m), step(${low},${high},2m), sine(${low},${high},10m), ` +
      `spikes(${low},${high},5m,30s) or noise(${low}), or several with + between`,
  )
}
