import { assertNever } from '../../base/assert-never.ts'
import { seededRandom, standardNormal } from './random.ts'

/** One part of a curve. Values are in the unit of what the curve is of; times in milliseconds since the curve began. */
export type CurveTerm =
  | { readonly shape: 'constant'; readonly value: number }
  /** Evenly from one value to the other, then it stays there. */
  | { readonly shape: 'ramp'; readonly from: number; readonly to: number; readonly overMs: number }
  | { readonly shape: 'step'; readonly from: number; readonly to: number; readonly atMs: number }
  /** Up and down, beginning at the lowest. */
  | { readonly shape: 'sine'; readonly low: number; readonly high: number; readonly periodMs: number }
  /** At the peak for `forMs` at the end of each period. */
  | { readonly shape: 'spikes'; readonly base: number; readonly peak: number; readonly periodMs: number; readonly forMs: number }
  /** Another value each second, normally distributed about 0, cut at three deviations. */
  | { readonly shape: 'noise'; readonly deviation: number }

/** What a simulated container uses over time: the sum of its terms, never below 0. */
export type Curve = readonly CurveTerm[]

/** Noise is cut off here, so that a curve has a highest value. */
const noisiest = 3
/** Far enough apart that seeds next to each other have no second in common. */
const noiseStride = 0x9e3779b1

/** At a time since the curve began. The same seed has the same noise. */
export function valueAt(curve: Curve, ms: number, seed: number): number {
  return Math.max(
    0,
    curve.reduce((sum, term) => sum + termAt(term, ms, seed), 0),
  )
}

function termAt(term: CurveTerm, ms: number, seed: number): number {
  switch (term.shape) {
    case 'constant':
      return term.value
    case 'ramp':
      return term.from + (term.to - term.from) * Math.min(1, ms / term.overMs)
    case 'step':
      return ms < term.atMs ? term.from : term.to
    case 'sine':
      return term.low + ((term.high - term.low) / 2) * (1 - Math.cos((2 * Math.PI * ms) / term.periodMs))
    case 'spikes':
      return ms % term.periodMs >= term.periodMs - term.forMs ? term.peak : term.base
    case 'noise': {
      const drawn = standardNormal(seededRandom(seed + Math.imul(Math.floor(ms / 1000) + 1, noiseStride)))
      return term.deviation * Math.max(-noisiest, Math.min(noisiest, drawn))
    }
    default:
      return assertNever(term)
  }
}

/** What a curve can never exceed. */
export function highestOf(curve: Curve): number {
  return curve.reduce((sum, term) => sum + highestOfTerm(term), 0)
}

function highestOfTerm(term: CurveTerm): number {
  switch (term.shape) {
    case 'constant':
      return term.value
    case 'ramp':
    case 'step':
      return Math.max(term.from, term.to)
    case 'sine':
      return Math.max(term.low, term.high)
    case 'spikes':
      return Math.max(term.base, term.peak)
    case 'noise':
      return term.deviation * noisiest
    default:
      return assertNever(term)
  }
}

export const isConstant = (curve: Curve): boolean => curve.every(({ shape }) => shape === 'constant')
