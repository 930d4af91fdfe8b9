import type { Pod } from '../../../kube/objects.ts'
import { parseIndexes } from '../../apiserver/kinds/batch/index-list.ts'

export const completionIndex = 'batch.kubernetes.io/job-completion-index'

/** The indexes of a text as `1,3-5`, those below `completions`. What cannot be read is none. */
export function indexesOf(text: string | undefined, completions: number): Set<number> {
  const list = parseIndexes(text ?? '', Number.POSITIVE_INFINITY)
  const all = new Set<number>()
  if ('fault' in list) return all
  for (const [first, last] of list.ranges) for (let index = first; index <= last && index < completions; index++) all.add(index)
  return all
}

/** The text of indexes, runs of three or more as a range, two as `1,2`. */
export function indexText(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b)
  const parts: string[] = []
  for (let at = 0; at < sorted.length; ) {
    let end = at
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end++
    parts.push(end - at > 1 ? `${sorted[at]}-${sorted[end]}` : sorted.slice(at, end + 1).join(','))
    at = end + 1
  }
  return parts.join(',')
}

/** The completion index of a pod; undefined when it says none, or one that the Job has not. */
export function indexOf({ metadata }: Pod, completions: number): number | undefined {
  const text = metadata?.annotations?.[completionIndex] ?? ''
  return /^\d+$/.test(text) && Number(text) < completions ? Number(text) : undefined
}
