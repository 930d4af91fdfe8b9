import { type ActiveFilter, changeBy, copyOf, runFiltersWithNominated } from '../framework/filter.ts'
import type { Refusal } from '../framework/plugin.ts'
import type { Cluster } from '../snapshot/cluster.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import { byBudgets } from './budgets.ts'
import { byImportance } from './importance.ts'

/** A node where the pod would fit without some others. */
export interface Candidate {
  readonly node: string
  /** The most important first. */
  readonly victims: readonly PodInfo[]
  /** How many of them their disruption budgets would keep. */
  readonly violations: number
}

const nobody: Refusal = { reasons: ['No preemption victims found for incoming pod'], isFinal: true }

/** The fewest pods of lower priority without which the pod fits on the node; why there are none, otherwise. Those that a disruption budget keeps are spared first. */
export function victimsOn(pod: PodInfo, given: NodeInfo, active: readonly ActiveFilter[], cluster: Cluster): Candidate | Refusal {
  const lower = [...given.pods.values()].filter(({ priority }) => priority < pod.priority)
  if (lower.length === 0) return nobody
  const [node, filters] = [given.copy(), active.map(copyOf)]
  const refused = () => runFiltersWithNominated(pod, filters, node, cluster)
  for (const each of lower) changeBy(each, node, filters, -1)
  const refusal = refused()
  if (refusal) return refusal.refusal
  const victims: PodInfo[] = []
  const isSpared = (each: PodInfo) => {
    changeBy(each, node, filters, 1)
    if (!refused()) return true
    changeBy(each, node, filters, -1)
    victims.push(each)
    return false
  }
  const { violating, others } = byBudgets(lower.sort(byImportance), (namespace) => cluster.objects.budgets(namespace))
  const violations = violating.filter((each) => !isSpared(each)).length
  for (const each of others) isSpared(each)
  return { node: node.name, victims: victims.sort(byImportance), violations }
}
