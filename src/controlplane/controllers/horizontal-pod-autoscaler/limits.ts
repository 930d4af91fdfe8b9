import type { ScalingRules } from './autoscaler.ts'
import { type History, replicasAtStart } from './history.ts'

export interface Limited {
  readonly replicas: number
  readonly reason: string
  readonly message: string
}

/** The bounds of an autoscaler, and what it scales. */
export interface Bounds {
  readonly current: number
  readonly min: number
  readonly max: number
}

const tooFast = { reason: 'ScaleUpLimit', message: 'the desired replica count is increasing faster than the maximum scale rate' }
const tooFastDown = { reason: 'ScaleDownLimit', message: 'the desired replica count is decreasing faster than the maximum scale rate' }
const tooMany = { reason: 'TooManyReplicas', message: 'the desired replica count is more than the maximum replica count' }
const tooFew = { reason: 'TooFewReplicas', message: 'the desired replica count is less than the minimum replica count' }
const withinRange = { reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' }

/** Without a behaviour: within the bounds, and up to twice as many at a time, or 4. */
export function limit(desired: number, { current, min, max }: Bounds): Limited {
  const mostNow = Math.max(2 * current, 4)
  if (desired < min) return { replicas: min, ...tooFew }
  if (desired > Math.min(max, mostNow)) return max > mostNow ? { replicas: mostNow, ...tooFast } : { replicas: max, ...tooMany }
  return { replicas: desired, ...withinRange }
}

/** By the rules of a behaviour: within the bounds, and by no more in any of their periods than their policies allow. */
export function limitByRules(
  desired: number,
  { current, min, max }: Bounds,
  rules: { readonly up: ScalingRules | undefined; readonly down: ScalingRules | undefined },
  history: History,
  now: number,
): Limited {
  if (desired > current) {
    // What was added already may be more than a period allows: then nothing more is.
    const mostNow = Math.max(current, upLimit(current, rules.up, history, now))
    if (desired > Math.min(max, mostNow)) return max > mostNow ? { replicas: mostNow, ...tooFast } : { replicas: max, ...tooMany }
  } else if (desired < current) {
    const leastNow = Math.min(current, downLimit(current, rules.down, history, now))
    if (desired < Math.max(min, leastNow)) return min < leastNow ? { replicas: leastNow, ...tooFastDown } : { replicas: min, ...tooFew }
  }
  return { replicas: desired, ...withinRange }
}

function upLimit(current: number, rules: ScalingRules | undefined, history: History, now: number): number {
  if (rules?.selectPolicy === 'Disabled') return current
  const proposed = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
    const start = replicasAtStart(current, history, periodSeconds, now)
    // Rounded up: a small part of few replicas would never be one.
    return type === 'Percent' ? Math.ceil(start * (1 + value / 100)) : start + value
  })
  return rules?.selectPolicy === 'Min' ? least(proposed) : most(proposed)
}

function downLimit(current: number, rules: ScalingRules | undefined, history: History, now: number): number {
  if (rules?.selectPolicy === 'Disabled') return current
  const proposed = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
    const start = replicasAtStart(current, history, periodSeconds, now)
    return type === 'Percent' ? Math.trunc(start * (1 - value / 100)) : start - value
  })
  // The least change leaves the most.
  return rules?.selectPolicy === 'Min' ? most(proposed) : least(proposed)
}

const most = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
const least = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
