import { nodeAffinityMatches } from './node-affinity.ts'
import type { Node, PersistentVolume } from './objects.ts'

/** Whether pods of the node can reach the volume, by its `nodeAffinity`; all can where it says nothing. */
export function isReachable(volume: PersistentVolume, node: Node): boolean {
  const required = volume.spec?.nodeAffinity?.required
  if (!required) return true
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } }
  return nodeAffinityMatches({ spec: { containers: [], affinity } }, node)
}
