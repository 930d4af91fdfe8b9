import type { Deployment } from '../../../kube/objects.ts'

type IntOrString = number | string

/** A number, or the percentage of `total`, rounded up or down. */
export function scaled(value: IntOrString | undefined, total: number, round: (part: number) => number): number {
  if (typeof value !== 'string') return value ?? 0
  // One division, of whole numbers: 7 % of 100 must not become 8.
  return round((Number.parseInt(value, 10) * total) / 100)
}

const wantedOf = ({ spec }: Deployment) => spec?.replicas ?? 0
const isRolling = ({ spec }: Deployment) => spec?.strategy?.type === 'RollingUpdate'

/** How many pods there may be above, and how many may be missing below, what is wished for. With neither nothing could move: then one may be missing. */
function fenceposts(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  const { maxSurge, maxUnavailable } = deployment.spec?.strategy?.rollingUpdate ?? {}
  const surge = scaled(maxSurge, wantedOf(deployment), Math.ceil)
  const unavailable = scaled(maxUnavailable, wantedOf(deployment), Math.floor)
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}

export const maxSurgeOf = (deployment: Deployment): number => (isRolling(deployment) ? fenceposts(deployment).surge : 0)

export const maxUnavailableOf = (deployment: Deployment): number =>
  isRolling(deployment) ? Math.min(fenceposts(deployment).unavailable, wantedOf(deployment)) : 0

/** The replicas that the new set may have, when all sets together have `total` and it has `own`. */
export function newReplicas(deployment: Deployment, own: number, total: number): number {
  const wanted = wantedOf(deployment)
  if (!isRolling(deployment)) return wanted
  const room = wanted + maxSurgeOf(deployment) - total
  return room <= 0 ? own : own + Math.min(room, wanted - own)
}
