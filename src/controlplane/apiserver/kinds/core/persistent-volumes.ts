import type { PersistentVolume } from '../../../../kube/objects.ts'
import { append, type FieldError, forbidden, immutable, invalid, notSupported, required } from '../../../../kube/validation/field-errors.ts'
import { timestamp } from '../../rest/object-meta.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { volumeFaults } from './deprecated.ts'
import { modesCell, sourceFields, validateAccessModes, validateClass, validatePositive, validateVolumeMode } from './volume-fields.ts'

type Spec = NonNullable<PersistentVolume['spec']>

/** core/v1 PersistentVolume. */
export const persistentVolumes = defineKind<PersistentVolume>({
  resource: 'persistentvolumes',
  kind: 'PersistentVolume',
  namespaced: false,
  shortNames: ['pv'],
  returnsDeleted: true,
  subresources: [statusSubresource('PersistentVolume')],
  printer: printer<PersistentVolume>(
    [
      ...['Name', 'Capacity', 'Access Modes', 'Reclaim Policy', 'Status', 'Claim', 'StorageClass', 'VolumeAttributesClass', 'Reason', 'Age'].map((title) =>
        column(title),
      ),
      column('VolumeMode', 1),
    ],
    ({ metadata, spec, status }, now) => [
      nameOf({ metadata }),
      spec?.capacity?.storage ?? '0',
      modesCell(spec?.accessModes),
      spec?.persistentVolumeReclaimPolicy ?? '',
      metadata?.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
      spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
      metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? '',
      spec?.volumeAttributesClassName ?? '<unset>',
      status?.reason ?? '',
      ageOf({ metadata }, now),
      spec?.volumeMode ?? '<unset>',
    ],
  ),
  defaults({ spec, status }) {
    if (status) status.phase ||= 'Pending'
    if (!spec) return
    spec.persistentVolumeReclaimPolicy ||= 'Retain'
    spec.volumeMode ||= 'Filesystem'
    if (spec.hostPath) spec.hostPath.type ??= ''
    if (spec.iscsi) spec.iscsi.iscsiInterface ||= 'default'
  },
  prepareCreate(volume) {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: volume.metadata?.creationTimestamp }
  },
  prepareUpdate({ status }, previous, subresource, now) {
    if (subresource !== 'status' || !status) return
    const before = previous.status
    if (status.phase === before?.phase) status.lastPhaseTransitionTime ??= before?.lastPhaseTransitionTime
    else if (!status.lastPhaseTransitionTime || status.lastPhaseTransitionTime === before?.lastPhaseTransitionTime)
      status.lastPhaseTransitionTime = timestamp(now)
  },
  validate: ({ spec }) => validateSpec('spec', spec),
  validateUpdate(next, previous, subresource) {
    if (subresource !== undefined) return []
    const sources = (spec: Spec | undefined) => sourceFields.map((field) => spec?.[field])
    const changed = immutable('', sources(forgetSecret(next.spec, previous.spec)), sources(previous.spec)).length > 0
    return [
      ...(changed ? [forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation')] : []),
      ...immutable('volumeMode', next.spec?.volumeMode, previous.spec?.volumeMode),
      ...(previous.spec?.nodeAffinity ? immutable('nodeAffinity', next.spec?.nodeAffinity, previous.spec.nodeAffinity) : []),
      ...(previous.spec?.volumeAttributesClassName !== undefined && next.spec?.volumeAttributesClassName === undefined
        ? [forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden')]
        : []),
    ]
  },
  warnings: ({ spec }, _previous, subresource) =>
    subresource === undefined && spec ? volumeFaults(spec).map(({ source, why }) => `spec.${source}: ${why}`) : [],
})

/** The secret for its expansion may be added once. */
function forgetSecret(next: Spec | undefined, previous: Spec | undefined): Spec | undefined {
  if (!next?.csi?.controllerExpandSecretRef || !previous?.csi || previous.csi.controllerExpandSecretRef) return next
  const { controllerExpandSecretRef: _, ...csi } = next.csi
  return { ...next, csi }
}

const reclaimPolicies = ['Delete', 'Recycle', 'Retain']

function validateSpec(path: string, spec: Spec | undefined): FieldError[] {
  const errors = validateAccessModes(`${path}.accessModes`, spec?.accessModes, '')
  const { capacity = {}, persistentVolumeReclaimPolicy: policy, hostPath, volumeAttributesClassName: attributes } = spec ?? {}
  const names = Object.keys(capacity)
  if (names.length === 0) errors.push(required(`${path}.capacity`))
  if (capacity.storage === undefined || names.length > 1) errors.push(notSupported(`${path}.capacity`, capacity, ['storage']))
  for (const name of names) append(errors, validatePositive(`${path}.capacity[${name}]`, capacity[name] ?? ''))
  if (policy && !reclaimPolicies.includes(policy)) errors.push(notSupported(`${path}.persistentVolumeReclaimPolicy`, policy, reclaimPolicies))
  const [first, ...more] = sourceFields.filter((field) => spec?.[field] !== undefined)
  if (first === undefined) errors.push(required(path, 'must specify a volume type'))
  for (const extra of more) errors.push(forbidden(`${path}.${extra}`, 'may not specify more than 1 volume type'))
  if (hostPath && !hostPath.path) errors.push(required(`${path}.hostPath.path`))
  if (hostPath?.path?.split('/').includes('..')) errors.push(invalid(`${path}.hostPath.path`, hostPath.path, "must not contain '..'"))
  if (spec?.local && !spec.local.path) errors.push(required(`${path}.local.path`))
  if (spec?.local && !spec.nodeAffinity?.required) errors.push(required(`${path}.nodeAffinity`, 'Local volume requires node affinity'))
  if (spec?.nfs && !spec.nfs.server) errors.push(required(`${path}.nfs.server`))
  if (spec?.nfs && !spec.nfs.path) errors.push(required(`${path}.nfs.path`))
  if (spec?.csi && !spec.csi.driver) errors.push(required(`${path}.csi.driver`))
  if (spec?.csi && !spec.csi.volumeHandle) errors.push(required(`${path}.csi.volumeHandle`))
  if (hostPath && /^\/+$/.test(hostPath.path ?? '') && policy === 'Recycle')
    errors.push(forbidden(`${path}.persistentVolumeReclaimPolicy`, "may not be 'recycle' for a hostPath mount of '/'"))
  append(errors, validateClass(`${path}.storageClassName`, spec?.storageClassName))
  append(errors, validateVolumeMode(`${path}.volumeMode`, spec?.volumeMode))
  if (attributes === undefined) return errors
  if (attributes === '') errors.push(required(`${path}.volumeAttributesClassName`, 'an empty string is disallowed'))
  else append(errors, validateClass(`${path}.volumeAttributesClassName`, attributes))
  if (!spec?.csi) errors.push(required(`${path}.csi`, 'has to be specified when using volumeAttributesClassName'))
  return errors
}
