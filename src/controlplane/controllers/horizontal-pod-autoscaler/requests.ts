import type { Pod } from '../../../kube/objects.ts'
import { milliUnits } from '../../../kube/quantity.ts'

/**
 * What each pod asks of a resource, in thousandths of its unit, by name: a pod's own request (KEP-2837), else those of its containers together, or that of
 * one container. Throws, in upstream's words, for a pod that asks for none.
 */
export function requestsOf(pods: readonly Pod[], resource: string, container: string | undefined): ReadonlyMap<string, number> {
  return new Map(pods.map((pod) => [pod.metadata?.name ?? '', requestOf(pod, resource, container)]))
}

function requestOf({ metadata, spec }: Pod, resource: string, container: string | undefined): number {
  const ofPod = spec?.resources?.requests
  if (container === undefined && ofPod && Object.keys(ofPod).length > 0) {
    const request = ofPod[resource]
    if (request === undefined) throw new Error(`missing pod-level request for ${resource} in Pod ${metadata?.name}`)
    return milliUnits(request)
  }
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  const containers = [...(spec?.containers ?? []), ...sidecars].filter(({ name }) => container === undefined || name === container)
  if (containers.length === 0 && container !== undefined) throw new Error(`container ${container} not found in Pod ${metadata?.name}`)
  return containers.reduce((sum, { name, resources }) => {
    const request = resources?.requests?.[resource]
    if (request === undefined) throw new Error(`missing request for ${resource} in container ${name} of Pod ${metadata?.name}`)
    return sum + milliUnits(request)
  }, 0)
}
