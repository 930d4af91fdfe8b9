import type { Job } from '../../../kube/objects.ts'
import { indexesOf } from './indexes.ts'

/** Which rule of a Job's success policy these indexes fulfil, as `Matched rules at index 0`. */
export function matchSuccess({ spec }: Job, succeeded: ReadonlySet<number>): string | undefined {
  const rules = spec?.successPolicy?.rules ?? []
  const index = rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeededCount !== undefined && succeeded.size >= succeededCount
    const wanted = indexesOf(succeededIndexes, spec?.completions ?? 0)
    const there = [...wanted].filter((each) => succeeded.has(each)).length
    return there >= (succeededCount ?? wanted.size)
  })
  return index < 0 ? undefined : `Matched rules at index ${index}`
}
