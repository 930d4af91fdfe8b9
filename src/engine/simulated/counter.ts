import { type Curve, isConstant, valueAt } from './curve.ts'

const oneSecondMs = 1000

/** A curve that began at some time: a level. Times are monotonic milliseconds. */
export class Level {
  readonly curve: Curve
  readonly #from: number
  readonly #seed: number

  constructor(curve: Curve, from: number, seed: number) {
    this.curve = curve
    this.#from = from
    this.#seed = seed
  }

  at(now: number): number {
    return valueAt(this.curve, now - this.#from, this.#seed)
  }
}

/**
 * What a curve adds up to: a counter. It is taken second by second, so that it does not depend on when somebody looks; looking costs what has gone
 * by since the last look, and nothing where the curve is constant.
 */
export class Counter {
  readonly #seed: number
  #curve: Curve
  #curveFrom: number
  #most = Number.POSITIVE_INFINITY
  /** Counted until here, before anything changed. */
  #before = 0
  #from: number
  #seconds = 0
  #sum = 0

  constructor(curve: Curve, from: number, seed: number) {
    this.#curve = curve
    this.#curveFrom = this.#from = from
    this.#seed = seed
  }

  at(now: number): number {
    const ms = Math.max(0, now - this.#from)
    if (isConstant(this.#curve)) return this.#before + (this.#rate(0) * ms) / oneSecondMs
    const whole = Math.floor(ms / oneSecondMs)
    for (; this.#seconds < whole; this.#seconds += 1) this.#sum += this.#rate(this.#seconds)
    return this.#before + this.#sum + (this.#rate(whole) * (ms % oneSecondMs)) / oneSecondMs
  }

  /** Another curve from now on. */
  follow(curve: Curve, now: number): void {
    this.#fold(now)
    this.#curve = curve
    this.#curveFrom = now
  }

  /** The curve goes on, but from now on no second counts for more than this. */
  limit(most: number, now: number): void {
    if (most === this.#most) return
    this.#fold(now)
    this.#most = most
  }

  #fold(now: number): void {
    this.#before = this.at(now)
    this.#from = now
    this.#seconds = this.#sum = 0
  }

  /** In the middle of a second. */
  #rate(second: number): number {
    return Math.min(this.#most, valueAt(this.#curve, this.#from - this.#curveFrom + (second + 0.5) * oneSecondMs, this.#seed))
  }
}
