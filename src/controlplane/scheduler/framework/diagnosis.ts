import type { Refusal } from './plugin.ts'

/** Why a pod was placed nowhere. */
export interface Diagnosis {
  /** Nodes that there are. */
  readonly total: number
  /** Of all nodes at once, when none was looked at. */
  readonly preFilter?: string
  /** By node; nodes that are not in it were refused as `others` says. */
  readonly refusals: ReadonlyMap<string, Refusal>
  readonly others?: Refusal
  /** The plugins that refused. */
  readonly plugins: ReadonlySet<string>
}

export const noNodes = 'no nodes available to schedule pods'

/** kube-scheduler's FitError: how many nodes will not do for which reasons, in order of the text, then what preemption came to. */
export function fitMessage({ total, preFilter, refusals, others }: Omit<Diagnosis, 'plugins'>, postFilter = ''): string {
  const parts = [`0/${total} nodes are available:`]
  if (preFilter) parts.push(`${preFilter}.`)
  else {
    const counts = new Map<string, number>()
    const count = (refusal: Refusal | undefined, nodes: number) => {
      for (const reason of refusal?.reasons ?? []) counts.set(reason, (counts.get(reason) ?? 0) + nodes)
    }
    for (const refusal of refusals.values()) count(refusal, 1)
    if (total > refusals.size) count(others, total - refusals.size)
    const listed = [...counts].map(([reason, nodes]) => `${nodes} ${reason}`).sort()
    if (listed.length > 0) parts.push(`${listed.join(', ')}.`)
  }
  if (postFilter) parts.push(postFilter)
  return parts.join(' ')
}
