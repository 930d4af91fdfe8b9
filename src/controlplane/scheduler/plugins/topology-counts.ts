import type { Cluster } from '../snapshot/cluster.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'

/** Counts by the domains that nodes are of: by topology key, then by the value of the node's label. */
export class TopologyCounts {
  readonly #byKey: Map<string, Map<string, number>>

  constructor(byKey: Map<string, Map<string, number>> = new Map()) {
    this.#byKey = byKey
  }

  get isEmpty(): boolean {
    return this.#byKey.size === 0
  }

  /** Adds counts by node to the nodes' domains, each times `weight`. */
  addAll(topologyKey: string, byNode: ReadonlyMap<string, number>, cluster: Cluster, weight = 1): void {
    for (const [name, count] of byNode) {
      const node = cluster.node(name)
      if (node) this.add(topologyKey, node, count * weight)
    }
  }

  /** A node without the label is of no domain. */
  add(topologyKey: string, { labels }: NodeInfo, count: number): void {
    const value = labels[topologyKey]
    if (value === undefined) return
    const values = this.#byKey.get(topologyKey) ?? new Map<string, number>()
    const now = (values.get(value) ?? 0) + count
    if (now === 0) values.delete(value)
    else values.set(value, now)
    if (values.size === 0) this.#byKey.delete(topologyKey)
    else this.#byKey.set(topologyKey, values)
  }

  at(topologyKey: string, { labels }: NodeInfo): number {
    const value = labels[topologyKey]
    return value === undefined ? 0 : (this.#byKey.get(topologyKey)?.get(value) ?? 0)
  }

  isAnyAt(node: NodeInfo): boolean {
    for (const key of this.#byKey.keys()) if (this.at(key, node) > 0) return true
    return false
  }

  sumOf(node: NodeInfo): number {
    let sum = 0
    for (const key of this.#byKey.keys()) sum += this.at(key, node)
    return sum
  }

  copy(): TopologyCounts {
    return new TopologyCounts(new Map([...this.#byKey].map(([key, values]) => [key, new Map(values)])))
  }
}
