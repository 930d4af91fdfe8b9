import { own } from '../../../base/own.ts'
import type { Node } from '../../../kube/objects.ts'
import { readyCondition } from '../runtime/node-state.ts'

export type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number]

export const notReady = 'node.kubernetes.io/not-ready'
export const unreachable = 'node.kubernetes.io/unreachable'
const unschedulable = 'node.kubernetes.io/unschedulable'
/** TaintNodesByCondition: no new pods while one of these is true. */
const byCondition: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
  NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
}
const ours = new Set([notReady, unreachable, unschedulable, ...Object.values(byCondition)])

/** The taint by which pods go of a node that is not ready; none for one that is, or that has said nothing yet. */
export function noExecuteKey(node: Node): string | undefined {
  const status = readyCondition(node)?.status
  if (status === undefined || status === 'True') return undefined
  return status === 'Unknown' ? unreachable : notReady
}

export const noExecuteKeysOf = (node: Node): readonly string[] => (node.spec?.taints ?? []).filter(isForEviction).map(({ key }) => key)

/**
 * The taints that a node is to have, those of others among them: against new pods by its conditions and as it is cordoned, and `execute` against those it has.
 * The same list when nothing changes; `time` is RFC 3339.
 */
export function taintsOf(node: Node, execute: string | undefined, time: string): readonly Taint[] {
  const old = node.spec?.taints ?? []
  const wanted = new Set(noScheduleKeys(node))
  const kept = old.filter((taint) => {
    if (isForEviction(taint)) return taint.key === execute
    return taint.effect !== 'NoSchedule' || !ours.has(taint.key) || wanted.has(taint.key)
  })
  const has = (key: string, effect: string) => kept.some((taint) => taint.key === key && taint.effect === effect)
  const added = [...wanted].filter((key) => !has(key, 'NoSchedule')).map((key): Taint => ({ key, effect: 'NoSchedule', timeAdded: time }))
  if (execute && !has(execute, 'NoExecute')) added.push({ key: execute, effect: 'NoExecute', timeAdded: time })
  return added.length === 0 && kept.length === old.length ? old : [...kept, ...added]
}

const isForEviction = ({ key, effect }: Taint) => effect === 'NoExecute' && (key === notReady || key === unreachable)

function noScheduleKeys(node: Node): string[] {
  const conditions = (node.status?.conditions ?? []).flatMap(({ type, status }) => (status === 'True' ? (own(byCondition, type) ?? []) : []))
  // One that has not said anything is as it was made: not ready.
  const ready = readyCondition(node) ? noExecuteKey(node) : notReady
  return [...(ready ? [ready] : []), ...conditions, ...(node.spec?.unschedulable ? [unschedulable] : [])]
}
