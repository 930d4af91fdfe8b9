import type { AgentConfig } from '../../../src/config/agent-config.ts'
import type { Node, Pod } from '../../../src/kube/objects.ts'
import { amountsOf, podRequests } from '../../../src/kube/pod-requests.ts'
import type { DesiredResources } from '../plan/types.ts'
import { containerResources } from './resources.ts'

/** What each container of a pod that may be resized in place should have; undefined for other pods, whose resources never change. */
export function desiredResources(pod: Pod, node: Node | undefined, config: AgentConfig): DesiredResources | undefined {
  const containers = (pod.spec?.containers ?? []).filter((container) => container.resizePolicy)
  if (containers.length === 0 || !node) return undefined
  const allocatable = amountsOf(node.status?.allocatable)
  return {
    byContainer: Object.fromEntries(containers.map((container) => [container.name, containerResources(pod, container, node, config)])),
    infeasible: [...podRequests(pod)].some(([name, amount]) => amount > (allocatable.get(name) ?? 0)),
  }
}
