import { isDeepStrictEqual } from 'node:util'
import type { Node } from '../../kube/objects.ts'
import type { NodeChanges } from './framework/plugin.ts'

/** What of a node has changed that placements depend on; undefined for none (a heartbeat). */
export function nodeChanges(before: Node | undefined, now: Node): NodeChanges | undefined {
  const changes: NodeChanges = {
    added: before === undefined,
    labels: !isDeepStrictEqual(before?.metadata?.labels, now.metadata?.labels),
    taints: !isDeepStrictEqual(before?.spec?.taints, now.spec?.taints) || before?.spec?.unschedulable !== now.spec?.unschedulable,
    allocatable: !isDeepStrictEqual(before?.status?.allocatable, now.status?.allocatable),
  }
  return Object.values(changes).some(Boolean) ? changes : undefined
}
