import type { Clock } from '../../base/clock.ts'
import type {
  KubeObject,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  ReplicationController,
  Service,
  StatefulSet,
} from '../../kube/objects.ts'
import type { ResourceClaim } from '../apiserver/kinds/resource/resource-claims.ts'
import type { CSIDriver } from '../apiserver/kinds/storage/csi-drivers.ts'
import type { CSINode } from '../apiserver/kinds/storage/csi-nodes.ts'
import type { CSIStorageCapacity } from '../apiserver/kinds/storage/csi-storage-capacities.ts'
import type { StorageClass } from '../apiserver/kinds/storage/storage-classes.ts'
import type { ApiBackend } from '../apiserver/rest/backend.ts'
import type { Informers } from '../controllers/runtime/informer.ts'
import type { PodVolumes, VolumeView } from '../volume-binding/pod-volumes.ts'
import { AssumedVolumes } from './claims/assumed-volumes.ts'
import { ClaimWaiters } from './claims/claim-waiters.ts'
import { ClaimWriter } from './claims/claim-writer.ts'
import type { ClusterObjects } from './snapshot/cluster-objects.ts'
import { asScheduler } from './writes.ts'

/** Resources that a placement depends on, and of which a change may help pods that wait. */
const followed = [
  'persistentvolumeclaims',
  'persistentvolumes',
  'storageclasses.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'csidrivers.storage.k8s.io',
  'csistoragecapacities.storage.k8s.io',
  'resourceclaims.resource.k8s.io',
] as const

/** The objects of the server as the informers hold them; `changed` is called with the resource after every change of what pods may wait for. */
export function objectsOf(informers: Informers, backend: ApiBackend, clock: Clock, changed: (resource: string) => void): ClusterObjects {
  const all = <T extends KubeObject>(resource: string) => informers.of<T>(resource)
  const claims = all<PersistentVolumeClaim>('persistentvolumeclaims')
  const volumes = all<PersistentVolume>('persistentvolumes')
  const classes = all<StorageClass>('storageclasses.storage.k8s.io')
  const stored: VolumeView = {
    claim: (namespace, name) => claims.get(`${namespace}/${name}`),
    volume: (name) => volumes.get(`/${name}`),
    volumes: () => volumes.all(),
    storageClass: (name) => classes.get(`/${name}`),
  }
  const assumed = new AssumedVolumes(stored)
  const waiters = new ClaimWaiters(clock)
  const writer = new ClaimWriter(backend, stored, waiters)
  for (const resource of followed)
    informers.of(resource).onChange(() => {
      if (resource === 'persistentvolumeclaims' || resource === 'persistentvolumes') waiters.changed()
      changed(resource.replace('.storage.k8s.io', ''))
    })
  const services = all<Service>('services')
  const owners = {
    ReplicaSet: all<ReplicaSet>('replicasets.apps'),
    StatefulSet: all<StatefulSet>('statefulsets.apps'),
  }
  const replicationControllers = all<ReplicationController>('replicationcontrollers')
  const budgets = all<PodDisruptionBudget>('poddisruptionbudgets.policy')
  const csiNodes = all<CSINode>('csinodes.storage.k8s.io')
  const csiDrivers = all<CSIDriver>('csidrivers.storage.k8s.io')
  const capacities = all<CSIStorageCapacity>('csistoragecapacities.storage.k8s.io')
  const resourceClaims = all<ResourceClaim>('resourceclaims.resource.k8s.io')
  return {
    claim: (namespace, name) => assumed.claim(namespace, name),
    volume: (name) => assumed.volume(name),
    volumes: () => assumed.volumes(),
    storageClass: (name) => assumed.storageClass(name),
    services: (namespace) => services.inNamespace(namespace),
    budgets: (namespace) => budgets.inNamespace(namespace),
    selectorOf(kind, namespace, name) {
      const key = `${namespace}/${name}`
      if (kind === 'ReplicationController') {
        const matchLabels = replicationControllers.get(key)?.spec?.selector
        return matchLabels && { matchLabels }
      }
      return kind === 'ReplicaSet' || kind === 'StatefulSet' ? owners[kind].get(key)?.spec?.selector : undefined
    },
    csiNode: (name) => csiNodes.get(`/${name}`),
    csiDriver: (name) => csiDrivers.get(`/${name}`),
    storageCapacities: () => capacities.all(),
    resourceClaim: (namespace, name) => resourceClaims.get(`${namespace}/${name}`),
    bindVolumes(found: PodVolumes, nodeName) {
      const release = assumed.assume(found, nodeName)
      return { write: (signal) => writer.bind(found, nodeName, signal, release), release }
    },
    async reserveClaim({ metadata, status }: ResourceClaim, pod: Pod) {
      const { name = '', namespace, uid, resourceVersion } = metadata ?? {}
      const consumer = { resource: 'pods', name: pod.metadata?.name, uid: pod.metadata?.uid }
      // The version keeps another consumer from being forgotten.
      const patch = { metadata: { uid, resourceVersion }, status: { reservedFor: [...(status?.reservedFor ?? []), consumer] } }
      await backend.patch({ resource: 'resourceclaims.resource.k8s.io', namespace, name }, 'application/merge-patch+json', patch, {
        ...asScheduler,
        subresource: 'status',
      })
    },
  }
}
