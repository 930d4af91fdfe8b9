/** k8s.io/kubelet/pkg/apis: the labels of Kubernetes by which a kubelet describes its node, in order. */
export const kubeletLabels: readonly string[] = [
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'kubernetes.io/arch',
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
]
/** Domains within Kubernetes' own whose labels are a kubelet's to set too. */
export const kubeletLabelDomains: readonly string[] = ['kubelet.kubernetes.io', 'node.kubernetes.io']
const own: ReadonlySet<string> = new Set(kubeletLabels)

/** Whether a kubelet may give its node the label: any outside of Kubernetes' own domains, few within them, never one of node-restriction.kubernetes.io. */
export function isKubeletsToSet(label: string): boolean {
  if (own.has(label)) return true
  const slash = label.indexOf('/')
  const prefix = slash < 0 ? '' : label.slice(0, slash)
  const within = (domain: string) => prefix === domain || prefix.endsWith(`.${domain}`)
  return kubeletLabelDomains.some(within) || !['kubernetes.io', 'k8s.io'].some(within)
}
