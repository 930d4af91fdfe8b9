import type { QueuedPod } from './queued-pod.ts'

/** kube-scheduler's podInitialBackoffSeconds and podMaxBackoffSeconds. */
const firstMs = 1000
const longestMs = 10_000

/** Until when a pod is not tried again, ms: twice as long after each attempt, 1 s to 10 s. */
export function backoffUntil({ triedAt, unschedulable, errors }: QueuedPod): number {
  const attempts = errors > 0 ? errors : unschedulable
  return attempts === 0 ? triedAt : triedAt + Math.min(longestMs, firstMs * 2 ** Math.min(attempts - 1, 10))
}
