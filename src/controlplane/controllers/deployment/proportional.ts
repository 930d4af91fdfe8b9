import { maxSurgeOf } from './limits.ts'
import { desiredAnnotation, maxAnnotation, numberIn } from './revisions.ts'
import { availableOf, byAge, type DraftSet, isActive, type Rollout, replicasOf } from './rollout.ts'

/** Whether the Deployment was scaled since its sets were. */
export const wasScaled = ({ all, wanted }: Rollout): boolean =>
  all.some((set) => isActive(set) && (numberIn(set.annotations, desiredAnnotation) ?? wanted) !== wanted)

/** Brings the sets to the size that the Deployment has now, with no step of a rollout: each by its part while there are several. */
export function resize(rollout: Rollout): void {
  const { fresh, old, wanted } = rollout
  const only = onlyOrLatest(rollout)
  if (only) {
    if (only.replicas !== wanted) rollout.scale(only, wanted)
  } else if (fresh && isSaturated(fresh, wanted)) {
    for (const set of old.filter(isActive)) rollout.scale(set, 0)
  } else if (rollout.deployment.spec?.strategy?.type === 'RollingUpdate') resizeByParts(rollout)
}

/** The one set that has pods; where none has, the new one, or else the newest of the old. */
function onlyOrLatest({ fresh, old, all }: Rollout): DraftSet | undefined {
  const active = all.filter(isActive)
  return active.length === 0 ? (fresh ?? old.toSorted(byAge).at(-1)) : active.length === 1 ? active[0] : undefined
}

const isSaturated = (fresh: DraftSet, wanted: number): boolean =>
  fresh.replicas === wanted && numberIn(fresh.annotations, desiredAnnotation) === wanted && availableOf(fresh) === wanted

function resizeByParts(rollout: Rollout): void {
  const { deployment, wanted, all } = rollout
  const active = all.filter(isActive)
  const allowed = wanted > 0 ? wanted + maxSurgeOf(deployment) : 0
  const change = allowed - replicasOf(active)
  // The largest first, which takes what rounding leaves: of one size the newer where pods come, the older where they go.
  const inOrder = active.toSorted((a, b) => b.replicas - a.replicas || (change > 0 ? byAge(b, a) : byAge(a, b)))
  let changed = 0
  const sizes = inOrder.map((set) => {
    const part = partOf(set, rollout, allowed, change - changed)
    changed += part
    return set.replicas + part
  })
  for (const [index, set] of inOrder.entries()) rollout.scale(set, Math.max(0, (sizes[index] ?? 0) + (index === 0 ? change - changed : 0)))
}

/** A set's part of the change, of which `left` is not given out yet. */
function partOf(set: DraftSet, { wanted, deployment }: Rollout, allowed: number, left: number): number {
  if (left === 0) return 0
  const fraction = wanted === 0 ? -set.replicas : sizeBefore()
  return left > 0 ? Math.min(fraction, left) : Math.max(fraction, left)

  function sizeBefore(): number {
    const before = numberIn(set.annotations, maxAnnotation) || (deployment.status?.replicas ?? 0)
    return before === 0 ? 0 : Math.floor((set.replicas * allowed) / before + 0.5) - set.replicas
  }
}
