import { maxUnavailableOf, newReplicas } from './limits.ts'
import { availableOf, byAge, isActive, type Rollout, replicasOf, total } from './rollout.ts'

/** One step of a rolling update: the new set up as far as the surge allows, else the old ones down as far as enough are available. */
export function roll(rollout: Rollout): void {
  if (!growNew(rollout)) shrinkOld(rollout)
}

function growNew(rollout: Rollout): boolean {
  const { fresh, wanted, deployment, all } = rollout
  if (!fresh || fresh.replicas === wanted) return false
  const replicas = fresh.replicas > wanted ? wanted : newReplicas(deployment, fresh.replicas, replicasOf(all))
  return rollout.scale(fresh, replicas)
}

function shrinkOld(rollout: Rollout): void {
  const { fresh, wanted, deployment, all, old } = rollout
  if (replicasOf(old) === 0) return
  const least = wanted - maxUnavailableOf(deployment)
  // Pods of the new set that are not available yet count as missing: they may never come.
  const notYet = fresh ? fresh.replicas - availableOf(fresh) : 0
  let unhealthy = replicasOf(all) - least - notYet
  if (unhealthy <= 0) return
  const oldest = old.filter(isActive).toSorted(byAge)
  for (const set of oldest) {
    if (unhealthy <= 0) break
    const down = Math.min(unhealthy, Math.max(0, set.replicas - availableOf(set)))
    if (down === 0) continue
    unhealthy -= down
    rollout.scale(set, set.replicas - down)
  }
  let spare = total(all, availableOf) - least
  for (const set of oldest) {
    if (spare <= 0) break
    if (set.replicas === 0) continue
    const down = Math.min(spare, set.replicas)
    spare -= down
    rollout.scale(set, set.replicas - down)
  }
}
