import type { DaemonSet, Pod } from '../../../kube/objects.ts'
import { availableAt } from '../runtime/pod-state.ts'
import { limitsOf } from './limits.ts'
import type { NodeView } from './nodes.ts'
import { isUpToDate } from './pod-of.ts'

export interface Replacement {
  /** Nodes that get a pod of the new revision beside the one of the old. */
  readonly create: readonly string[]
  readonly remove: readonly Pod[]
}

/** A node's pods that are not going; `isCrowded` when there are two of a kind, which is not a rollout's to mend. */
interface Pair {
  readonly view: NodeView
  readonly fresh: Pod | undefined
  readonly old: Pod | undefined
  readonly isCrowded: boolean
}

/** The next step of a rolling update, as kube-controller-manager's rollingUpdate. */
export function rollOut(set: DaemonSet, views: readonly NodeView[], hash: string, now: number): Replacement {
  const readyFor = set.spec?.minReadySeconds ?? 0
  const isAvailable = (pod: Pod) => (availableAt(pod, readyFor) ?? Infinity) <= now
  const wanted = views.filter(({ run }) => run).length
  const { surge, unavailable } = limitsOf(set, wanted)
  const pairs = views.filter(({ run, pods }) => run || pods.length > 0).map((view) => pairOf(set, view, hash))
  return surge === 0 ? { create: [], remove: replaced(pairs, unavailable, isAvailable) } : surged(pairs, surge, wanted, isAvailable)
}

function pairOf(set: DaemonSet, view: NodeView, hash: string): Pair {
  const present = view.pods.filter(({ metadata }) => !metadata?.deletionTimestamp)
  const fresh = present.filter((pod) => isUpToDate(set, pod, hash))
  const old = present.filter((pod) => !fresh.includes(pod))
  const isCrowded = fresh.length > 1 || old.length > 1
  return { view, fresh: isCrowded ? undefined : fresh[0], old: isCrowded ? undefined : old[0], isCrowded }
}

/** Old pods that serve nobody go at once; of the others as many as may be missing, less those that are. */
function replaced(pairs: readonly Pair[], most: number, isAvailable: (pod: Pod) => boolean): readonly Pod[] {
  const single = pairs.filter(({ fresh, old }) => (fresh === undefined) !== (old === undefined))
  const old = single.flatMap((pair) => pair.old ?? [])
  const broken = old.filter((pod) => !isAvailable(pod))
  const coming = single.filter(({ fresh }) => fresh && !isAvailable(fresh)).length
  const missing = pairs.length - single.length + coming + broken.length
  return [...broken, ...old.filter(isAvailable).slice(0, Math.max(0, most - missing))]
}

/** A new pod beside an old one on so many nodes; the old one goes when the new one is available. */
function surged(pairs: readonly Pair[], most: number, wanted: number, isAvailable: (pod: Pod) => boolean): Replacement {
  const both = pairs.filter(({ fresh, old }) => fresh && old)
  const done = both.filter(({ fresh }) => fresh && isAvailable(fresh))
  const alone = pairs.filter(({ fresh, old }) => !fresh && old)
  const broken = alone.filter(({ old }) => old && !isAvailable(old))
  const well = alone.filter(({ old }) => old && isAvailable(old))
  const running = both.length - done.length + pairs.filter(({ isCrowded }) => isCrowded).length
  const available = pairs.filter(({ fresh, old }) => isAvailableOf(old ?? fresh, isAvailable)).length
  // Nodes that are not wanted any more keep theirs until there are enough elsewhere.
  const leaving = well.filter(({ view }) => !view.run).slice(0, Math.max(0, available - wanted))
  const candidates = well.filter(({ view }) => view.run).slice(0, Math.max(0, most - running))
  const names = (some: readonly Pair[]) => some.map(({ view }) => view.name)
  const olds = (some: readonly Pair[]) => some.flatMap(({ old }) => old ?? [])
  return {
    create: [...names(broken.filter(({ view }) => view.run)), ...names(candidates)],
    remove: [...olds(broken.filter(({ view }) => !view.run)), ...olds(done), ...olds(leaving)],
  }
}

const isAvailableOf = (pod: Pod | undefined, isAvailable: (pod: Pod) => boolean): boolean => pod !== undefined && isAvailable(pod)
