import type { Cluster } from '../snapshot/cluster.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import type { Diagnosis } from './diagnosis.ts'
import { beginFilter, type FilterCycle, leftOut, refusedAtOnce, runFiltersWithNominated } from './filter.ts'
import type { Plugin, Refusal } from './plugin.ts'
import { nodesToFind } from './sampling.ts'
import { bestOf } from './score.ts'

/** Where a pod goes, or why nowhere. The cycle is what the plugins know of the pod. */
export type Placement = { readonly node: NodeInfo; readonly cycle: FilterCycle } | { readonly diagnosis: Diagnosis; readonly cycle?: FilterCycle }

/** Places pods, one after the other, by the plugins of a profile. */
export class Placer {
  readonly #plugins: readonly Plugin[]
  readonly #random: () => number
  /** Where the search of a large cluster goes on, so that all nodes get their turn. */
  #next = 0

  /** `random` breaks ties. */
  constructor(plugins: readonly Plugin[], random: () => number) {
    this.#plugins = plugins
    this.#random = random
  }

  place(pod: PodInfo, cluster: Cluster): Placement {
    const { nodes } = cluster
    if (nodes.length === 0) return { diagnosis: { total: 0, refusals: new Map(), plugins: new Set() } }
    const begun = beginFilter(pod, cluster, this.#plugins)
    if ('refusal' in begun) return { diagnosis: refusedAtOnce(begun, nodes.length) }
    const nominated = cluster.node(pod.pod.status?.nominatedNodeName ?? '')
    if (nominated && (begun.nodes?.has(nominated.name) ?? true) && !runFiltersWithNominated(pod, begun.active, nominated, cluster))
      return { node: nominated, cycle: begun }
    const { fitting, diagnosis } = this.#find(pod, cluster, begun)
    const node = bestOf(pod, cluster, fitting, this.#plugins, this.#random)
    return node ? { node, cycle: begun } : { diagnosis, cycle: begun }
  }

  #find(pod: PodInfo, cluster: Cluster, cycle: FilterCycle): { readonly fitting: readonly NodeInfo[]; readonly diagnosis: Diagnosis } {
    const asked = cycle.nodes ? cluster.nodes.filter(({ name }) => cycle.nodes?.has(name)) : cluster.nodes
    const enough = nodesToFind(asked.length)
    const fitting: NodeInfo[] = []
    const refusals = new Map<string, Refusal>()
    const plugins = new Set(cycle.narrowedBy)
    let seen = 0
    for (; seen < asked.length && fitting.length < enough; seen++) {
      const node = asked[(this.#next + seen) % asked.length] as NodeInfo
      const refused = runFiltersWithNominated(pod, cycle.active, node, cluster)
      if (!refused) fitting.push(node)
      else {
        refusals.set(node.name, refused.refusal)
        plugins.add(refused.plugin)
      }
    }
    this.#next = asked.length === 0 ? 0 : (this.#next + seen) % asked.length
    const others = cycle.nodes ? { others: leftOut(cycle) } : {}
    return { fitting, diagnosis: { total: cluster.nodes.length, refusals, plugins, ...others } }
  }
}
