import { own } from '../../../base/own.ts'
import type { Node, PersistentVolume, PersistentVolumeClaim } from '../../../kube/objects.ts'
import type { StorageClass } from '../../apiserver/kinds/storage/storage-classes.ts'
import { provisionedBy, storageProvisioner } from '../../volume-binding/annotations.ts'
import { allowsTopology } from '../../volume-binding/pod-volumes.ts'

/** Of StorageClasses whose volumes are directories of nodes. */
export const hostPathProvisioner = 'podsteward.io/host-path'
/** On a volume: the node whose directory it is. */
export const onNode = 'podsteward.io/node'
/** As the provisioners of sig-storage-lib have it: a volume goes when its directory has gone. */
export const directoryFinalizer = 'external-provisioner.volume.kubernetes.io/finalizer'

const hostname = 'kubernetes.io/hostname'

/** Whether a claim waits for a volume of ours. */
export const isWanted = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  own(metadata?.annotations, storageProvisioner) === hostPathProvisioner && !spec?.volumeName && !metadata?.deletionTimestamp

export const isOurs = ({ metadata }: PersistentVolume): boolean => own(metadata?.annotations, provisionedBy) === hostPathProvisioner

export const volumeNameOf = ({ metadata }: PersistentVolumeClaim): string => `pvc-${metadata?.uid}`

/** Why a claim cannot be had as a directory of the node, and what would help; undefined when it can. */
export function refusalOf({ spec }: PersistentVolumeClaim, storageClass: StorageClass, node: Node | undefined): string | undefined {
  const others = (spec?.accessModes ?? []).filter((mode) => mode !== 'ReadWriteOnce' && mode !== 'ReadWriteOncePod')
  if (others.length > 0) return `a directory of one node has the access modes ReadWriteOnce and ReadWriteOncePod alone, not ${others.join(', ')}`
  if (spec?.volumeMode === 'Block') return 'a directory is no block device: volumeMode must be Filesystem'
  if (spec?.selector) return 'claim.spec.selector is not supported: volumes are made for the claim'
  if (spec?.dataSource || spec?.dataSourceRef) return 'claim.spec.dataSource is not supported: directories are made empty'
  if (spec?.volumeAttributesClassName) return 'claim.spec.volumeAttributesClassName is not supported: a directory has no attributes'
  const parameter = Object.keys(storageClass.parameters ?? {})[0]
  if (parameter !== undefined) return `parameters.${parameter} of the StorageClass is not known: there are none`
  if (storageClass.mountOptions?.length) return 'mountOptions of the StorageClass are not supported: nothing is mounted'
  if (!node) return 'no node was chosen: volumeBindingMode of the StorageClass must be WaitForFirstConsumer'
  if (!own(node.metadata?.labels, hostname)) return `node ${node.metadata?.name} has no label ${hostname}, by which its volumes are known`
  return allowsTopology(storageClass, node.metadata?.labels) ? undefined : `node ${node.metadata?.name} is in none of allowedTopologies of the StorageClass`
}

/** The volume of a claim: a directory that only pods of the node reach. */
export function volumeFor(claim: PersistentVolumeClaim, storageClass: StorageClass, node: Node, path: string): PersistentVolume {
  const { name, namespace, uid, resourceVersion } = claim.metadata ?? {}
  const policy = storageClass.reclaimPolicy ?? 'Delete'
  const expression = { key: hostname, operator: 'In', values: [own(node.metadata?.labels, hostname) ?? ''] }
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: volumeNameOf(claim),
      annotations: { [provisionedBy]: hostPathProvisioner, [onNode]: node.metadata?.name ?? '' },
      ...(policy === 'Delete' && { finalizers: [directoryFinalizer] }),
    },
    spec: {
      capacity: { storage: claim.spec?.resources?.requests?.storage ?? '0' },
      accessModes: claim.spec?.accessModes,
      persistentVolumeReclaimPolicy: policy,
      storageClassName: storageClass.metadata?.name,
      volumeMode: 'Filesystem',
      claimRef: { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid, resourceVersion },
      // One that has vanished is no empty one.
      hostPath: { path, type: 'Directory' },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } },
    },
  } as PersistentVolume
}

/** Whether the directory of a volume is to be deleted, and the volume with it: its claim is gone, and it is not retained. */
export function isToDelete(volume: PersistentVolume): boolean {
  const { deletionTimestamp, finalizers } = volume.metadata ?? {}
  if (!isOurs(volume) || volume.status?.phase !== 'Released' || volume.spec?.persistentVolumeReclaimPolicy !== 'Delete') return false
  return !deletionTimestamp || finalizers?.includes(directoryFinalizer) === true
}
