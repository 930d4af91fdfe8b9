import { isDeepStrictEqual } from 'node:util'
import type { PersistentVolumeClaim } from '../../../../kube/objects.ts'
import { parseQuantity } from '../../../../kube/quantity.ts'
import { append, type FieldError, forbidden, immutable, invalid, required } from '../../../../kube/validation/field-errors.ts'
import { validateLabelSelector } from '../../../../kube/validation/label-selector-validation.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { defaultClaim } from './claim-defaults.ts'
import { modesCell, validateAccessModes, validateClass, validatePositive, validateVolumeMode } from './volume-fields.ts'

type Spec = NonNullable<PersistentVolumeClaim['spec']>

/** core/v1 PersistentVolumeClaim. */
export const persistentVolumeClaims = defineKind<PersistentVolumeClaim>({
  resource: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  namespaced: true,
  shortNames: ['pvc'],
  returnsDeleted: true,
  subresources: [statusSubresource('PersistentVolumeClaim')],
  printer: printer<PersistentVolumeClaim>(
    [
      ...['Name', 'Status', 'Volume', 'Capacity', 'Access Modes', 'StorageClass', 'VolumeAttributesClass', 'Age'].map((title) => column(title)),
      column('VolumeMode', 1),
    ],
    ({ metadata, spec, status }, now) => [
      nameOf({ metadata }),
      metadata?.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
      spec?.volumeName ?? '',
      spec?.volumeName ? (status?.capacity?.storage ?? '0') : '',
      spec?.volumeName ? modesCell(status?.accessModes) : '',
      metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? '',
      spec?.volumeAttributesClassName ?? '<unset>',
      ageOf({ metadata }, now),
      spec?.volumeMode ?? '<unset>',
    ],
  ),
  defaults(claim) {
    defaultClaim(claim)
    const { spec } = claim
    // Each names the other's source, where it can.
    if (!spec?.dataSource && spec?.dataSourceRef && !spec.dataSourceRef.namespace) spec.dataSource = { ...spec.dataSourceRef }
    else if (spec?.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource }
  },
  prepareCreate(claim) {
    claim.status = { phase: 'Pending' }
  },
  validate: ({ spec }) => validateSpec('spec', spec),
  validateUpdate: (next, previous, subresource) => (subresource === undefined ? validateClaimUpdate(next, previous) : []),
})

function validateSpec(path: string, spec: Spec | undefined): FieldError[] {
  const errors = validateAccessModes(`${path}.accessModes`, spec?.accessModes, 'at least 1 access mode is required')
  append(errors, validateLabelSelector(`${path}.selector`, spec?.selector))
  const storage = spec?.resources?.requests?.storage
  append(errors, storage === undefined ? [required(`${path}.resources[storage]`)] : validatePositive(`${path}.resources[storage]`, storage))
  append(errors, validateClass(`${path}.storageClassName`, spec?.storageClassName))
  append(errors, validateVolumeMode(`${path}.volumeMode`, spec?.volumeMode))
  for (const field of ['dataSource', 'dataSourceRef'] as const) append(errors, validateSource(`${path}.${field}`, spec?.[field]))
  append(errors, validateClass(`${path}.volumeAttributesClassName`, spec?.volumeAttributesClassName))
  const { dataSource, dataSourceRef } = spec ?? {}
  const same = dataSource?.name === dataSourceRef?.name && dataSource?.kind === dataSourceRef?.kind && dataSource?.apiGroup === dataSourceRef?.apiGroup
  if (dataSource && dataSourceRef?.namespace) errors.push(invalid(path, `${path}.dataSource`, 'may not be specified when dataSourceRef.namespace is specified'))
  else if (dataSource && dataSourceRef && !same) errors.push(invalid(path, `${path}.dataSource`, 'must match dataSourceRef'))
  return errors
}

interface Source {
  readonly name?: string
  readonly kind?: string
  readonly apiGroup?: string
  readonly namespace?: string
}

function validateSource(at: string, source: Source | undefined): FieldError[] {
  if (!source) return []
  const errors = (['name', 'kind'] as const).flatMap((field) => (source[field] ? [] : [required(`${at}.${field}`)]))
  if (!source.apiGroup && source.kind !== 'PersistentVolumeClaim')
    errors.push(invalid(at, source.kind ?? '', "must be 'PersistentVolumeClaim' when referencing the default apiGroup"))
  if (source.apiGroup) append(errors, validateName(`${at}.apiGroup`, source.apiGroup, 'subdomain'))
  if (source.namespace) append(errors, validateName(`${at}.namespace`, source.namespace, 'label'))
  return errors
}

/** A claim gets its volume once, and may grow when it is bound: not less than it has. */
function validateClaimUpdate(next: PersistentVolumeClaim, previous: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = []
  const isBound = next.status?.phase === 'Bound'
  if (!isDeepStrictEqual(fixed(next.spec, previous.spec, isBound), fixed(previous.spec, previous.spec, isBound)))
    errors.push(forbidden('spec', 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'))
  const size = (amount: string | undefined) => parseQuantity(amount ?? '0') ?? 0n
  const [wanted, before, has] = [next.spec?.resources?.requests?.storage, previous.spec?.resources?.requests?.storage, previous.status?.capacity?.storage]
  if (size(wanted) < size(before) && size(wanted) <= size(has))
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'))
  append(errors, immutable('volumeMode', next.spec?.volumeMode, previous.spec?.volumeMode))
  const [attributes, had] = [next.spec?.volumeAttributesClassName, previous.spec?.volumeAttributesClassName]
  if (had !== undefined && attributes === undefined) errors.push(forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'))
  else if (had !== undefined && attributes === '')
    errors.push(forbidden('spec.volumeAttributesClassName', 'update from non-nil value to an empty string is forbidden'))
  return errors
}

/** What of a spec may not change; a class and a volume may be given once. */
function fixed(spec: Spec | undefined, before: Spec | undefined, isBound: boolean): unknown {
  const { volumeName, storageClassName, volumeAttributesClassName, resources, ...rest } = spec ?? {}
  const { storage, ...requests } = resources?.requests ?? {}
  return {
    ...rest,
    limits: resources?.limits ?? {},
    requests,
    ...(!isBound && { storage: parseQuantity(storage ?? '0'), volumeAttributesClassName }),
    ...(before?.volumeName && { volumeName }),
    ...(before?.storageClassName !== undefined && { storageClassName }),
  }
}
