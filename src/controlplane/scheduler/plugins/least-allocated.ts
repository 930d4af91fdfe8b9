import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'

/** What share of the node's CPU and memory would be left, 0 to 100: kube-scheduler's LeastAllocated strategy, both resources alike. */
export function leastAllocated({ nonzero }: PodInfo, { allocatable, nonzeroCpu, nonzeroMemory }: NodeInfo): number {
  const [cpu, memory] = [allocatable.get('cpu') ?? 0, allocatable.get('memory') ?? 0]
  // What a node has none of is not counted.
  const weights = (cpu > 0 ? 1 : 0) + (memory > 0 ? 1 : 0)
  if (weights === 0) return 0
  return Math.trunc((left(nonzeroCpu + nonzero.cpu, cpu) + left(nonzeroMemory + nonzero.memory, memory)) / weights)
}

const left = (asked: number, has: number) => (has <= 0 || asked > has ? 0 : Math.trunc(((has - asked) * 100) / has))
