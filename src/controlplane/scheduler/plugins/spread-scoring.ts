import type { Scoring } from '../framework/plugin.ts'
import type { Cluster } from '../snapshot/cluster.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import { counts, hasAllKeys, hostnameKey, type SpreadConstraint } from './spread-constraints.ts'

/** A constraint with the pods that are in each of its domains. */
interface Weighed {
  readonly constraint: SpreadConstraint
  readonly byNode: ReadonlyMap<string, number>
  readonly byDomain: ReadonlyMap<string, number>
  /** What one pod counts: more where there are more domains. */
  readonly weight: number
}

/** Compares nodes by how many of the pods are in their domains. `needsAllKeys`: nodes without one of the labels come last, as with constraints of the pod's own. */
export function spreadScoring(
  pod: PodInfo,
  cluster: Cluster,
  nodes: readonly NodeInfo[],
  constraints: readonly SpreadConstraint[],
  needsAllKeys: boolean,
): Scoring {
  const isCounted = (node: NodeInfo) => !needsAllKeys || hasAllKeys(constraints, node)
  const scored = nodes.filter(isCounted)
  const weighed = constraints.map((constraint) => weigh(constraint, pod, cluster, scored, isCounted))
  return {
    score(node) {
      if (!isCounted(node)) return 0
      let sum = 0
      for (const { constraint, byNode, byDomain, weight } of weighed) {
        const domain = node.labels[constraint.topologyKey]
        if (domain === undefined) continue
        const pods = constraint.topologyKey === hostnameKey ? (byNode.get(node.name) ?? 0) : (byDomain.get(domain) ?? 0)
        sum += pods * weight + (constraint.maxSkew - 1)
      }
      return Math.round(sum)
    },
    normalize: (scores) => fewestFirst(scores, nodes.map(isCounted)),
  }
}

function weigh(constraint: SpreadConstraint, pod: PodInfo, cluster: Cluster, scored: readonly NodeInfo[], isCounted: (node: NodeInfo) => boolean): Weighed {
  const byNode = cluster.matching.byNode(constraint.selection)
  const byDomain = new Map<string, number>()
  if (constraint.topologyKey === hostnameKey) return { constraint, byNode, byDomain, weight: Math.log(scored.length + 2) }
  for (const { labels } of scored) byDomain.set(labels[constraint.topologyKey] ?? '', 0)
  for (const [name, pods] of byNode) {
    const node = cluster.node(name)
    if (!node || !isCounted(node) || !counts(constraint, pod, node)) continue
    const domain = node.labels[constraint.topologyKey] ?? ''
    const before = byDomain.get(domain)
    if (before !== undefined) byDomain.set(domain, before + pods)
  }
  return { constraint, byNode, byDomain, weight: Math.log(byDomain.size + 2) }
}

/** The fewest pods become 100. In place. */
function fewestFirst(scores: number[], areCounted: readonly boolean[]): void {
  const counted = scores.filter((_, index) => areCounted[index])
  const [least, most] = [Math.min(...counted), Math.max(...counted)]
  for (const [index, score] of scores.entries()) {
    if (!areCounted[index]) scores[index] = 0
    else scores[index] = most === 0 ? 100 : Math.trunc((100 * (most + least - score)) / most)
  }
}
