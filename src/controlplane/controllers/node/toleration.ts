import type { Pod } from '../../../kube/objects.ts'
import { secondsOf } from '../../../kube/seconds.ts'
import { tolerates } from '../../../kube/taints.ts'
import type { Taint } from './taints.ts'

/** Until when the pod may stay with those NoExecute taints, milliseconds since the epoch; infinity for ever. Of the tolerations that match a taint the first counts. */
export function deadlineOf(pod: Pod, taints: readonly Taint[], since: (taint: Taint) => number): number {
  let deadline = Number.POSITIVE_INFINITY
  for (const taint of taints) {
    const toleration = pod.spec?.tolerations?.find((each) => tolerates({ spec: { tolerations: [each] } } as Pod, taint))
    if (!toleration) return 0
    const { tolerationSeconds } = toleration
    if (tolerationSeconds !== undefined) deadline = Math.min(deadline, since(taint) + Math.max(0, secondsOf(tolerationSeconds)) * 1000)
  }
  return deadline
}
