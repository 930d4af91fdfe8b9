import { own } from '../../base/own.ts'
import type { PersistentVolume, PersistentVolumeClaim } from '../../kube/objects.ts'
import { lastMade } from '../apiserver/admission/default-classes.ts'
import { isDefaultClass, type StorageClass } from '../apiserver/kinds/storage/storage-classes.ts'
import { selectedNode } from './annotations.ts'

const betaClass = 'volume.beta.kubernetes.io/storage-class'
/** The provisioner of classes whose volumes nobody makes. */
export const noProvisioner = 'kubernetes.io/no-provisioner'

/** The class of a claim or a volume; '' for none. */
export const classOf = ({ metadata, spec }: PersistentVolume | PersistentVolumeClaim): string =>
  own(metadata?.annotations, betaClass) ?? spec?.storageClassName ?? ''

/** Whether a claim says of which class it is: '' is said, too. */
export const namesClass = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  own(metadata?.annotations, betaClass) !== undefined || spec?.storageClassName !== undefined

/** The class of claims that name none, of which there may be several: then the one that was made last. */
export const defaultClassOf = (classes: Iterable<StorageClass>): StorageClass | undefined => lastMade([...classes].filter(isDefaultClass))

/** Whether a claim of this class is bound when the first pod that uses it is scheduled, not before. */
export const waitsForConsumer = (storageClass: StorageClass | undefined): boolean => storageClass?.volumeBindingMode === 'WaitForFirstConsumer'

/** The node that the scheduler chose for a claim; undefined before. */
export const selectedNodeOf = ({ metadata }: PersistentVolumeClaim): string | undefined => own(metadata?.annotations, selectedNode)
