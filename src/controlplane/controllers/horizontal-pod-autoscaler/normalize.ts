import type { Behaviour, Said } from './autoscaler.ts'
import { type History, windowsOf, withRecommendation } from './history.ts'
import { type Bounds, limit, limitByRules } from './limits.ts'

export interface Normalized {
  readonly replicas: number
  readonly said: readonly Said[]
  readonly history: History
}

/** What is done of what the metrics want: held by what they wanted lately, then by the bounds and the pace of scaling. */
export function normalize(wanted: number, bounds: Bounds, behaviour: Behaviour | undefined, history: History, now: number): Normalized {
  const stable = behaviour ? stabilizeByRules(wanted, bounds.current, behaviour, history, now) : stabilize(wanted, history, now)
  const rules = { up: behaviour?.scaleUp, down: behaviour?.scaleDown }
  const limited = behaviour ? limitByRules(stable.replicas, bounds, rules, history, now) : limit(stable.replicas, bounds)
  const { reason, message } = stable.replicas === wanted ? { reason: 'ReadyForNewScale', message: 'recommended size matches current size' } : stable
  return {
    replicas: limited.replicas,
    said: [
      { type: 'AbleToScale', is: true, reason, message },
      { type: 'ScalingLimited', is: limited.replicas !== stable.replicas, reason: limited.reason, message: limited.message },
    ],
    history: withRecommendation(history, wanted, behaviour, now),
  }
}

const down = {
  reason: 'ScaleDownStabilized',
  message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
}
const up = { reason: 'ScaleUpStabilized', message: 'recent recommendations were lower than current one, applying the lowest recent recommendation' }

/** The most that was wanted within the window, of which its beginning is a part. */
function stabilize(wanted: number, { recommendations }: History, now: number) {
  const since = now - windowsOf(undefined).down * 1000
  const replicas = recommendations.filter(({ at }) => at >= since).reduce((most, each) => Math.max(most, each.replicas), wanted)
  return { replicas, ...down }
}

/** Up to the least that was wanted within one window, and down to the most that was wanted within the other; between them nothing is done. */
function stabilizeByRules(wanted: number, current: number, behaviour: Behaviour, { recommendations }: History, now: number) {
  const windows = windowsOf(behaviour)
  const within = (seconds: number) => recommendations.filter(({ at }) => at > now - seconds * 1000).map(({ replicas }) => replicas)
  const atLeast = within(windows.up).reduce((least, replicas) => Math.min(least, replicas), wanted)
  const atMost = within(windows.down).reduce((most, replicas) => Math.max(most, replicas), wanted)
  const replicas = Math.min(Math.max(current, atLeast), atMost)
  return { replicas, ...(wanted >= current ? up : down) }
}
