import type { Filtering, Refusal } from '../framework/plugin.ts'
import type { Cluster } from '../snapshot/cluster.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import { selects } from '../snapshot/pod-selection.ts'
import { counts, hasAllKeys, type SpreadConstraint } from './spread-constraints.ts'

const skewed: Refusal = { reasons: ["node(s) didn't match pod topology spread constraints"] }
const withoutLabel: Refusal = { reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"], isFinal: true }

interface Domains {
  readonly constraint: SpreadConstraint
  /** The pod counts itself. */
  readonly own: 0 | 1
  readonly counts: Map<string, number>
  least: number
}

/** Keeps the difference between the fullest and the emptiest domain within `maxSkew`, for each constraint that must be met. */
export class SpreadFiltering implements Filtering {
  readonly #pod: PodInfo
  readonly #cluster: Cluster
  readonly #domains: readonly Domains[]

  private constructor(pod: PodInfo, cluster: Cluster, domains: readonly Domains[]) {
    this.#pod = pod
    this.#cluster = cluster
    this.#domains = domains
  }

  static begin(pod: PodInfo, cluster: Cluster, constraints: readonly SpreadConstraint[]): SpreadFiltering {
    const domains = constraints.map((constraint): Domains => {
      const byNode = cluster.matching.byNode(constraint.selection)
      const byDomain = new Map<string, number>()
      for (const node of cluster.nodes) {
        if (!hasAllKeys(constraints, node) || !counts(constraint, pod, node)) continue
        const domain = node.labels[constraint.topologyKey] ?? ''
        byDomain.set(domain, (byDomain.get(domain) ?? 0) + (byNode.get(node.name) ?? 0))
      }
      const own = selects(constraint.selection, pod, cluster.labelsOfNamespace) ? 1 : 0
      return { constraint, own, counts: byDomain, least: leastOf(byDomain) }
    })
    return new SpreadFiltering(pod, cluster, domains)
  }

  filter({ labels }: NodeInfo): Refusal | undefined {
    for (const { constraint, own, counts: byDomain, least } of this.#domains) {
      const domain = labels[constraint.topologyKey]
      if (domain === undefined) return withoutLabel
      // With fewer domains than there are to be the emptiest is one that is not there yet.
      const emptiest = byDomain.size < constraint.minDomains ? 0 : least
      if ((byDomain.get(domain) ?? 0) + own - emptiest > constraint.maxSkew) return skewed
    }
    return undefined
  }

  copy(): SpreadFiltering {
    return new SpreadFiltering(
      this.#pod,
      this.#cluster,
      this.#domains.map((each) => ({ ...each, counts: new Map(each.counts) })),
    )
  }

  change(pod: PodInfo, node: NodeInfo, by: 1 | -1): void {
    if (pod.namespace !== this.#pod.namespace) return
    const constraints = this.#domains.map(({ constraint }) => constraint)
    if (!hasAllKeys(constraints, node)) return
    for (const each of this.#domains) {
      const { constraint, counts: byDomain } = each
      if (!selects(constraint.selection, pod, this.#cluster.labelsOfNamespace) || !counts(constraint, this.#pod, node)) continue
      const domain = node.labels[constraint.topologyKey] ?? ''
      byDomain.set(domain, (byDomain.get(domain) ?? 0) + by)
      each.least = leastOf(byDomain)
    }
  }
}

/** kube-scheduler takes the largest number that there is for the least of none. */
const leastOf = (byDomain: ReadonlyMap<string, number>): number => {
  let least = 0x7fffffff
  for (const count of byDomain.values()) if (count < least) least = count
  return least
}
