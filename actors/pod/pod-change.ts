import { isDeepStrictEqual } from 'node:util'
import { writeJson } from '../../src/json/exact.ts'
import type { Pod } from '../../src/kube/objects.ts'

/** Its deletion has begun since. */
export function deletionBegan(before: Pod, after: Pod): boolean {
  return Boolean(after.metadata?.deletionTimestamp) && !before.metadata?.deletionTimestamp
}

/**
 * Deletion is never taken back: containers were told to end, hooks ran. An API server that says otherwise was restored from an older copy, and the pod ends all
 * the same, as a kubelet's does.
 */
export function stillDeleted(before: Pod, after: Pod): Pod {
  const { deletionTimestamp, deletionGracePeriodSeconds } = before.metadata ?? {}
  if (!deletionTimestamp || after.metadata?.deletionTimestamp) return after
  return { ...after, metadata: { ...after.metadata, deletionTimestamp, deletionGracePeriodSeconds } }
}

/** Nothing but its status (and its version) is another: mostly an echo of what the node said itself. `after` shares with `before` what is equal. */
export function onlyStatusChanged(before: Pod, after: Pod): boolean {
  if (before.spec !== after.spec) return false
  const { resourceVersion: _, ...old } = before.metadata ?? {}
  const { resourceVersion: __, ...now } = after.metadata ?? {}
  return isDeepStrictEqual(old, now)
}

/** What its downward API volumes may show: labels and annotations; the rest of it cannot change. */
export function shownFieldsChanged(before: Pod, after: Pod): boolean {
  return shownFields(before) !== shownFields(after)
}

export function specChanged(before: Pod, after: Pod): boolean {
  return writeJson(before.spec) !== writeJson(after.spec)
}

const shownFields = ({ metadata }: Pod): string => JSON.stringify([metadata?.labels, metadata?.annotations])
