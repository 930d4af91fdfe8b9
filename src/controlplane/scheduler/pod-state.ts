import type { Pod } from '../../kube/objects.ts'

export const schedulerName = 'default-scheduler'

/** It holds nothing of its node any more. */
export const hasEnded = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'

/** It is for this scheduler to find it a node. */
export const waitsForNode = (pod: Pod): boolean =>
  !hasEnded(pod) && !pod.spec?.nodeName && pod.spec?.schedulerName === schedulerName && !pod.metadata?.deletionTimestamp
