import type { Pod } from '../../../kube/objects.ts'
import type { ApiBackend } from '../../apiserver/rest/backend.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'
import { schedulerName } from '../pod-state.ts'
import type { Cluster } from '../snapshot/cluster.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import { asScheduler, isGone, type SchedulerWrites } from '../writes.ts'
import type { Candidate } from './victims.ts'

export interface EvictOptions {
  readonly backend: ApiBackend
  readonly writes: SchedulerWrites
  readonly cluster: Cluster
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Makes the room: the victims are told why they go, and deleted. Less important pods that waited for room there may look elsewhere. */
export async function evict(preemptor: PodInfo, { node, victims }: Candidate, options: EvictOptions): Promise<void> {
  const { writes, cluster } = options
  const outdone = [...cluster.nominatedOn(node)].filter(({ priority, pod }) => priority < preemptor.priority && pod.status?.nominatedNodeName)
  for (const { pod } of outdone) await writes.patchStatus(pod, { nominatedNodeName: null })
  for (const victim of victims) if (!victim.isTerminating) await evictOne(preemptor.pod, victim.pod, node, options)
}

async function evictOne(preemptor: Pod, victim: Pod, node: string, { backend, writes, now }: EvictOptions): Promise<void> {
  const { name = '', namespace, uid, generation } = victim.metadata ?? {}
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: `${schedulerName}: preempting to accommodate a higher priority pod`,
    ...(generation !== undefined && { observedGeneration: generation }),
    lastProbeTime: null,
    lastTransitionTime: timestamp(now),
  }
  await writes.patchStatus(victim, { conditions: [condition] })
  try {
    await backend.delete({ resource: 'pods', namespace, name }, { preconditions: { uid } }, asScheduler)
  } catch (error) {
    if (isGone(error)) return
    throw error
  }
  const note = `Preempted by pod ${preemptor.metadata?.uid} on node ${node}`
  await writes.event(victim, { type: 'Normal', reason: 'Preempted', action: 'Preempting', note, related: preemptor })
}
