import type { Pod } from '../../../src/kube/objects.ts'
import { qosClass } from '../../../src/kube/qos.ts'
import { tolerates } from '../../../src/kube/taints.ts'
import { isCritical } from './critical.ts'

/** Why a node short of something takes no such pod: under memory pressure alone, only a best-effort pod that does not tolerate it is refused. */
export function pressureRefusal(pod: Pod, pressures: readonly string[]): string | undefined {
  if (pressures.length === 0 || isCritical(pod)) return undefined
  if (pressures.length === 1 && pressures[0] === 'MemoryPressure') {
    if (qosClass(pod) !== 'BestEffort' || tolerates(pod, { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' })) return undefined
  }
  return `The node had condition: [${pressures.join(' ')}]. `
}
