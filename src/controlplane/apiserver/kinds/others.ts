import type { KubeObject, Lease } from '../../../kube/objects.ts'
import { invalid } from '../../../kube/validation/field-errors.ts'
import { defineKind, statusSubresource } from './kind.ts'

/** coordination.k8s.io/v1 Lease. */
export const leases = defineKind<Lease>({
  group: 'coordination.k8s.io',
  resource: 'leases',
  kind: 'Lease',
  namespaced: true,
  validate({ spec }) {
    const seconds = spec?.leaseDurationSeconds
    return seconds !== undefined && seconds <= 0 ? [invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0')] : []
  },
})

/** node.k8s.io/v1 RuntimeClass. */
export const runtimeClasses = defineKind<KubeObject>({ group: 'node.k8s.io', resource: 'runtimeclasses', kind: 'RuntimeClass', namespaced: false })

/** core/v1 PersistentVolume. */
export const persistentVolumes = defineKind<KubeObject>({
  resource: 'persistentvolumes',
  kind: 'PersistentVolume',
  namespaced: false,
  shortNames: ['pv'],
  subresources: [statusSubresource('PersistentVolume')],
})

/** core/v1 PersistentVolumeClaim. */
export const persistentVolumeClaims = defineKind<KubeObject>({
  resource: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  namespaced: true,
  shortNames: ['pvc'],
  subresources: [statusSubresource('PersistentVolumeClaim')],
})

const storage = { group: 'storage.k8s.io', namespaced: false }
/** storage.k8s.io/v1 CSIDriver. */
export const csiDrivers = defineKind<KubeObject>({ ...storage, resource: 'csidrivers', kind: 'CSIDriver' })
/** storage.k8s.io/v1 CSINode. */
export const csiNodes = defineKind<KubeObject>({ ...storage, resource: 'csinodes', kind: 'CSINode' })
/** storage.k8s.io/v1 StorageClass. */
export const storageClasses = defineKind<KubeObject>({ ...storage, resource: 'storageclasses', kind: 'StorageClass', shortNames: ['sc'] })
