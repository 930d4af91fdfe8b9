/** What the node says it is; must parse as a Kubernetes version. */
export const kubeletVersion = 'v1.32.0-podsteward.1'

/** `1.32`: how probes and hooks name themselves, `kube-probe/1.32`. */
export const kubernetesMinor = /^v(\d+\.\d+)/.exec(kubeletVersion)?.[1] ?? ''
