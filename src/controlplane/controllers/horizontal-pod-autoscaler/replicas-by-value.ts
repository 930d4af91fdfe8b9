import type { Pod } from '../../../kube/objects.ts'
import { isReady } from '../runtime/pod-state.ts'
import { wholeReplicas } from './autoscaler.ts'
import { isWithin, type Tolerances } from './tolerance.ts'

/** How many replicas bring one value, of an object or from elsewhere, to its target. With none at work it is the value alone that says. Throws when no pods are there to multiply. */
export function replicasByValue(usage: number, target: number, current: number, pods: readonly Pod[], tolerances: Tolerances): number {
  const ratio = usage / target
  if (current === 0) return wholeReplicas(ratio)
  if (isWithin(tolerances, ratio)) return current
  if (pods.length === 0) throw new Error('unable to calculate ready pods: no pods returned by selector while calculating replica count')
  return wholeReplicas(ratio * pods.filter((pod) => pod.status?.phase === 'Running' && isReady(pod)).length)
}

/** How many replicas bring the part of each in one value to its target, and what that part is now. `running` is how many there are. */
export function replicasByShare(usage: number, target: number, running: number, tolerances: Tolerances): { readonly replicas: number; readonly share: number } {
  const isNear = isWithin(tolerances, usage / (target * running))
  return { replicas: isNear ? running : wholeReplicas(usage / target), share: running === 0 ? 0 : Math.ceil(usage / running) }
}
