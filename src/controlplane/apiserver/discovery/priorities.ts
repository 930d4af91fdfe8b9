// The order in which kube-apiserver lists its groups (controlplane's apiVersionPriorities): clients try a short name in it.
const order = [
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
]

/** Where a group stands among all; custom groups after those of the server. */
export function placeOf(group: string): number {
  const place = order.indexOf(group)
  // Aggregated servers' groups have the least priority.
  if (place < 0) return group === 'metrics.k8s.io' ? order.length + 1 : order.length
  return place
}

const form = /^v(\d+)(?:(alpha|beta)(\d+))?$/

/** Versions in the order of preference: v2, v1, v1beta2, v1beta1, v1alpha1, then what is no such version, by name (apimachinery's CompareKubeAwareVersionStrings). */
export function compareVersions(left: string, right: string): number {
  const [one, other] = [form.exec(left), form.exec(right)]
  if (!one || !other) return one ? -1 : other ? 1 : left < right ? -1 : left > right ? 1 : 0
  const stability = (match: RegExpExecArray) => (match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0)
  return stability(other) - stability(one) || Number(other[1]) - Number(one[1]) || Number(other[3] ?? 0) - Number(one[3] ?? 0)
}
