import type { Pod } from '../../../src/kube/objects.ts'
import { type Amounts, podRequests } from '../../../src/kube/pod-requests.ts'
import type { Occupancy } from './occupancy.ts'

/** More of a resource is asked than is left. CPU in thousandths of a core, all else in whole units. */
export interface Shortage {
  readonly resource: string
  readonly requested: number
  readonly used: number
  readonly capacity: number
}

/** What the node lacks for the pod beside `others`. Extended resources that the node does not know at all are left to their own managers, as by the kubelet. */
export function shortages(pod: Pod, others: Occupancy, allocatable: Amounts): Shortage[] {
  const found: Shortage[] = []
  const pods = allocatable.get('pods')
  if (pods !== undefined && others.count + 1 > pods) found.push({ resource: 'pods', requested: 1, used: others.count, capacity: pods })
  for (const [resource, requested] of podRequests(pod)) {
    const capacity = allocatable.get(resource)
    if (requested === 0 || (capacity === undefined && resource.includes('/'))) continue
    const taken = others.used.get(resource) ?? 0
    if (taken + requested > (capacity ?? 0)) found.push({ resource, requested, used: taken, capacity: capacity ?? 0 })
  }
  return found
}
