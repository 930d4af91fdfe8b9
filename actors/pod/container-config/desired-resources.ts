import type { AgentConfig } from '../../../src/config/agent-config.ts'
import type { Node, Pod } from '../../../src/kube/objects.ts'
import type { DesiredResources } from '../plan/types.ts'
import { containerResources } from './resources.ts'

/** What each container of a pod that may be resized in place should have; undefined for other pods, whose resources never change. */
export function desiredResources(pod: Pod, node: Node | undefined, config: AgentConfig): DesiredResources | undefined {
  const containers = (pod.spec?.containers ?? []).filter((container) => container.resizePolicy)
  if (containers.length === 0 || !node) return undefined
  return { byContainer: Object.fromEntries(containers.map((container) => [container.name, containerResources(pod, container, node, config)])) }
}
