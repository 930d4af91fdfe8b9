import type { DaemonSet, Pod } from '../../../kube/objects.ts'
import { revisionLabel } from '../history/revisions.ts'
import { availableAt, isReady } from '../runtime/pod-state.ts'
import { allowsSurge } from './limits.ts'
import type { NodeView } from './nodes.ts'

export interface Removal {
  readonly pod: Pod
  readonly why: 'failed' | 'succeeded' | 'surplus'
  readonly node: string
}

export interface Changes {
  /** Nodes that need a pod. */
  readonly create: readonly string[]
  readonly remove: readonly Removal[]
  /** When a failed pod may be deleted that may not yet, ms since the epoch. */
  readonly nextAt?: number
}

export interface Circumstances {
  readonly set: DaemonSet
  readonly hash: string
  readonly now: number
  mayDeleteAt(node: string): number
}

/** What the nodes need, a rollout apart: a pod where there is to be one, none where there is not, none that has ended. */
export function manage(views: readonly NodeView[], circumstances: Circumstances): Changes {
  const all = views.map((view) => manageNode(view, circumstances))
  const times = all.flatMap(({ nextAt }) => (nextAt === undefined ? [] : [nextAt]))
  return {
    create: all.flatMap(({ create }) => create),
    remove: all.flatMap(({ remove }) => remove),
    ...(times.length > 0 && { nextAt: Math.min(...times) }),
  }
}

function manageNode(view: NodeView, circumstances: Circumstances): Changes {
  const { name, node, pods, run, stay } = view
  if (run && pods.length === 0) return { create: [name], remove: [] }
  const present = pods.filter(({ metadata }) => !metadata?.deletionTimestamp)
  // What was bound to a node that is gone is the pod garbage collector's; what never was, nobody else's.
  if (!node) return { create: [], remove: present.filter(({ spec }) => !spec?.nodeName).map((pod) => surplus(pod, name)) }
  return stay ? keep(view, present, circumstances) : { create: [], remove: present.map((pod) => surplus(pod, name)) }
}

const surplus = (pod: Pod, node: string): Removal => ({ pod, why: 'surplus', node })

function keep({ name, run }: NodeView, present: readonly Pod[], { set, hash, now, mayDeleteAt }: Circumstances): Changes {
  const failed = present.filter(({ status }) => status?.phase === 'Failed')
  const succeeded = present.filter(({ status }) => status?.phase === 'Succeeded')
  const alive = present.filter((pod) => !failed.includes(pod) && !succeeded.includes(pod))
  // One at a time by the backoff: the second of a node is looked at with the first one's delay.
  const may = mayDeleteAt(name)
  const due = may <= now ? failed.slice(0, 1) : []
  const ended: Removal[] = [
    ...due.map((pod) => ({ pod, why: 'failed' as const, node: name })),
    ...succeeded.map((pod) => ({ pod, why: 'succeeded' as const, node: name })),
  ]
  const next = failed.length > due.length ? { nextAt: Math.max(may, now + 1) } : {}
  if (!allowsSurge(set)) return { create: [], remove: [...ended, ...alive.slice(1).map((pod) => surplus(pod, name))], ...next }
  // Beside one that goes there may be its successor; what failed is made anew when its time has come, as without surge.
  if (alive.length === 0) return { create: run && failed.length === 0 ? [name] : [], remove: ended, ...next }
  return { create: [], remove: [...ended, ...surging(alive, set, hash, now).map((pod) => surplus(pod, name))], ...next }
}

/**
 * Of pods, oldest first, those that are too many while others may surge: the old one stays as long as it is ready and the new one is not available. Of several old ones
 * the one stays that is available: upstream keeps the oldest, and so may have none left.
 */
function surging(alive: readonly Pod[], { spec }: DaemonSet, hash: string, now: number): Pod[] {
  const isAvailable = (pod: Pod) => (availableAt(pod, spec?.minReadySeconds ?? 0) ?? Infinity) <= now
  const isNew = ({ metadata }: Pod) => metadata?.labels?.[revisionLabel] === hash
  const oldOnes = alive.filter((pod) => !isNew(pod))
  const fresh = alive.find(isNew)
  const old = oldOnes.find(isAvailable) ?? oldOnes[0]
  const isReplaced = fresh && old && (!isReady(old) || isAvailable(fresh))
  return alive.filter((pod) => (pod !== fresh && pod !== old) || (pod === old && isReplaced))
}
