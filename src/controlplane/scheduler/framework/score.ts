import type { Cluster } from '../snapshot/cluster.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import type { Plugin } from './plugin.ts'

/** The best of the nodes that will do; of several best ones one by chance. `random`: from 0 (inclusive) to 1. */
export function bestOf(pod: PodInfo, cluster: Cluster, nodes: readonly NodeInfo[], plugins: readonly Plugin[], random: () => number): NodeInfo | undefined {
  const [first] = nodes
  if (nodes.length <= 1) return first
  const totals = totalScores(pod, cluster, nodes, plugins)
  let [best, highest, ties] = [first, Number.NEGATIVE_INFINITY, 0]
  for (const [index, node] of nodes.entries()) {
    const total = totals[index] ?? 0
    if (total > highest) [best, highest, ties] = [node, total, 1]
    // Each of n equals is kept with a chance of one in n.
    else if (total === highest && random() * ++ties < 1) best = node
  }
  return best
}

/** Of each node, in their order. */
export function totalScores(pod: PodInfo, cluster: Cluster, nodes: readonly NodeInfo[], plugins: readonly Plugin[]): number[] {
  const totals = new Array<number>(nodes.length).fill(0)
  for (const plugin of plugins) {
    const scoring = plugin.preScore?.(pod, cluster, nodes)
    if (!scoring) continue
    const scores = nodes.map((node) => scoring.score(node))
    scoring.normalize?.(scores, nodes)
    for (const [index, score] of scores.entries()) totals[index] = (totals[index] ?? 0) + score * (plugin.weight ?? 1)
  }
  return totals
}

/** kube-scheduler's DefaultNormalizeScore: the highest becomes 100, or 0 where less is better. In place. */
export function normalizeToHighest(scores: number[], isReversed: boolean): void {
  const highest = Math.max(...scores)
  for (const [index, score] of scores.entries()) {
    const share = highest <= 0 ? 0 : Math.trunc((100 * score) / highest)
    scores[index] = isReversed ? 100 - share : share
  }
}
