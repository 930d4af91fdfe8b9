import type { Job, Pod } from '../../../kube/objects.ts'
import { inOrderOfDeletion } from '../replica-set/deletion-order.ts'
import { isReady } from '../runtime/pod-state.ts'
import { type Backoff, finishTimeOf, mayCreateAt } from './backoff.ts'
import { isSuspended } from './conditions.ts'
import { indexOf } from './indexes.ts'
import type { Wanted } from './pod-of.ts'
import { failuresWith, isIndexed, replacesFailedOnly, type Tally } from './tally.ts'

// kube-controller-manager's MaxPodCreateDeletePerSync.
const most = 500

/** Pods to make and to remove; `nextAt` when more may be made, ms since the epoch. */
export interface Manage {
  readonly create: readonly Wanted[]
  readonly remove: readonly Pod[]
  readonly nextAt?: number
}

/** What a Job that goes on needs. */
export function manage(job: Job, tally: Tally, backoff: Backoff, now: number): Manage {
  const { active, terminating } = tally
  if (isSuspended(job)) return { create: [], remove: active.slice(0, most) }
  const want = wantedActive(job, tally)
  const remove = surplus(job, active, Math.max(0, active.length - want), now).slice(0, most)
  if (remove.length > 0) return { create: [], remove }
  const missing = want - active.length - (replacesFailedOnly(job) ? terminating.length : 0)
  if (missing <= 0) return { create: [], remove }
  const isPerIndex = job.spec?.backoffLimitPerIndex !== undefined
  const from = mayCreateAt(backoff)
  if (!isPerIndex && from > now) return { create: [], remove, nextAt: from }
  const count = Math.min(missing, most)
  if (!isIndexed(job)) return { create: Array.from({ length: count }, () => ({})), remove }
  return { remove, ...pending(job, tally, count, now) }
}

function wantedActive({ spec }: Job, { active, succeeded, failedIndexes }: Tally): number {
  const parallelism = spec?.parallelism ?? 1
  if (spec?.completions === undefined) return succeeded > 0 ? active.length : parallelism
  return Math.max(0, Math.min(spec.completions - succeeded - failedIndexes.size, parallelism))
}

/** The first indexes that have no pod and are not over, each when its own backoff is. */
function pending(job: Job, tally: Tally, count: number, now: number): { create: Wanted[]; nextAt?: number } {
  const { completions = 0, backoffLimitPerIndex } = job.spec ?? {}
  const busy = new Set((replacesFailedOnly(job) ? [...tally.active, ...tally.terminating] : tally.active).map((pod) => indexOf(pod, completions)))
  const create: Wanted[] = []
  let nextAt = Number.POSITIVE_INFINITY
  for (let index = 0; index < completions && create.length < count; index++) {
    if (busy.has(index) || tally.done.has(index) || tally.failedIndexes.has(index)) continue
    if (backoffLimitPerIndex === undefined) {
      create.push({ index })
      continue
    }
    const last = tally.lastFailed.get(index)
    const { failures, ignored } = last ? failuresWith(last, tally.judge(last)) : { failures: 0, ignored: 0 }
    const from = last ? mayCreateAt({ failures: failures + ignored, last: finishTimeOf(last, now) }) : 0
    if (from <= now) create.push({ index, failures, ignored })
    else nextAt = Math.min(nextAt, from)
  }
  return { create, ...(Number.isFinite(nextAt) && { nextAt }) }
}

/** Pods of an index that another has, or that there is not, in any case; then as many as are too many. */
function surplus(job: Job, active: readonly Pod[], count: number, now: number): Pod[] {
  const first = isIndexed(job) ? doubles(active, job.spec?.completions ?? 0) : []
  if (first.length >= count) return first
  const rest = active.filter((pod) => !first.includes(pod))
  return [...first, ...inOrderOfDeletion(rest, active, now).slice(0, count - first.length)]
}

/** Of two with one index the one stays that has come farther. */
function doubles(active: readonly Pod[], completions: number): Pod[] {
  const rank = (pod: Pod) => (isReady(pod) ? 2 : pod.status?.phase === 'Running' ? 1 : 0)
  const kept = new Set<number>()
  return active
    .toSorted((a, b) => rank(b) - rank(a))
    .filter((pod) => {
      const index = indexOf(pod, completions)
      if (index === undefined || kept.has(index)) return true
      kept.add(index)
      return false
    })
}
