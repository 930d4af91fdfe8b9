import type { KubeError } from '../../src/kube/client.ts'
import type { PodOrigin } from '../pod/messages.ts'

/**
 * What follows from the API server's refusal of a pod's status. `forget`: the pod is no more, or another has its name. `leave`: the same again would be refused
 * again. `retry`: it may go well next time. `retrySeldom`: only once rights are given, and asking soon helps nobody. `said`: what people must know of it.
 */
export interface RefusedStatus {
  readonly next: 'forget' | 'leave' | 'retry' | 'retrySeldom'
  readonly said?: string
}

export function refusedStatus({ code, message }: Pick<KubeError, 'code' | 'message'>, origin: PodOrigin): RefusedStatus {
  // Another mirror takes the place of one that is gone.
  if (origin !== 'api' && (code === 404 || code === 409)) return { next: 'leave' }
  if (code === 404) return { next: 'forget' }
  // A delete's precondition (409) or a patch (422, 409) with a stale uid.
  if ((code === 409 || code === 422) && /\bmetadata\.uid: |UID in (the )?precondition/i.test(message)) return { next: 'forget' }
  if (code === 422) return { next: 'leave', said: 'status refused as invalid' }
  if (code === 401 || code === 403) return { next: 'retrySeldom', said: 'the API server refuses the status' }
  if (code >= 400 && code < 500 && code !== 409 && code !== 429) return { next: 'leave', said: 'status refused' }
  return { next: 'retry' }
}
