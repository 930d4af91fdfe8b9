import type { PodInfo } from '../snapshot/pod-info.ts'

/** When the pod began, ms since the epoch; never as far as it has not. */
export const startedAt = ({ pod }: PodInfo): number => (pod.status?.startTime ? Date.parse(pod.status.startTime) : Number.POSITIVE_INFINITY)

/** The more important first: by priority, then who has run longer (kube-scheduler's MoreImportantPod). */
export const byImportance = (a: PodInfo, b: PodInfo): number => b.priority - a.priority || compare(startedAt(a), startedAt(b))

// Infinity less itself is no number.
const compare = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1)
