import type { Node, Pod } from '../../../src/kube/objects.ts'
import { qosClass } from '../../../src/kube/qos.ts'
import { tolerates } from '../../../src/kube/taints.ts'
import { isCritical } from './critical.ts'

const pressures = ['MemoryPressure', 'DiskPressure', 'PIDPressure']

/** Why a node short of something takes no such pod: under memory pressure alone, only a best-effort pod that does not tolerate it is refused. */
export function pressureRefusal(pod: Pod, node: Node): string | undefined {
  const found = (node.status?.conditions ?? []).filter(({ type, status }) => pressures.includes(type) && status === 'True').map(({ type }) => type)
  if (found.length === 0 || isCritical(pod)) return undefined
  if (found.length === 1 && found[0] === 'MemoryPressure') {
    if (qosClass(pod) !== 'BestEffort' || tolerates(pod, { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' })) return undefined
  }
  return `The node had condition: [${found.join(' ')}]. `
}
