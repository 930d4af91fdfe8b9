import type { Pod } from '../../../kube/objects.ts'
import { availableAt, isReady } from '../runtime/pod-state.ts'

/** The server has it, where one that is only planned has no phase. */
export const isCreated = ({ status }: Pod): boolean => Boolean(status?.phase)
export const isGoing = ({ metadata }: Pod): boolean => metadata?.deletionTimestamp !== undefined
export const isRunningAndReady = (pod: Pod): boolean => pod.status?.phase === 'Running' && isReady(pod)
export const isAvailable = (pod: Pod, minReadySeconds: number, now: number): boolean =>
  isRunningAndReady(pod) && (availableAt(pod, minReadySeconds) ?? Infinity) <= now
