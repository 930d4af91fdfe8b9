import type { Cluster } from '../snapshot/cluster.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import type { Diagnosis } from './diagnosis.ts'
import { type Filtering, isRefusal, type Plugin, type Refusal } from './plugin.ts'

/** A plugin's filter for the pod at hand. */
export interface ActiveFilter {
  readonly name: string
  readonly filtering: Filtering
}

/** A refusal and who gave it. */
export interface NamedRefusal {
  readonly plugin: string
  readonly refusal: Refusal
}

/** What the plugins ask for the pod, and of which nodes. */
export interface FilterCycle {
  readonly active: readonly ActiveFilter[]
  /** The only nodes that can do; undefined for all. */
  readonly nodes?: ReadonlySet<string>
  /** Who narrowed them. */
  readonly narrowedBy: readonly string[]
}

/** Asks each plugin what it wants of nodes. One refusal is enough. */
export function beginFilter(pod: PodInfo, cluster: Cluster, plugins: readonly Plugin[]): FilterCycle | NamedRefusal {
  const active: ActiveFilter[] = []
  const narrowedBy: string[] = []
  let nodes: ReadonlySet<string> | undefined
  for (const plugin of plugins) {
    const answer = plugin.preFilter?.(pod, cluster)
    if (!answer) continue
    if (isRefusal(answer)) return { plugin: plugin.name, refusal: answer }
    active.push({ name: plugin.name, filtering: answer })
    if (!answer.nodes) continue
    nodes = nodes ? intersection(nodes, answer.nodes) : answer.nodes
    narrowedBy.push(plugin.name)
    if (nodes.size === 0) return { plugin: plugin.name, refusal: { reasons: [narrowedToNone(narrowedBy)], isFinal: true } }
  }
  return { active, nodes, narrowedBy }
}

const intersection = (a: ReadonlySet<string>, b: ReadonlySet<string>) => new Set([...a].filter((name) => b.has(name)))

const narrowedToNone = (plugins: readonly string[]) =>
  plugins.length === 1
    ? `plugin ${JSON.stringify(plugins[0])} didn't return any node`
    : `node(s) didn't satisfy plugin(s) [${[...plugins].sort().join(' ')}] simultaneously`

/** What is said of the nodes that a plugin left out before they were looked at. */
export const leftOut = ({ narrowedBy }: FilterCycle): Refusal => ({
  reasons: [`node(s) didn't satisfy plugin(s) [${[...narrowedBy].sort().join(' ')}]`],
  isFinal: true,
})

/** The first refusal of the node by the pods that are on it. */
export function runFilters(active: readonly ActiveFilter[], node: NodeInfo): NamedRefusal | undefined {
  for (const { name, filtering } of active) {
    const refusal = filtering.filter(node)
    if (refusal) return { plugin: name, refusal }
  }
  return undefined
}

/**
 * As `runFilters`, with the pods that wait for room on the node and are no less important: it is to do with them and without them (they may never come, and the
 * pod may need to be beside others).
 */
export function runFiltersWithNominated(pod: PodInfo, active: readonly ActiveFilter[], node: NodeInfo, cluster: Cluster): NamedRefusal | undefined {
  const coming = [...cluster.nominatedOn(node.name)].filter((each) => each.key !== pod.key && each.priority >= pod.priority)
  if (coming.length > 0) {
    const [tried, filters] = [node.copy(), active.map(copyOf)]
    for (const each of coming) changeBy(each.on(node.name), tried, filters, 1)
    const refused = runFilters(filters, tried)
    if (refused) return refused
  }
  return runFilters(active, node)
}

export const copyOf = ({ name, filtering }: ActiveFilter): ActiveFilter => ({ name, filtering: filtering.copy?.() ?? filtering })

/** Puts the pod on the node, or takes it off, for the filters too. */
export function changeBy(pod: PodInfo, node: NodeInfo, active: readonly ActiveFilter[], by: 1 | -1): void {
  if (by === 1) node.add(pod)
  else node.remove(pod)
  for (const { filtering } of active) filtering.change?.(pod, node, by)
}

/** The diagnosis of a refusal of all nodes at once. */
export const refusedAtOnce = ({ plugin, refusal }: NamedRefusal, total: number): Diagnosis => ({
  total,
  preFilter: refusal.reasons.join(', '),
  refusals: new Map(),
  others: refusal,
  plugins: new Set([plugin]),
})
