import { selectorMatches } from '../../../kube/label-selector.ts'
import type { Node } from '../../../kube/objects.ts'
import { parseQuantity } from '../../../kube/quantity.ts'
import { requestedBy } from '../../volume-binding/match.ts'
import { claimsOf, findPodVolumes, type PodVolumes } from '../../volume-binding/pod-volumes.ts'
import type { Filtering, Plugin } from '../framework/plugin.ts'
import type { Cluster } from '../snapshot/cluster.ts'

type HasRoom = NonNullable<Parameters<typeof findPodVolumes>[4]>

/** Places pods where their claims can be had: where bound volumes are reached, and where there are volumes, or provisioners, for the others. */
export const volumeBinding: Plugin = {
  name: 'VolumeBinding',
  preFilter(info, cluster) {
    const { objects } = cluster
    if (!info.claims.length) return undefined
    const claims = claimsOf(info.pod, objects)
    if ('refusal' in claims) return { reasons: [claims.refusal], isFinal: true }
    const find = (node: Node) => findPodVolumes(claims, node, objects, new Set(), hasRoomIn(cluster))
    const filtering: Filtering = {
      filter({ node }) {
        const found = find(node as Node)
        return 'reasons' in found ? { reasons: found.reasons, isFinal: true } : undefined
      },
      reserve({ node, name }) {
        const found: PodVolumes | { readonly reasons: readonly string[] } = find(node as Node)
        return 'reasons' in found || found.bindings.length + found.provisions.length === 0 ? undefined : objects.bindVolumes(found, name)
      },
    }
    return filtering
  },
  mayHelp(event) {
    if (event.kind === 'node') return event.changed.added || event.changed.labels
    return event.kind === 'object' && helpful.has(event.resource)
  },
}

const helpful = new Set(['persistentvolumeclaims', 'persistentvolumes', 'storageclasses', 'csinodes', 'csidrivers', 'csistoragecapacities'])

/** Drivers that tell their free capacity are asked for it, others have room. */
const hasRoomIn =
  ({ objects }: Cluster): HasRoom =>
  (claim, storageClass, { metadata }) => {
    if (!objects.csiDriver(storageClass.provisioner ?? '')?.spec?.storageCapacity) return true
    const size = requestedBy(claim)
    for (const { storageClassName, nodeTopology, capacity, maximumVolumeSize } of objects.storageCapacities()) {
      const largest = maximumVolumeSize ?? capacity
      if (storageClassName !== storageClass.metadata?.name || largest === undefined) continue
      if ((parseQuantity(largest) ?? 0n) >= size && selectorMatches(nodeTopology, metadata?.labels)) return true
    }
    return false
  }
