import type { Behaviour, ScalingRules } from './autoscaler.ts'

/** How many replicas the metrics asked for, before anything held it back. */
export interface Recommendation {
  readonly replicas: number
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** By how many replicas a target was scaled. */
export interface ScaleEvent {
  readonly change: number
  readonly at: number
}

/** What an autoscaler remembers: as long as a window or a period of its rules reaches back. */
export interface History {
  readonly recommendations: readonly Recommendation[]
  readonly ups: readonly ScaleEvent[]
  readonly downs: readonly ScaleEvent[]
}

/** Of one that is looked at for the first time: it wanted what there was. */
export const newHistory = (replicas: number, now: number): History => ({ recommendations: [{ replicas, at: now }], ups: [], downs: [] })

// kube-controller-manager's --horizontal-pod-autoscaler-downscale-stabilization.
export const usualDownWindowSeconds = 300

/** The seconds over which a behaviour holds on to what was recommended. */
export const windowsOf = (behaviour: Behaviour | undefined): { readonly up: number; readonly down: number } => ({
  up: behaviour?.scaleUp?.stabilizationWindowSeconds ?? 0,
  down: behaviour?.scaleDown?.stabilizationWindowSeconds ?? usualDownWindowSeconds,
})

export function withRecommendation(history: History, replicas: number, behaviour: Behaviour | undefined, now: number): History {
  const { up, down } = windowsOf(behaviour)
  const since = now - Math.max(up, down) * 1000
  return { ...history, recommendations: [...history.recommendations.filter(({ at }) => at >= since), { replicas, at: now }] }
}

/** Without a behaviour no period looks back at what was scaled. */
export function withScaling(history: History, from: number, to: number, behaviour: Behaviour | undefined, now: number): History {
  if (!behaviour || from === to) return history
  // Either direction counts what happened in its periods both ways.
  const since = now - Math.max(longestPeriodMs(behaviour.scaleUp), longestPeriodMs(behaviour.scaleDown))
  const kept = (events: readonly ScaleEvent[]) => events.filter(({ at }) => at >= since)
  const added = { change: Math.abs(to - from), at: now }
  const [ups, downs] = [kept(history.ups), kept(history.downs)]
  return to > from ? { ...history, ups: [...ups, added], downs } : { ...history, ups, downs: [...downs, added] }
}

const longestPeriodMs = (rules: ScalingRules | undefined) =>
  1000 * (rules?.policies ?? []).reduce((most, { periodSeconds }) => Math.max(most, periodSeconds), 0)

/** How many replicas there were when a period began. */
export function replicasAtStart(current: number, { ups, downs }: History, periodSeconds: number, now: number): number {
  const within = (events: readonly ScaleEvent[]) => events.filter(({ at }) => at > now - periodSeconds * 1000).reduce((sum, { change }) => sum + change, 0)
  return current - within(ups) + within(downs)
}
