import type { Pod } from '../../../kube/objects.ts'
import { wholeReplicas } from './autoscaler.ts'
import { groupPods, type PodMetrics } from './pod-groups.ts'
import { isWithin, type Tolerances } from './tolerance.ts'

/** What pods use, each and by its name, against a target. */
export interface Usage {
  /** Of usage to target. */
  readonly ratio: number
  /** Of one pod on average, in thousandths of the unit. */
  readonly average: number
  /** In percent of what they ask for, where the target is one. */
  readonly utilization?: number
}

/** How usage is measured against a target. */
export interface Measure {
  usage(values: ReadonlyMap<string, number>): Usage
  /** What a pod without metrics is taken to use when there is less to do than for all. */
  whenMissing(name: string): number
}

export interface ByPods {
  /** What the target is to have now. */
  readonly current: number
  readonly pods: readonly Pod[]
  readonly metrics: PodMetrics
  readonly resource?: string
  readonly tolerances: Tolerances
  /** Asked only when there are metrics; may throw. */
  measure(): Measure
}

/**
 * How many replicas bring the usage of pods to its target. Pods of which nothing is known weigh against what would be done: they use all they may when
 * there would be fewer, nothing when there would be more. Throws, in upstream's words, when there is nothing to go by.
 */
export function replicasByPods({ current, pods, metrics, resource, tolerances, measure }: ByPods, now: number): Usage & { readonly replicas: number } {
  if (pods.length === 0) throw new Error('no pods returned by selector while calculating replica count')
  const { ready, unready, missing, ignored } = groupPods(pods, metrics, resource, now)
  const values = new Map<string, number>()
  for (const [name, { value }] of metrics) if (!ignored.has(name) && !unready.has(name)) values.set(name, value)
  if (values.size === 0) throw new Error('did not receive metrics for targeted pods (pods might be unready)')
  const measured = measure()
  const usage = measured.usage(values)
  const { ratio } = usage
  const isUpWithUnready = unready.size > 0 && ratio > 1
  if (!isUpWithUnready && missing.size === 0) return { ...usage, replicas: isWithin(tolerances, ratio) ? current : wholeReplicas(ratio * ready) }
  if (ratio < 1) for (const name of missing) values.set(name, measured.whenMissing(name))
  if (ratio > 1) for (const name of missing) values.set(name, 0)
  if (isUpWithUnready) for (const name of unready) values.set(name, 0)
  const again = measured.usage(values).ratio
  const turns = (ratio < 1 && again > 1) || (ratio > 1 && again < 1)
  if (turns || isWithin(tolerances, again)) return { ...usage, replicas: current }
  const replicas = wholeReplicas(again * values.size)
  // That there are more or fewer to count must not turn it either.
  const turned = (again < 1 && replicas > current) || (again > 1 && replicas < current)
  return { ...usage, replicas: turned ? current : replicas }
}

const sumOf = (values: Iterable<number>) => [...values].reduce((sum, value) => sum + value, 0)

/** Against an average of one pod, in thousandths of the unit. */
export const byAverage = (target: number): Measure => ({
  usage(values) {
    const average = Math.trunc(sumOf(values.values()) / values.size)
    return { average, ratio: average / target }
  },
  whenMissing: () => target,
})

/** Against a percentage of what the pods ask for. */
export const byUtilization = (target: number, requests: ReadonlyMap<string, number>): Measure => ({
  usage(values) {
    const known = [...values].filter(([name]) => requests.has(name))
    const asked = sumOf(known.map(([name]) => requests.get(name) ?? 0))
    // All of it is of other pods, whatever that means.
    if (asked === 0) throw new Error('no metrics returned matched known pods')
    const used = sumOf(known.map(([, value]) => value))
    // Bytes are counted in thousandths: a hundredfold of them is more than a double holds.
    const utilization = Number((BigInt(used) * 100n) / BigInt(asked))
    return { utilization, average: Math.trunc(used / values.size), ratio: utilization / target }
  },
  whenMissing: (name) => Math.trunc(((requests.get(name) ?? 0) * Math.max(100, target)) / 100),
})
