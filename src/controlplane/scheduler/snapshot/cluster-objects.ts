import type { LabelSelector, Pod, PodDisruptionBudget, Service } from '../../../kube/objects.ts'
import type { ResourceClaim } from '../../apiserver/kinds/resource/resource-claims.ts'
import type { CSIDriver } from '../../apiserver/kinds/storage/csi-drivers.ts'
import type { CSINode } from '../../apiserver/kinds/storage/csi-nodes.ts'
import type { CSIStorageCapacity } from '../../apiserver/kinds/storage/csi-storage-capacities.ts'
import type { PodVolumes, VolumeView } from '../../volume-binding/pod-volumes.ts'

import type { PreBinding } from './pre-binding.ts'

/** What else a placement depends on, as it is now. */
export interface ClusterObjects extends VolumeView {
  services(namespace: string): Iterable<Service>
  /** The selector of a ReplicationController, ReplicaSet or StatefulSet. */
  selectorOf(kind: string, namespace: string, name: string): LabelSelector | undefined
  budgets(namespace: string): Iterable<PodDisruptionBudget>
  csiNode(name: string): CSINode | undefined
  csiDriver(name: string): CSIDriver | undefined
  storageCapacities(): Iterable<CSIStorageCapacity>
  resourceClaim(namespace: string, name: string): ResourceClaim | undefined
  /** Holds what was found for a pod's claims on the node. */
  bindVolumes(found: PodVolumes, nodeName: string): PreBinding
  /** Writes down that the pod uses the claim. */
  reserveClaim(claim: ResourceClaim, pod: Pod): Promise<void>
}

/** A cluster without any of it. */
export const noObjects: ClusterObjects = {
  services: () => [],
  budgets: () => [],
  selectorOf: () => undefined,
  csiNode: () => undefined,
  csiDriver: () => undefined,
  storageCapacities: () => [],
  resourceClaim: () => undefined,
  claim: () => undefined,
  volume: () => undefined,
  volumes: () => [],
  storageClass: () => undefined,
  bindVolumes: () => ({ write: async () => {}, release: () => {} }),
  reserveClaim: async () => {},
}
