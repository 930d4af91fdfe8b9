import type { PodSpec } from '../../../kube/objects.ts'

type Toleration = NonNullable<PodSpec['tolerations']>[number]

const whatever = (key: string, effect: string): Toleration => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect })

// A daemon stays on a node in trouble, and comes to one that takes no other pods.
const always: readonly Toleration[] = [
  whatever('not-ready', 'NoExecute'),
  whatever('unreachable', 'NoExecute'),
  whatever('disk-pressure', 'NoSchedule'),
  whatever('memory-pressure', 'NoSchedule'),
  whatever('pid-pressure', 'NoSchedule'),
  whatever('unschedulable', 'NoSchedule'),
]
// It may be what makes the network.
const onHostNetwork = whatever('network-unavailable', 'NoSchedule')

/** With the tolerations that every daemon pod has; one of the template for the same taint gives way, however long it tolerates. */
export function withTolerations(spec: PodSpec): PodSpec {
  const added = spec.hostNetwork ? [...always, onHostNetwork] : always
  const tolerations = added.reduce(put, spec.tolerations ?? [])
  return { ...spec, tolerations: [...tolerations] }
}

function put(tolerations: readonly Toleration[], added: Toleration): readonly Toleration[] {
  const isFor = ({ key, effect, operator, value }: Toleration) =>
    key === added.key && effect === added.effect && operator === added.operator && (value ?? '') === (added.value ?? '')
  return tolerations.some(isFor) ? tolerations.map((each) => (isFor(each) ? added : each)) : [...tolerations, added]
}
