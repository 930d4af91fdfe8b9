import type { DaemonSet } from '../../../kube/objects.ts'
import { scaled } from '../deployment/limits.ts'

export interface Limits {
  /** Pods that may be on nodes beside an available one. */
  readonly surge: number
  readonly unavailable: number
}

/** What a rollout may do on so many nodes; percentages are rounded up. With neither nothing could move: then one may be missing. */
export function limitsOf({ spec }: DaemonSet, wanted: number): Limits {
  const rolling = spec?.updateStrategy?.type === 'RollingUpdate' ? spec.updateStrategy.rollingUpdate : undefined
  const surge = scaled(rolling?.maxSurge as number | string | undefined, wanted, Math.ceil)
  const unavailable = scaled(rolling?.maxUnavailable as number | string | undefined, wanted, Math.ceil)
  return { surge, unavailable: wanted > 0 && surge === 0 && unavailable === 0 ? 1 : unavailable }
}

export const allowsSurge = (set: DaemonSet): boolean => limitsOf(set, 1).surge > 0
