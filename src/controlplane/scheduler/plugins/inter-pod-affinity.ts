import type { Filtering, Plugin, Refusal, Scoring } from '../framework/plugin.ts'
import type { AffinityTerm } from '../snapshot/affinity-terms.ts'
import type { Cluster } from '../snapshot/cluster.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import { selectionOf, selects } from '../snapshot/pod-selection.ts'
import { TopologyCounts } from './topology-counts.ts'

const byOthers: Refusal = { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"] }
const byAffinity: Refusal = { reasons: ["node(s) didn't match pod affinity rules"], isFinal: true }
const byAntiAffinity: Refusal = { reasons: ["node(s) didn't match pod anti-affinity rules"] }

/** Places pods beside those that they must be beside, and never beside those that they, or those, must not be beside. */
export const interPodAffinity: Plugin = {
  name: 'InterPodAffinity',
  weight: 2,
  preFilter(pod, cluster) {
    const others = new TopologyCounts()
    for (const { kind, term, byNode } of cluster.held.about(pod)) if (kind === 'never') others.addAll(term.topologyKey, byNode, cluster)
    const { affinity, antiAffinity } = pod.terms
    if (others.isEmpty && affinity.length + antiAffinity.length === 0) return undefined
    const [beside, apart] = [new TopologyCounts(), new TopologyCounts()]
    for (const { topologyKey, selection } of antiAffinity) apart.addAll(topologyKey, cluster.matching.byNode(selection), cluster)
    // Only pods that all terms mean count, each in its own domain.
    const all = selectionOf(affinity.flatMap(({ selection }) => selection.parts))
    if (affinity.length > 0) for (const { topologyKey } of affinity) beside.addAll(topologyKey, cluster.matching.byNode(all), cluster)
    return new AffinityFiltering(pod, cluster, others, beside, apart)
  },
  preScore(pod, cluster): Scoring | undefined {
    const liked = new TopologyCounts()
    const { preferred, preferredAnti } = pod.terms
    for (const { topologyKey, selection, weight } of preferred) liked.addAll(topologyKey, cluster.matching.byNode(selection), cluster, weight)
    for (const { topologyKey, selection, weight } of preferredAnti) liked.addAll(topologyKey, cluster.matching.byNode(selection), cluster, -weight)
    for (const { kind, term, byNode } of cluster.held.about(pod)) if (kind !== 'never') liked.addAll(term.topologyKey, byNode, cluster, kind.weight)
    return liked.isEmpty ? undefined : { score: (node) => liked.sumOf(node), normalize: normalizeToSpan }
  },
  mayHelp(event, { terms }) {
    if (event.kind === 'node') return event.changed.added || event.changed.labels
    if (event.kind === 'object') return event.resource === 'namespaces'
    const wantsOthers = event.change !== 'gone' && terms.affinity.length > 0
    const apart = [terms, event.pod.terms, event.before?.terms]
    return wantsOthers || (event.change !== 'added' && apart.some((each) => (each?.antiAffinity.length ?? 0) > 0))
  },
}

class AffinityFiltering implements Filtering {
  readonly #pod: PodInfo
  readonly #cluster: Cluster
  readonly #others: TopologyCounts
  readonly #beside: TopologyCounts
  readonly #apart: TopologyCounts

  constructor(pod: PodInfo, cluster: Cluster, others: TopologyCounts, beside: TopologyCounts, apart: TopologyCounts) {
    this.#pod = pod
    this.#cluster = cluster
    this.#others = others
    this.#beside = beside
    this.#apart = apart
  }

  filter(node: NodeInfo): Refusal | undefined {
    const { affinity, antiAffinity } = this.#pod.terms
    if (!this.#hasAffinity(node, affinity)) return byAffinity
    if (antiAffinity.some(({ topologyKey }) => this.#apart.at(topologyKey, node) > 0)) return byAntiAffinity
    return this.#others.isAnyAt(node) ? byOthers : undefined
  }

  /** The first of a group that must be together finds nobody, and may go anywhere. */
  #hasAffinity(node: NodeInfo, terms: readonly AffinityTerm[]): boolean {
    if (terms.length === 0) return true
    if (!terms.every(({ topologyKey }) => topologyKey in node.labels)) return false
    if (terms.every(({ topologyKey }) => this.#beside.at(topologyKey, node) > 0)) return true
    return this.#beside.isEmpty && this.#isMeant(this.#pod, terms)
  }

  #isMeant(pod: PodInfo, terms: readonly AffinityTerm[]): boolean {
    return terms.length > 0 && terms.every(({ selection }) => selects(selection, pod, this.#cluster.labelsOfNamespace))
  }

  copy(): Filtering {
    return new AffinityFiltering(this.#pod, this.#cluster, this.#others.copy(), this.#beside.copy(), this.#apart.copy())
  }

  change(pod: PodInfo, node: NodeInfo, by: 1 | -1): void {
    const { affinity, antiAffinity } = this.#pod.terms
    for (const { topologyKey, selection } of pod.terms.antiAffinity)
      if (selects(selection, this.#pod, this.#cluster.labelsOfNamespace)) this.#others.add(topologyKey, node, by)
    if (this.#isMeant(pod, affinity)) for (const { topologyKey } of affinity) this.#beside.add(topologyKey, node, by)
    for (const term of antiAffinity) if (this.#isMeant(pod, [term])) this.#apart.add(term.topologyKey, node, by)
  }
}

/** The least becomes 0, the most 100. In place. */
function normalizeToSpan(scores: number[]): void {
  const [least, most] = [Math.min(...scores), Math.max(...scores)]
  for (const [index, score] of scores.entries()) scores[index] = most > least ? Math.trunc((100 * (score - least)) / (most - least)) : 0
}
