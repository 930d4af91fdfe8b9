import type { Pod } from '../../../src/kube/objects.ts'
import type { PodMemory } from './types.ts'

/** It is being deleted, or is gone from its source. */
export function isDeleted(pod: Pod, memory: Pick<PodMemory, 'removed'>): boolean {
  return memory.removed || Boolean(pod.metadata?.deletionTimestamp)
}

/** Once it has ended nothing of it shall be left on the node, though the API server keeps it: what it had is needed. */
export function isReclaimed({ eviction, reclaim }: Pick<PodMemory, 'eviction' | 'reclaim'>): boolean {
  return eviction?.reclaim === true || reclaim !== undefined
}
