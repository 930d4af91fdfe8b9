import type { Pod } from '../../../kube/objects.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'

/** Which generation of the pod's spec a status was written for (KEP-5067). */
export const observedGenerationOf = ({ metadata }: Pod) => (metadata?.generation ? { observedGeneration: metadata.generation } : {})

/** The condition of a pod that is about to be ended by no fault of its own (KEP-3329); `now` in milliseconds since the epoch. */
export const disruptionCondition = (pod: Pod, cause: { readonly reason: string; readonly message: string }, now: number) => ({
  type: 'DisruptionTarget',
  ...observedGenerationOf(pod),
  status: 'True',
  ...cause,
  lastTransitionTime: timestamp(now),
})
