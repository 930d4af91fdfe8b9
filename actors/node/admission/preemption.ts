import type { Pod } from '../../../src/kube/objects.ts'
import { type Amounts, podRequests } from '../../../src/kube/pod-requests.ts'
import { qosClass } from '../../../src/kube/qos.ts'
import { isCritical, priorityOf } from './critical.ts'
import type { Shortage } from './resource-fit.ts'

/**
 * The pods that must go for the critical `pod` to fit; undefined when even all of them would not do.
 * kubelet: as little as possible of the better classes is taken, from each class the pods whose requests come nearest to what is missing.
 */
export function victims(pod: Pod, others: readonly Pod[], missing: readonly Shortage[]): readonly Pod[] | undefined {
  const needs: Amounts = new Map(missing.map(({ resource, requested, used, capacity }) => [resource, requested + used - capacity]))
  const candidates = others.filter((other) => !isCritical(other) || priorityOf(other) < priorityOf(pod))
  const of = (wanted: string) => candidates.filter((other) => qosClass(other) === wanted)
  const [guaranteed, burstable, bestEffort] = [of('Guaranteed'), of('Burstable'), of('BestEffort')]
  if (less(needs, candidates).size > 0) return undefined
  const first = nearest(guaranteed, less(needs, [...burstable, ...bestEffort]))
  const second = nearest(burstable, less(needs, [...bestEffort, ...first]))
  const third = nearest(bestEffort, less(needs, [...second, ...first]))
  return [...first, ...second, ...third]
}

function nearest(pods: readonly Pod[], needs: Amounts): Pod[] {
  const left = [...pods]
  const chosen: Pod[] = []
  for (let missing = needs; missing.size > 0 && left.length > 0; missing = less(needs, chosen)) {
    left.sort((a, b) => distance(a, missing) - distance(b, missing) || size(a) - size(b))
    chosen.push(...left.splice(0, 1))
  }
  return chosen
}

/** How far a pod's end is from filling the needs: 0 fills them all. */
function distance(pod: Pod, needs: Amounts): number {
  let sum = 0
  for (const [resource, need] of needs) sum += (Math.max(0, need - freed(pod, resource)) / need) ** 2
  return sum
}

const size = (pod: Pod): number => freed(pod, 'memory') + freed(pod, 'cpu')

const freed = (pod: Pod, resource: string): number => (resource === 'pods' ? 1 : (podRequests(pod).get(resource) ?? 0))

/** The needs that are left when `pods` are gone. */
function less(needs: Amounts, pods: readonly Pod[]): Amounts {
  const left = [...needs].map(([resource, need]): [string, number] => [resource, pods.reduce((rest, pod) => rest - freed(pod, resource), need)])
  return new Map(left.filter(([, need]) => need > 0))
}
