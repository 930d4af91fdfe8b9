import type { PersistentVolume } from '../../../../kube/objects.ts'
import { parseQuantity } from '../../../../kube/quantity.ts'
import { append, type FieldError, forbidden, invalid, notSupported, required } from '../../../../kube/validation/field-errors.ts'
import { validateName } from '../../../../kube/validation/names.ts'

// What volumes and claims share; rules and words of pkg/apis/core/validation.

const modes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
const volumeModes = ['Block', 'Filesystem']
const shortModes: readonly (readonly [mode: string, short: string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
]

/** The Access Modes column: `RWO,ROX`. */
export const modesCell = (given: readonly string[] | undefined): string =>
  shortModes
    .filter(([mode]) => given?.includes(mode))
    .map(([, short]) => short)
    .join(',')

/** Access modes; `missing` is said when there are none. */
export function validateAccessModes(field: string, given: readonly string[] | undefined, missing: string): FieldError[] {
  const errors: FieldError[] = given?.length ? [] : [required(field, missing)]
  for (const mode of given ?? []) if (!modes.includes(mode)) append(errors, [notSupported(field, mode, modes)])
  const known = (given ?? []).filter((mode) => modes.includes(mode))
  if (known.includes('ReadWriteOncePod') && known.some((mode) => mode !== 'ReadWriteOncePod'))
    errors.push(forbidden(field, 'may not use ReadWriteOncePod with other access modes'))
  return errors
}

/** An amount of storage that is there at all. */
export const validatePositive = (field: string, amount: string): FieldError[] =>
  (parseQuantity(amount) ?? 0n) <= 0n ? [invalid(field, amount, 'must be greater than zero')] : []

export const validateVolumeMode = (field: string, mode: string | undefined): FieldError[] =>
  mode === undefined || volumeModes.includes(mode) ? [] : [notSupported(field, mode, volumeModes)]

export const validateClass = (field: string, name: string | undefined): FieldError[] => (name ? validateName(field, name, 'subdomain') : [])

/** The fields of a volume that say what it is, not how it is used. */
export const sourceFields = [
  ...['hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'flocker', 'nfs', 'rbd', 'quobyte', 'cephfs', 'iscsi', 'cinder', 'fc'],
  ...['flexVolume', 'azureFile', 'vsphereVolume', 'photonPersistentDisk', 'portworxVolume', 'azureDisk', 'scaleIO', 'local', 'storageos', 'csi'],
] as const satisfies readonly (keyof NonNullable<PersistentVolume['spec']>)[]
