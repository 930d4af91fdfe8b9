import { writeJson } from '../../src/json/exact.ts'
import type { Pod } from '../../src/kube/objects.ts'

/** Its deletion has begun since. */
export function deletionBegan(before: Pod, after: Pod): boolean {
  return Boolean(after.metadata?.deletionTimestamp) && !before.metadata?.deletionTimestamp
}

/** What its downward API volumes may show: labels and annotations; the rest of it cannot change. */
export function shownFieldsChanged(before: Pod, after: Pod): boolean {
  return shownFields(before) !== shownFields(after)
}

export function specChanged(before: Pod, after: Pod): boolean {
  return writeJson(before.spec) !== writeJson(after.spec)
}

const shownFields = ({ metadata }: Pod): string => JSON.stringify([metadata?.labels, metadata?.annotations])
