import { startedAt } from './importance.ts'
import type { Candidate } from './victims.ts'

/** Priorities are from -2^31 on: each victim counts, one of low priority too. */
const priorityOffset = 2 ** 31

/** What is better of a candidate, the first first (kube-scheduler's pickOneNodeForPreemption). */
const rules: readonly ((candidate: Candidate) => number)[] = [
  // The fewest that a budget would keep.
  ({ violations }) => -violations,
  // The least important of the most important victims.
  ({ victims: [first] }) => -(first?.priority ?? 0),
  ({ victims }) => -victims.reduce((sum, { priority }) => sum + priority + priorityOffset, 0),
  ({ victims }) => -victims.length,
  // Of the most important victims the one that has run longest has run shortest.
  ({ victims }) => Math.min(...victims.filter(({ priority }) => priority === victims[0]?.priority).map(startedAt)),
]

/** The node on which the least is lost. */
export function chooseCandidate(candidates: readonly Candidate[]): Candidate | undefined {
  let best = candidates
  for (const rule of rules) {
    if (best.length <= 1) break
    const scores = best.map(rule)
    const highest = Math.max(...scores)
    best = best.filter((_, index) => scores[index] === highest)
  }
  return best[0]
}
