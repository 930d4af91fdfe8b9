import type { Pod, PodSpec } from '../../../kube/objects.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'

type PodVolume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number]
/** Fields that the client library does not know yet. */
type Spec = PodSpec & { readonly schedulingGroup?: unknown }

/** Everything of a pod that whether it fits somewhere, and whom it may push out, depends on. */
export function signatureOf({ pod, namespace, labels, priority, requests, ports }: PodInfo): string {
  const spec: Spec = pod.spec ?? { containers: [] }
  const { nodeSelector, tolerations, affinity, topologySpreadConstraints, preemptionPolicy, volumes = [] } = spec
  const kept = volumes.filter((volume) => !isNodesOwn(volume))
  return JSON.stringify([
    [namespace, labels, priority, preemptionPolicy, pod.status?.nominatedNodeName],
    [[...requests].sort(), ports],
    [nodeSelector, tolerations, affinity, topologySpreadConstraints],
    // A claim made for the pod is named after it.
    [kept, kept.some(({ ephemeral }) => ephemeral) && pod.metadata?.name],
    [spec.resourceClaims, spec.schedulingGroup],
  ])
}

/** A volume that is made on whatever node the pod comes to. */
const isNodesOwn = ({ emptyDir, configMap, secret, projected, downwardAPI, hostPath, image }: PodVolume): boolean =>
  Boolean(emptyDir ?? configMap ?? secret ?? projected ?? downwardAPI ?? hostPath ?? image)
