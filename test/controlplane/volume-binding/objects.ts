import type { StorageClass } from '../../../src/controlplane/apiserver/kinds/storage/storage-classes.ts'
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../../src/kube/objects.ts'

type Metadata = NonNullable<PersistentVolume['metadata']>

/** An available volume of 1Gi, ReadWriteOnce, without a class. */
export const aVolume = (name: string, spec: object = {}, metadata: Metadata = {}, phase = 'Available'): PersistentVolume =>
  ({
    metadata: { name, ...metadata },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: `/${name}` }, persistentVolumeReclaimPolicy: 'Retain', ...spec },
    status: { phase },
  }) as PersistentVolume

/** A claim of 1Gi, ReadWriteOnce, of the class ''. */
export const aClaim = (name: string, spec: object = {}, metadata: Metadata = {}): PersistentVolumeClaim =>
  ({
    metadata: { name, namespace: 'default', uid: `uid-${name}`, ...metadata },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: '', ...spec },
    status: { phase: 'Pending' },
  }) as PersistentVolumeClaim

/** Reserved by a user: without uid; bound: with the one of `aClaim`. */
export const claimRef = (name: string, uid?: string) => ({ kind: 'PersistentVolumeClaim', namespace: 'default', name, ...(uid !== undefined && { uid }) })

export const aClass = (name: string, over: object = {}): StorageClass =>
  ({ metadata: { name }, provisioner: 'example.com/disk', volumeBindingMode: 'Immediate', reclaimPolicy: 'Delete', ...over }) as StorageClass

export const aNode = (name: string, labels: Record<string, string> = {}): Node =>
  ({ metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } } }) as Node

/** `nodeAffinity` of a volume that only one node reaches. */
export const onNode = (name: string) => ({
  nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [name] }] }] } },
})

export const podWith = (...claims: string[]): Pod =>
  ({
    metadata: { name: 'p', namespace: 'default', uid: 'uid-p' },
    spec: { containers: [], volumes: claims.map((claimName, index) => ({ name: `v${index}`, persistentVolumeClaim: { claimName } })) },
  }) as Pod
