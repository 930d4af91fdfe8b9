import { type Diagnosis, fitMessage } from '../framework/diagnosis.ts'
import type { FilterCycle } from '../framework/filter.ts'
import type { Refusal } from '../framework/plugin.ts'
import type { Cluster } from '../snapshot/cluster.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import { chooseCandidate } from './choose.ts'
import { type Candidate, victimsOn } from './victims.ts'

/** What comes of looking for room that others have. */
export type Preemption =
  | { readonly do: 'evict'; readonly candidate: Candidate }
  /** `endsNomination`: there is nothing to wait for any more. */
  | { readonly do: 'nothing'; readonly message: string; readonly endsNomination: boolean }

// minCandidateNodesPercentage and minCandidateNodesAbsolute of DefaultPreemptionArgs.
const leastPercentage = 10
const leastNodes = 100

const unhelpful: Refusal = { reasons: ['Preemption is not helpful for scheduling'], isFinal: true }
const nothing = (message: string, endsNomination = false): Preemption => ({ do: 'nothing', message: `preemption: ${message}`, endsNomination })

/** Looks for a node where a pod that fits nowhere would fit without pods of lower priority (DefaultPreemption). `random`: from 0 (inclusive) to 1. */
export function preempt(pod: PodInfo, cluster: Cluster, diagnosis: Diagnosis, cycle: FilterCycle | undefined, random: () => number): Preemption {
  const ineligible = whyNot(pod, cluster, diagnosis)
  if (ineligible) return nothing(ineligible)
  const { total } = diagnosis
  const nodes = cluster.nodes.filter(({ name }) => isOpen(diagnosis.refusals.get(name)))
  const refusals = new Map<string, Refusal>()
  const candidates = cycle ? findCandidates(pod, cluster, nodes, cycle, refusals, random) : []
  const candidate = chooseCandidate(candidates)
  if (candidate) return { do: 'evict', candidate }
  return nothing(fitMessage({ total, refusals, others: unhelpful }), true)
}

const isOpen = (refusal: Refusal | undefined) => refusal !== undefined && !refusal.isFinal

function findCandidates(pod: PodInfo, cluster: Cluster, nodes: readonly NodeInfo[], cycle: FilterCycle, refusals: Map<string, Refusal>, random: () => number) {
  const enough = Math.min(nodes.length, Math.max(leastNodes, Math.trunc((nodes.length * leastPercentage) / 100)))
  const [harmless, violating]: [Candidate[], Candidate[]] = [[], []]
  const offset = nodes.length > 0 ? Math.trunc(random() * nodes.length) : 0
  for (let seen = 0; seen < nodes.length; seen++) {
    if (harmless.length > 0 && harmless.length + violating.length >= enough) break
    const node = nodes[(offset + seen) % nodes.length] as NodeInfo
    const found = victimsOn(pod, node, cycle.active, cluster)
    if ('reasons' in found) refusals.set(node.name, found)
    else if (found.violations === 0) harmless.push(found)
    else violating.push(found)
  }
  return [...harmless, ...violating]
}

/** Why the pod may not push others out; undefined when it may. */
function whyNot({ pod, priority }: PodInfo, cluster: Cluster, { refusals }: Diagnosis): string | undefined {
  if (pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.'
  const nominated = pod.status?.nominatedNodeName
  if (!nominated || refusals.get(nominated)?.isFinal) return undefined
  for (const each of cluster.node(nominated)?.pods.values() ?? [])
    if (each.priority < priority && isBeingPreempted(each)) return 'not eligible due to a terminating pod on the nominated node.'
  return undefined
}

const isBeingPreempted = ({ isTerminating, pod }: PodInfo) =>
  isTerminating &&
  (pod.status?.conditions ?? []).some(({ type, status, reason }) => type === 'DisruptionTarget' && status === 'True' && reason === 'PreemptionByScheduler')
