import type { Pod } from '../../kube/objects.ts'
import { parseQuantity } from './quantity.ts'

/** Guaranteed, Burstable or BestEffort, by cpu and memory of all containers (not the ephemeral ones). */
export function qosClass(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  let any = false
  let guaranteed = true
  for (const container of [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]) {
    for (const name of ['cpu', 'memory']) {
      const request = parseQuantity(container.resources?.requests?.[name]) ?? 0
      const limit = parseQuantity(container.resources?.limits?.[name]) ?? 0
      if (request > 0 || limit > 0) any = true
      if (limit === 0 || (request !== limit && container.resources?.requests?.[name] !== undefined)) guaranteed = false
    }
  }
  if (!any) return 'BestEffort'
  return guaranteed ? 'Guaranteed' : 'Burstable'
}
