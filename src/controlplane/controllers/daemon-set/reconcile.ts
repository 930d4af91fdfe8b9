import type { DaemonSet, Node, Pod } from '../../../kube/objects.ts'
import { availableAt } from '../runtime/pod-state.ts'
import { type Changes, manage, type Removal } from './manage.ts'
import { viewNodes } from './nodes.ts'
import { type Replacement, rollOut } from './rolling-update.ts'
import { type DaemonStatus, statusOf } from './status.ts'

export interface Observed {
  readonly set: DaemonSet
  /** Of the revision of its present template. */
  readonly hash: string
  readonly nodes: Iterable<Node>
  readonly pods: readonly Pod[]
  /** Whether all that was made before has been seen. */
  readonly settled: boolean
  /** When the next failed pod on a node may be deleted, ms since the epoch. */
  mayDeleteAt(node: string): number
}

export interface Plan {
  /** Nodes that get a pod. */
  readonly create: readonly string[]
  readonly remove: readonly Removal[]
  readonly status: DaemonStatus
  /** When something is due by the clock alone, ms since the epoch. */
  readonly nextAt?: number
}

// kube-controller-manager's BurstReplicas: more come when these are seen.
const burst = 250

/** What a set needs on its nodes. A rollout goes on when every node has what it is to have. */
export function reconcile({ set, hash, nodes, pods, settled, mayDeleteAt }: Observed, now: number): Plan {
  const views = viewNodes(set, nodes, pods)
  const status = statusOf(set, views, hash, now, settled)
  const times = pods.map((pod) => availableAt(pod, set.spec?.minReadySeconds ?? 0)).filter((at) => at !== undefined && at > now && at < Infinity) as number[]
  const { create, remove, nextAt = Infinity } = settled ? manage(views, { set, hash, now, mayDeleteAt }) : nothing
  const next = Math.min(nextAt, ...times)
  const plan = { status, ...(next < Infinity && { nextAt: next }) }
  if (create.length + remove.length > 0) return { ...plan, create: create.slice(0, burst), remove: remove.slice(0, burst) }
  const rolls = settled && set.spec?.updateStrategy?.type === 'RollingUpdate'
  const step = rolls ? rollOut(set, views, hash, now) : nothing
  return {
    ...plan,
    create: step.create.slice(0, burst),
    remove: step.remove.slice(0, burst).map((pod) => ({ pod, why: 'surplus', node: pod.spec?.nodeName ?? '' })),
  }
}

const nothing: Changes & Replacement = { create: [], remove: [] }
