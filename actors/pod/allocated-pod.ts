import type { Pod } from '../../src/kube/objects.ts'
import type { HeldResize } from './messages.ts'

/** The pod as it is to run: with what the node gave its containers. */
export function allocatedPod(pod: Pod, resources: HeldResize['resources']): Pod {
  if (!pod.spec) return pod
  const containers = pod.spec.containers.map((container) => (resources[container.name] ? { ...container, resources: resources[container.name] } : container))
  return { ...pod, spec: { ...pod.spec, containers } }
}
