import type { DaemonSet, Node, Pod } from '../../../kube/objects.ts'
import { hasEnded } from '../runtime/pod-state.ts'
import { nodeOf, type Placement, placementsOf } from './placement.ts'

/** A node with the pods of a set that are on it or meant for it; `node` is not there for one that is gone. */
export interface NodeView extends Placement {
  readonly name: string
  readonly node: Node | undefined
  readonly pods: readonly Pod[]
}

/** All nodes, and those that are gone and have pods still. A pod that has ended and is going is in nobody's way. */
export function viewNodes(set: DaemonSet, nodes: Iterable<Node>, pods: Iterable<Pod>): NodeView[] {
  const byNode = new Map<string, Pod[]>()
  for (const pod of pods) {
    if (hasEnded(pod) && pod.metadata?.deletionTimestamp) continue
    const name = nodeOf(pod)
    if (name !== undefined) byNode.set(name, [...(byNode.get(name) ?? []), pod])
  }
  const placementOn = placementsOf(set)
  const views: NodeView[] = []
  for (const node of nodes) {
    const name = node.metadata?.name ?? ''
    views.push({ name, node, pods: (byNode.get(name) ?? []).toSorted(byAge), ...placementOn(node) })
    byNode.delete(name)
  }
  for (const [name, left] of byNode) views.push({ name, node: undefined, pods: left.toSorted(byAge), run: false, stay: false })
  return views
}

const createdAt = ({ metadata }: Pod) => Date.parse(metadata?.creationTimestamp ?? '') || 0

/** Those that are bound first, then by age, then by name. */
const byAge = (a: Pod, b: Pod): number =>
  Number(!a.spec?.nodeName) - Number(!b.spec?.nodeName) || createdAt(a) - createdAt(b) || ((a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1)
